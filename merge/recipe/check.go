package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// check holds the slices that could be read whole against the method and against each other.
func (p *parser) check() {
	if p.method == nil || len(p.recipe.Slices) == 0 {
		for i := range p.recipe.Slices {
			p.duplicates(p.recipe.Slices[i])
			p.lengths(p.recipe.Slices[i])
		}
		return
	}
	baseless := false
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			continue
		}
		twice := p.duplicates(s)
		p.lengths(s)
		p.sliceBase(i)
		if p.method.Base == BaseRequired && p.base(s) == nil {
			baseless = true
			continue
		}
		if p.baseListed(s) && !twice {
			p.count(s)
		}
	}
	if baseless {
		p.fault(p.recipe.MethodPos, "missing-base", `add "base_model:" with the model that the others are compared with`,
			"%s needs a base_model", p.method.Name)
	}
	for i := range p.method.Params {
		prm := &p.method.Params[i]
		// Without its base a method cannot tell which model needs no parameters.
		if prm.Required && !(baseless && prm.Scope == PerModel) {
			p.required(prm)
		}
	}
	p.addedBase()
	p.together()
	p.gradients()
	p.listsForModels()
	p.noEffect()
}

// duplicates reports a model that stands twice in s, and tells whether one does.
func (p *parser) duplicates(s Slice) bool {
	twice := false
	add, both := "", ""
	if p.method == nil || p.method.ByRole(Weight) != nil {
		add, both = "add the weights up, or ", "; if both are meant, add their weights up"
	}
	for i, src := range s.Sources {
		j := slices.IndexFunc(s.Sources[:i], func(o Source) bool { return o.Model.Same(src.Model) })
		if j >= 0 {
			twice = true
			place, hint := "in this slice", "a model can be in a slice once; "+add+"put it in a slice of its own"
			if p.recipe.Form == FormModels {
				place, hint = `under "models"`, "take one of them out"+both
			}
			p.fault(src.Model.Pos, "duplicate-model", hint, "%s is %s twice, first in line %d", src.Model, place, s.Sources[j].Model.Pos.Line)
		}
	}
	return twice
}

// lengths reports sources of s that have another number of layers than the first.
func (p *parser) lengths(s Slice) {
	if p.recipe.Form != FormSlices || len(s.Sources) == 0 || s.Sources[0].Layers == nil {
		return
	}
	first := s.Sources[0].Layers
	for _, src := range s.Sources[1:] {
		if l := src.Layers; l != nil && l.End-l.First != first.End-first.First {
			p.fault(l.Pos, "layer-range", "all sources of a slice give the same number of layers",
				"[%d, %d] is %d layers, and the first source of this slice gives %d", l.First, l.End, l.End-l.First, first.End-first.First)
		}
	}
}

// sliceBase drops a base_model of slice i that is not among its sources where nothing needs it.
func (p *parser) sliceBase(i int) {
	s := &p.recipe.Slices[i]
	if s.Base == nil || p.method.Base == BaseRequired || listed(*s, *s.Base) {
		return
	}
	p.warn(s.Base.Pos, "unused-base", "list it among the sources, or take it out", "base_model %s of this slice is not among its sources and has no effect on %s", s.Base, p.method.Name)
	s.Base = nil
}

func listed(s Slice, ref Ref) bool {
	return slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Model.Same(ref) })
}

// baseListed reports a slice that lacks the base its method needs.
func (p *parser) baseListed(s Slice) bool {
	base := p.base(s)
	if p.method.Base != BaseRequired || listed(s, *base) {
		return true
	}
	if !slices.ContainsFunc(p.recipe.Slices, func(s Slice) bool { return listed(s, *base) }) {
		hint := cmp.Or(didYouMean(base.String(), sourceNames(p.recipe.Slices)), "list it among the sources with its layer_range")
		p.fault(base.Pos, "missing-base", hint, "base_model %s is not among the sources, and %s needs it in every slice", base, p.method.Name)
		return false
	}
	p.fault(s.Pos, "missing-base", "list it among the sources with its layer_range",
		"the base %s is not in this slice, and %s needs it in every slice", base, p.method.Name)
	return false
}

