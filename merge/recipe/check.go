package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// check holds the slices that could be read whole against the method and against each other.
func (p *parser) check() {
	baseless := false
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			continue
		}
		twice := p.duplicates(s)
		p.lengths(s)
		if p.method == nil {
			continue
		}
		p.sliceBase(i)
		if p.method.Base == BaseRequired && p.base(s) == nil {
			baseless = true
			continue
		}
		if p.baseListed(s) && !twice {
			p.count(s)
		}
	}
	if p.method == nil || len(p.recipe.Slices) == 0 {
		return
	}
	if baseless {
		p.fault(p.recipe.MethodPos, "missing-base", `add "base_model:" with the model that the others are compared with`,
			"%s needs a base_model", p.method.Name)
	}
	for _, prm := range p.method.Params {
		// Without its base a method cannot tell which model needs no parameters.
		if prm.Required && !(baseless && prm.Scope == PerModel) {
			p.required(&prm)
		}
	}
	p.addedBase()
	p.together()
	p.gradients()
	p.noEffect()
}

// duplicates reports a model that is listed twice in s, and tells whether one is.
func (p *parser) duplicates(s Slice) bool {
	twice := false
	hint := "take one of them out"
	if p.method == nil || p.method.ByRole(Weight) != nil {
		hint += ", or add their weights up"
	}
	if p.recipe.Form == FormSlices {
		hint += ", or put each in a slice of its own"
	}
	for i, src := range s.Sources {
		j := slices.IndexFunc(s.Sources[:i], func(o Source) bool { return o.Model.Same(src.Model) })
		if j >= 0 {
			twice = true
			p.fault(src.Model.Pos, "duplicate-model", hint, "%s is listed twice, first in line %d", src.Model, s.Sources[j].Model.Pos.Line)
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
	p.warn(s.Base.Pos, "unused-base", "list it among the sources, or take it out", "base_model %s of this slice is not among its sources, so it has no effect on %s", s.Base, p.method.Name)
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
	pos, hint := s.Pos, ""
	if !slices.ContainsFunc(p.recipe.Slices, func(s Slice) bool { return listed(s, *base) }) {
		pos, hint = base.Pos, didYouMean(base.String(), p.sourceNames())
	}
	return p.fault(pos, "missing-base", cmp.Or(hint, "list it among the sources with its layer_range"),
		"the base %s is not among the sources, and %s needs it in every slice", base, p.method.Name)
}

// sourceNames are the references of all sources that are written.
func (p *parser) sourceNames() []string {
	var names []string
	for _, s := range p.recipe.Slices {
		for _, src := range s.Sources {
			if !src.Implied {
				names = append(names, src.Model.String())
			}
		}
	}
	return names
}

// count reports a slice with too few or too many models for the method.
func (p *parser) count(s Slice) {
	base, want, known := p.base(s), p.method.Models, p.method.Base != BaseIgnored
	n := len(p.withOwn(s))
	many := want.Max != 0 && n > want.Max
	if n >= want.Min && !many {
		return
	}
	takes := p.method.Name + " takes " + want.String()
	if known && (base != nil || p.method.Base == BaseRequired) {
		takes += " beside the base"
	}
	anyNumber := slices.DeleteFunc(slices.Clone(p.methods), func(m Method) bool { return m.Models.Max != 0 })
	pos, hint := s.Pos, ""
	switch implied := slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Implied }); {
	case implied && many:
		pos, takes = base.Pos, fmt.Sprintf("the base %s is not among the models, so it is added to them, and %s", base, takes)
		hint = cmp.Or(didYouMean(base.String(), p.sourceNames()), "name one of the listed models as base_model")
		if !known {
			pos, hint = s.Pos, `take base_model out, or write "slices:"`
		}
	case many && p.method.Result == Stack:
		hint = "give each a slice of its own, to stack their layers"
	case many && len(anyNumber) > 0:
		hint = list(methodNames(anyNumber)) + " take any number"
	case !implied && n < want.Min && base != nil && known && listed(s, *base):
		hint = fmt.Sprintf("%s is the base and does not count", base)
	}
	p.fault(pos, "model-count", hint, "%s, not %d", takes, n)
}

