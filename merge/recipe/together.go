package recipe

import "errors"

// together checks values that are each in range against each other, where they are the same for every tensor of a
// slice or follow from the depth alone. What depends on filters is checked with the tensors, in the plan.
func (p *parser) together() {
	if p.method.Check == nil {
		return
	}
	for i, s := range p.recipe.Slices {
		if base := p.base(s); !p.whole[i] || p.method.Base == BaseRequired && (base == nil || !listed(s, *base)) {
			continue
		}
		for _, t := range p.depths(i) {
			args, ok := p.args(s, t)
			if !ok {
				continue
			}
			if err := p.method.Check(args); err != nil {
				p.report(p.togetherFault(s, err))
				break
			}
		}
	}
}

// depths are values of t, 0 to 1, that some tensor of slice i has, whatever the models are.
func (p *parser) depths(i int) []float64 {
	l := p.recipe.Slices[i].Sources[0].Layers
	if l != nil && l.End-l.First == 1 && i > 0 && i < len(p.recipe.Slices)-1 {
		return []float64{1}
	}
	return []float64{0, 1}
}

// args are the parameters of the method at depth t of s; false where filters decide or a value is missing or wrong.
func (p *parser) args(s Slice, t float64) (Args, bool) {
	args := Args{Shared: map[string]float64{}, PerModel: make([]map[string]float64, len(s.Sources)), Base: -1}
	for i, src := range s.Sources {
		if p.isBase(s, src) {
			args.Base = i
		} else {
			args.PerModel[i] = map[string]float64{}
		}
	}
	for _, prm := range p.method.Params {
		if prm.Scope == Shared && !decide(args.Shared, &prm, t, s.Parameters, p.recipe.Parameters) {
			return args, false
		}
		for i, src := range s.Sources {
			levels := []Params{src.Parameters, s.Parameters, p.recipe.Parameters}
			if prm.Scope == PerModel && i != args.Base && !decide(args.PerModel[i], &prm, t, levels...) {
				return args, false
			}
		}
	}
	return args, true
}

// decide sets prm in values from the first of levels that gives it at depth t, and returns false where that is not
// known without a tensor's name.
func decide(values map[string]float64, prm *Param, t float64, levels ...Params) bool {
	all, _, complete := cases(prm.Name, levels...)
	switch {
	case complete && len(all) == 1:
		v, _, fault := all[0].at(prm, t)
		values[prm.Name] = v
		return fault == nil
	case complete, len(all) > 0:
		return false
	case !prm.Required && !prm.Optional:
		values[prm.Name] = prm.Default
	}
	return !prm.Required
}

// togetherFault places err at the first value of s that is the model's own, else at the method.
func (p *parser) togetherFault(s Slice, err error) *Fault {
	f := &Fault{Code: "values", Message: err.Error()}
	if told, ok := errors.AsType[*Fault](err); ok {
		f.Message, f.Hint, f.Warning = told.Message, told.Hint, told.Warning
	}
	f.Pos = p.recipe.MethodPos
	for _, prm := range p.method.Params {
		for _, src := range p.withOwn(s) {
			_, at, _ := cases(prm.Name, src.Parameters, s.Parameters, p.recipe.Parameters)
			if prm.Scope == PerModel && prm.Required && at != (Pos{}) {
				f.Pos = at
				return f
			}
		}
	}
	return f
}