// sourceNames are the references of all sources.
func sourceNames(all []Slice) []string {
	var names []string
	for _, s := range all {
		for _, src := range s.Sources {
			if !src.Implied && !slices.Contains(names, src.Model.String()) {
				names = append(names, src.Model.String())
			}
		}
	}
	return names
}

// count reports a slice with too few or too many models for the method.
func (p *parser) count(s Slice) {
	base := p.base(s)
	n, implied := 0, false
	for _, src := range s.Sources {
		implied = implied || src.Implied
		if p.method.Base == BaseIgnored || base == nil || !src.Model.Same(*base) {
			n++
		}
	}
	want := p.method.Models
	if n >= want.Min && (want.Max == 0 || n <= want.Max) {
		return
	}
	takes := p.method.Name + " takes " + want.String()
	if p.method.Base != BaseIgnored && (base != nil || p.method.Base == BaseRequired) {
		takes += " beside the base"
	}
	hint := ""
	switch many := want.Max != 0 && n > want.Max; {
	case implied && many && p.method.Base == BaseIgnored:
		p.fault(s.Pos, "model-count", `take base_model out, or write "slices:"`,
			"%s, and here are %d: the base %s is added because models does not list it", takes, n, base)
		return
	case many && !implied && p.method.Result == Stack:
		hint = "give each a slice of its own, to stack their layers"
	case many && !implied && len(p.anyNumber()) > 0:
		hint = list(p.anyNumber()) + " take any number"
	case implied && many:
		hint = cmp.Or(didYouMean(base.String(), sourceNames([]Slice{s})), "name one of the listed models as base_model, if one of them is meant")
		for _, src := range s.Sources {
			if !src.Implied && src.Model.Path == base.Path {
				hint = fmt.Sprintf("%s in line %d counts as another model; write both alike", src.Model, src.Model.Pos.Line)
			}
		}
		p.fault(base.Pos, "model-count", hint,
			"base_model %s is not among the models and is added to them, and %s: here are %d", base, takes, n)
		return
	case !implied && n < want.Min && base != nil && p.method.Base != BaseIgnored && listed(s, *base):
		hint = fmt.Sprintf("%s is the base and does not count", base)
	}
	p.fault(s.Pos, "model-count", hint, "%s, and here %s %d", takes, map[bool]string{true: "is", false: "are"}[n == 1], n)
}

// anyNumber are the methods that merge as many models as there are.
func (p *parser) anyNumber() []string {
	var names []string
	for _, m := range p.methods {
		if m.Models.Max == 0 {
			names = append(names, m.Name)
		}
	}
	return names
}

// String says how many models c is, for a sentence.
func (c Count) String() string {
	models := "models"
	if c.Min == 1 && c.Max <= 1 {
		models = "model"
	}
	switch {
	case c.Max == 0:
		return fmt.Sprintf("at least %d %s", c.Min, models)
	case c.Max == c.Min:
		return fmt.Sprintf("exactly %d %s", c.Min, models)
	}
	return fmt.Sprintf("%d to %d %s", c.Min, c.Max, models)
}