// String says how many models c is, for a sentence.
func (c Count) String() string {
	models := english.PluralWord(max(c.Min, c.Max), "model", "")
	switch {
	case c.Max == 0:
		return fmt.Sprintf("at least %d %s", c.Min, models)
	case c.Max == c.Min:
		return fmt.Sprintf("exactly %d %s", c.Min, models)
	}
	return fmt.Sprintf("%d to %d %s", c.Min, c.Max, models)
}

// required reports where prm, which the method needs, is given for no tensor at all, or by filters that leave out norms and
// embeddings. Other filters that leave some tensors out are found with the tensors, in the plan.
func (p *parser) required(prm *Param) {
	if p.unread {
		return
	}
	var missing []*Fault
	lacks := func(pos Pos, hint, format string, args ...any) {
		missing = append(missing, newFault(pos, "missing-parameter", hint, p.method.Name+" needs "+prm.Name+format, args...))
	}
	write := fmt.Sprintf("%q", prm.Name+": ...")
	need := 0 // places that need a value
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			continue
		}
		users := p.withOwn(s)
		if prm.Scope == Shared {
			users = []Source{{Pos: s.Pos}}
		}
		need += len(users)
		base := p.base(s)
		for _, src := range users {
			switch {
			case p.settled(prm, s, src):
			case prm.Scope == Shared:
				lacks(src.Pos, "write "+write+" under parameters, of this slice or at the top level", ", and this slice has none")
			case src.Implied:
				lacks(src.Pos, fmt.Sprintf("list it among the models with its %s, or take base_model out", prm.Name), ", and the base %s has none", src.Model)
			case base != nil && p.method.Base != BaseIgnored && strings.EqualFold(base.String(), src.Model.String()):
				lacks(src.Pos, fmt.Sprintf("write \"base_model: %s\" if it is the base", src.Model), ", and %s has none", src.Model)
			default:
				lacks(src.Pos, "add "+write+" to its parameters", ", and %s has none", src.Model)
			}
		}
	}
	if len(missing) == need && need > 0 {
		missing = nil
		where := " under parameters, at the top level"
		if prm.Scope == PerModel {
			where = " under the parameters of each model, or at the top level for all"
		}
		lacks(p.recipe.MethodPos, "write "+write+where, "")
	}
	for _, f := range missing {
		p.report(f)
	}
}

// settled tells whether prm, which s or its source src needs, has a value or is told about: it stands where it has no
// effect, or has filters alone.
func (p *parser) settled(prm *Param, s Slice, src Source) bool {
	if all, at, complete := cases(prm.Name, src.Parameters, s.Parameters, p.recipe.Parameters); complete || len(all) > 0 {
		if !complete && !slices.ContainsFunc(all, reachesCommon) {
			p.fault(at, "missing-parameter", `add "- value: ..." without a filter, as the last case`,
				"%s needs %s for every tensor, and these filters leave norms and embeddings without one", p.method.Name, prm.Name)
		}
		return true
	}
	found := false
	for _, i := range p.idles {
		isHere := func(src Source) bool { return src.Pos == i.at.pos }
		near := i.at.level == atTop || i.at.pos == s.Pos || isHere(src) || prm.Scope == Shared && slices.ContainsFunc(s.Sources, isHere)
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

// addedBase warns where the base that models does not list is merged as one model more.
func (p *parser) addedBase() {
	if p.method.Base != BaseIgnored || p.recipe.Form != FormModels || len(p.faults.Errors()) > 0 {
		return
	}
	for _, src := range p.recipe.Slices[0].Sources {
		if src.Implied {
			p.warn(src.Pos, "added-base", "take base_model out unless you want to merge it",
				"base_model %s is not among the models, so %s merges it as one more", src.Model, p.method.Name)
		}
	}
}
