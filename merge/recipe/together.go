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
	base := p.base(s)
	for i, src := range s.Sources {
		if p.method.Base != BaseIgnored && base != nil && src.Model.Same(*base) {
			args.Base = i
			continue
		}
		args.PerModel[i] = map[string]float64{}
	}
	for i := range p.method.Params {
		prm := &p.method.Params[i]
		if prm.Scope == Shared {
			if !decide(args.Shared, prm, t, s.Parameters, p.recipe.Parameters) {
				return args, false
			}
			continue
		}
		for j, src := range s.Sources {
			if j != args.Base && !decide(args.PerModel[j], prm, t, src.Parameters, s.Parameters, p.recipe.Parameters) {
				return args, false
			}
		}
	}
	return args, true
}

// decide sets prm in values from the first of levels that gives it at depth t, and returns false where that is not
// known without a tensor's name.
func decide(values map[string]float64, prm *Param, t float64, levels ...Params) bool {
	for _, level := range levels {
		setting, ok := level.Get(prm.Name)
		if !ok {
			continue
		}
		if len(setting.Cases) == 0 || !setting.Cases[0].matchesAll() {
			return false
		}
		v, ok, fault := setting.Cases[0].at(prm, t)
		if fault != nil {
			return false
		}
		if ok {
			values[prm.Name] = v
			return true
		}
	}
	if !prm.Required && !prm.Optional {
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
	for _, src := range s.Sources {
		for _, level := range []Params{src.Parameters, s.Parameters, p.recipe.Parameters} {
			for _, e := range level {
				if prm := p.method.Param(e.Name); prm != nil && prm.Scope == PerModel && prm.Required {
					f.Pos = e.Setting.Pos
					return f
				}
			}
		}
	}
	return f
}
