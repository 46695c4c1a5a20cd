package recipe

import (
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
func everywhere(prm *Param, levels ...Params) (v float64, pos Pos, ok bool) {
	first := true
	for _, level := range levels {
		s, found := level.Get(prm.Name)
		if !found {
			continue
		}
		for _, c := range s.Cases {
			for _, scalar := range c.Values {
				w, fault := prm.value(scalar)
				if fault != nil || !first && w != v {
					return 0, Pos{}, false
				}
				if first {
					v, pos, first = w, s.Pos, false
				}
			}
			if c.matchesAll() && len(c.Values) > 0 {
				return v, pos, true
			}
		}
	}
	return 0, Pos{}, false
}

// absentModels warns about models that add nothing to any slice.
func (p *parser) absentModels() {
	type ending struct {
		name string
		at   float64
		pos  Pos
	}
	ends := map[string]ending{} // by reference
	partakes := map[string]bool{}
	var order []Ref
	for _, s := range p.recipe.Slices {
		for _, src := range p.withOwn(s) {
			prm, at, pos := p.absence(s, src)
			if prm == nil {
				partakes[src.Model.String()] = true
			} else if _, had := ends[src.Model.String()]; !had {
				ends[src.Model.String()] = ending{prm.Name, at, pos}
				order = append(order, src.Model)
			}
		}
	}
	for _, ref := range order {
		if e := ends[ref.String()]; !partakes[ref.String()] {
			p.warn(e.pos, "no-effect", "take the model out, or give it a "+e.name, "%s has %s %s everywhere, so it takes no part in the merge", ref, e.name, short(e.at))
		}
	}
}

// absence returns the parameter that takes src out of all of s, its value, and where that stands; nil if none does.
func (p *parser) absence(s Slice, src Source) (*Param, float64, Pos) {
	for i := range p.method.Params {
		prm := &p.method.Params[i]
		if prm.Inert || prm.Scope != PerModel {
			continue
		}
		v, pos, ok := everywhere(prm, src.Parameters, s.Parameters, p.recipe.Parameters)
		if ok && slices.ContainsFunc(prm.Ends, func(e End) bool { return e.At == v && e.Leaves == Others }) {
			return prm, v, pos
		}
	}
	return nil, 0, Pos{}
}

// withOwn are the sources of s that parameters for one model count for: all but a base that the method knows.
func (p *parser) withOwn(s Slice) []Source {
	base := p.base(s)
	return slices.DeleteFunc(slices.Clone(s.Sources), func(src Source) bool {
		return p.method.Base != BaseIgnored && base != nil && src.Model.Same(*base)
	})
}

// oneInput warns where a parameter, or that there is but the base, makes the whole result a copy of one model.
func (p *parser) oneInput() {
	if p.method.Base != BaseRequired {
		return
	}
	if p.recipe.Base != nil && !slices.ContainsFunc(p.recipe.Slices, func(s Slice) bool { return len(p.withOwn(s)) > 0 }) {
		p.warn(p.recipe.Base.Pos, "no-effect", "list the models that are to be merged into it", "there is no model beside the base, so the result is the base alone")
		return
	}
	for i := range p.method.Params {
		prm := &p.method.Params[i]
		if prm.Inert || prm.Scope != Shared {
			continue
		}
		for _, e := range prm.Ends {
			if pos, ok := p.constant(prm, e.At); ok {
				p.warn(pos, "no-effect", e.Hint, "%s is %s everywhere, so the result %s", prm.Name, short(e.At), resultOf[e.Leaves])
			}
		}
	}
}

// resultOf says what the result is at the end of a shared parameter.
var resultOf = map[Leaves]string{BaseAlone: "is the base alone", OtherAlone: "has nothing of the base"}

// constant tells whether the shared parameter prm is v for every tensor of every slice, and where that is first said.
func (p *parser) constant(prm *Param, v float64) (first Pos, ok bool) {
	for i, s := range p.recipe.Slices {
		w, pos, ok := everywhere(prm, s.Parameters, p.recipe.Parameters)
		if !ok || w != v {
			return Pos{}, false
		}
		if i == 0 {
			first = pos
		}
	}
	return first, true
}

// hidden warns about a parameter at the top level, or of a slice, that something nearer gives again wherever it could count.
func (p *parser) hidden() {
	for _, e := range p.recipe.Parameters {
		prm := p.method.Param(e.Name)
		if prm == nil || prm.Inert {
			continue
		}
		if who := p.givenAgain(prm, p.recipe.Slices); who != "" {
			p.warn(e.Pos, "no-effect", "take it out", "%s has no effect at the top level: %s has its own", quote(e.Name), who)
		}
	}
	for _, s := range p.recipe.Slices {
		for _, e := range s.Parameters {
			prm := p.method.Param(e.Name)
			if prm != nil && !prm.Inert && prm.Scope == PerModel && p.ownInSources(prm, s) {
				p.warn(e.Pos, "no-effect", "take it out", "%s has no effect on this slice: every model of it has its own", quote(e.Name))
			}
		}
	}
}

// givenAgain says what gives prm for all tensors of all, "" where something does not.
func (p *parser) givenAgain(prm *Param, all []Slice) string {
	own := func(s Slice) bool { return covers(prm.Name, s.Parameters) }
	switch {
	case prm.Scope == PerModel && !slices.ContainsFunc(all, func(s Slice) bool { return !p.ownInSources(prm, s) }):
		return "every model"
	case !slices.ContainsFunc(all, func(s Slice) bool { return !own(s) && !(prm.Scope == PerModel && p.ownInSources(prm, s)) }):
		return "every slice"
	}
	return ""
}

// ownInSources tells whether every source of s that prm counts for has it for all tensors.
func (p *parser) ownInSources(prm *Param, s Slice) bool {
	return !slices.ContainsFunc(p.withOwn(s), func(src Source) bool { return !covers(prm.Name, src.Parameters) })
}

// covers tells whether level gives name a value for every tensor.
func covers(name string, level Params) bool {
	s, _ := level.Get(name)
	for _, c := range s.Cases {
		if c.matchesAll() {
			return len(c.Values) > 0
		}
	}
	return false
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
		if !had {
			first[path] = ref
			continue
		}
		if mainless(before.Revision) == mainless(ref.Revision) && !before.Same(ref) {
			p.warn(ref.Pos, "same-model", "write both alike, and take one out where that makes it stand twice",
				"%s and %s in line %d count as two models, and are most likely one", ref, before, before.Pos.Line)
			return
		}
	}
}

// mainless is a revision, where that of most default branches counts as none.
func mainless(revision string) string {
	if revision == "main" {
		return ""
	}
	return revision
}
