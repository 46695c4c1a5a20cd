package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// noEffect warns about what a config says to no effect: a model with a weight or density of 0, a method that leaves
// one input as it is, a value that is given again wherever it could count, and one model under two names.
func (p *parser) noEffect() {
	if len(p.faults.Errors()) > 0 {
		return
	}
	p.absentModels()
	p.oneInput()
	p.hidden()
	p.twoNames()
}

// everywhere returns the value of prm where levels give one and the same for every tensor.
func everywhere(prm *Param, levels ...Params) (v float64, at Pos, ok bool) {
	all, at, ok := cases(prm.Name, levels...)
	for i, c := range all {
		for j, scalar := range c.Values {
			w, fault := prm.value(scalar)
			if i == 0 && j == 0 {
				v = w
			}
			ok = ok && fault == nil && v == w
		}
	}
	return v, at, ok
}

// absentModels warns about models that add nothing to any slice.
func (p *parser) absentModels() {
	for _, ref := range p.recipe.Models() {
		var absences []*Fault
		for _, s := range p.recipe.Slices {
			for _, src := range p.withOwn(s) {
				if src.Model.Same(ref) {
					absences = append(absences, p.absence(s, src))
				}
			}
		}
		if len(absences) > 0 && !slices.Contains(absences, nil) {
			p.report(absences[0])
		}
	}
}

// absence is the warning of a parameter that takes src out of all of s; nil if none does.
func (p *parser) absence(s Slice, src Source) *Fault {
	for _, prm := range p.method.Params {
		if prm.Inert || prm.Scope != PerModel {
			continue
		}
		v, pos, ok := everywhere(&prm, src.Parameters, s.Parameters, p.recipe.Parameters)
		if ok && slices.ContainsFunc(prm.Ends, func(e End) bool { return e.At == v && e.Leaves == Others }) {
			return &Fault{
				Pos: pos, Code: "no-effect", Warning: true, Hint: "take the model out, or give it a " + prm.Name,
				Message: fmt.Sprintf("%s has %s %s everywhere, so it takes no part in the merge", src.Model, prm.Name, short(v)),
			}
		}
	}
	return nil
}

// withOwn are the sources of s that parameters for one model count for: all but a base that the method knows.
func (p *parser) withOwn(s Slice) []Source {
	return slices.DeleteFunc(slices.Clone(s.Sources), func(src Source) bool { return p.isBase(s, src) })
}

// oneInput warns where a parameter, or that there is but the base, makes the whole result a copy of one model.
func (p *parser) oneInput() {
	if p.method.Base != BaseRequired {
		return
	}
	if p.recipe.Base != nil && !slices.ContainsFunc(p.recipe.Slices, func(s Slice) bool { return len(p.withOwn(s)) > 0 }) {
		p.warn(p.recipe.Base.Pos, "no-effect", "list the models to merge into it", "there is no model but the base, so the result is the base alone")
		return
	}
	for _, prm := range p.method.Params {
		if prm.Inert || prm.Scope != Shared {
			continue
		}
		var value float64 // of every slice, where it is the same
		var first Pos
		same := false
		for i, s := range p.recipe.Slices {
			v, pos, ok := everywhere(&prm, s.Parameters, p.recipe.Parameters)
			if i == 0 {
				value, first, same = v, pos, ok
			}
			same = same && ok && v == value
		}
		for _, e := range prm.Ends {
			if same && value == e.At {
				p.warn(first, "no-effect", e.Hint, "%s is %s everywhere, so the result %s", prm.Name, short(e.At), resultOf[e.Leaves])
			}
		}
	}
}

// resultOf says what the result is at the end of a shared parameter.
var resultOf = map[Leaves]string{BaseAlone: "is the base alone", OtherAlone: "has nothing of the base"}

// hidden warns about a parameter at the top level, or of a slice, that something nearer gives again wherever it could count.
func (p *parser) hidden() {
	look := func(level Params, all []Slice, slicesToo bool) {
		for _, e := range level {
			prm := p.method.Param(e.Name)
			if prm == nil || prm.Inert {
				continue
			}
			counts := slices.ContainsFunc(all, func(s Slice) bool {
				return !(slicesToo && covers(e.Name, s.Parameters)) &&
					(prm.Scope == Shared || slices.ContainsFunc(p.withOwn(s), func(src Source) bool { return !covers(e.Name, src.Parameters) }))
			})
			if !counts {
				p.warn(e.Pos, "no-effect", "take it out", "%s has no effect here: every slice or model below has its own", quote(e.Name))
			}
		}
	}
	look(p.recipe.Parameters, p.recipe.Slices, true)
	for _, s := range p.recipe.Slices {
		look(s.Parameters, []Slice{s}, false)
	}
}

// covers tells whether level gives name a value for every tensor.
func covers(name string, level Params) bool {
	_, _, complete := cases(name, level)
	return complete
}

// twoNames warns about one model with and without main, or in capitals and small letters, which are two models to a merge.
func (p *parser) twoNames() {
	first := map[string]Ref{}
	for _, ref := range p.recipe.all() {
		path := ref.Path
		if !isPath(path) {
			path = strings.ToLower(path) // a Hub does not tell capitals from small letters
		}
		before, had := first[path]
		if had && !before.Same(ref) && cmp.Or(before.Revision, "main") == cmp.Or(ref.Revision, "main") {
			p.warn(ref.Pos, "same-model", "write both the same way, and take one out where that lists it twice",
				"%s and %s in line %d count as two models but are most likely one", ref, before, before.Pos.Line)
			return
		}
		if !had {
			first[path] = ref
		}
	}
}