// required reports where prm, which the method needs, is given for no tensor at all. Filters that leave
// some tensors out are found with the tensors, in the plan.
func (p *parser) required(prm *Param) {
	if p.unread {
		return
	}
	var missing []*Fault
	need := 0 // places that need a value
	told := 0 // those of them with a value in the wrong place
	lacks := func(pos Pos, hint, format string, args ...any) {
		missing = append(missing, &Fault{Pos: pos, Code: "missing-parameter", Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			continue
		}
		if prm.Scope == Shared {
			need++
			switch {
			case given(prm.Name, s.Parameters, p.recipe.Parameters):
				if !reachesCommon(prm.Name, s.Parameters, p.recipe.Parameters) {
					p.filteredOnly(prm, s.Parameters, p.recipe.Parameters)
				}
			case p.emptyList(prm, s.Parameters, p.recipe.Parameters) || p.needsIdle(prm, s, nil):
				told++
			default:
				lacks(s.Pos, "give it under parameters, of this slice or at the top level", "%s needs %s, and nothing gives it for this slice", p.method.Name, prm.Name)
			}
			continue
		}
		for _, src := range s.Sources {
			base := p.base(s)
			if p.method.Base != BaseIgnored && base != nil && src.Model.Same(*base) {
				continue
			}
			need++
			if given(prm.Name, src.Parameters, s.Parameters, p.recipe.Parameters) {
				if !reachesCommon(prm.Name, src.Parameters, s.Parameters, p.recipe.Parameters) {
					p.filteredOnly(prm, src.Parameters, s.Parameters, p.recipe.Parameters)
				}
				continue
			}
			if p.emptyList(prm, src.Parameters, s.Parameters, p.recipe.Parameters) || p.needsIdle(prm, s, &src) {
				told++
				continue
			}
			switch {
			case src.Implied:
				lacks(src.Pos, fmt.Sprintf("list it with its %s, or take base_model out", prm.Name),
					"%s needs %s for every model, and the base %s, which is added because models does not list it, has none", p.method.Name, prm.Name, src.Model)
			case base != nil && p.method.Base != BaseIgnored && strings.EqualFold(base.String(), src.Model.String()):
				lacks(src.Pos, fmt.Sprintf("write \"base_model: %s\" if it is the base", src.Model), "%s needs %s, and nothing gives it for %s", p.method.Name, prm.Name, src.Model)
			default:
				lacks(src.Pos, fmt.Sprintf("add %q to its parameters", prm.Name+": ..."), "%s needs %s, and nothing gives it for %s", p.method.Name, prm.Name, src.Model)
			}
		}
	}
	if len(missing) == need && need > 0 && !p.incomplete && told == 0 {
		hint := fmt.Sprintf("write %q under parameters, at the top level", prm.Name+": ...")
		if prm.Scope == PerModel {
			hint = fmt.Sprintf("write %q under the parameters of each model, or at the top level for all", prm.Name+": ...")
		}
		p.fault(p.recipe.MethodPos, "missing-parameter", hint, "%s needs %s, and nothing gives it", p.method.Name, prm.Name)
		return
	}
	for _, f := range missing {
		p.report(f)
	}
}

// needsIdle tells whether prm, which s or its source src needs, stands where it has no effect; if so it is told there,
// as a fault.
func (p *parser) needsIdle(prm *Param, s Slice, src *Source) bool {
	found := false
	for _, i := range p.idles {
		near := i.at.level == atTop || i.at.pos == s.Pos
		if src != nil {
			near = near || i.at.pos == src.Pos
		} else {
			near = near || slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Pos == i.at.pos })
		}
		if i.name != prm.Name || !near {
			continue
		}
		found = true
		if i.fault.Warning {
			i.fault.Warning = false
			i.fault.Message += fmt.Sprintf(", and %s needs it", p.method.Name)
		}
	}
	return found
}

// emptyList tells whether prm, which the method needs, has a list without values at one of levels; that has been told, as a
// warning, and becomes a fault.
func (p *parser) emptyList(prm *Param, levels ...Params) bool {
	for _, level := range levels {
		s, _ := level.Get(prm.Name)
		for _, c := range s.Cases {
			i := slices.IndexFunc(p.faults, func(f *Fault) bool { return f.Code == "no-value" && f.Pos == c.Pos })
			if i < 0 {
				continue
			}
			if f := p.faults[i]; f.Warning {
				f.Warning = false
				f.Message += fmt.Sprintf(", and %s needs one", p.method.Name)
				f.Hint = prm.example()
			}
			return true
		}
	}
	return false
}

// addedBase warns where the base that models does not list is merged as one model more.
func (p *parser) addedBase() {
	if p.method.Base != BaseIgnored || p.recipe.Form != FormModels || len(p.faults.Errors()) > 0 {
		return
	}
	for _, src := range p.recipe.Slices[0].Sources {
		if src.Implied {
			p.warn(src.Pos, "added-base", "take base_model out if it is not meant to be merged",
				"base_model %s is not among the models, so %s merges it as one more", src.Model, p.method.Name)
		}
	}
}
