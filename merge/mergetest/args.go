package mergetest

import "github.com/lazymerge/lazymerge/merge/recipe"

// Args returns complete parameters of m for a number of inputs, of which base is the base or -1: the
// defaults of the table, and an example where the method requires a value.
func Args(m recipe.Method, inputs, base int) recipe.Args {
	if m.Base == recipe.BaseIgnored {
		base = -1
	}
	a := recipe.Args{Shared: map[string]float64{}, PerModel: make([]map[string]float64, inputs), Base: base}
	for i := range a.PerModel {
		if i != base {
			a.PerModel[i] = map[string]float64{}
		}
	}
	for _, p := range m.Params {
		switch {
		case p.Optional:
		case p.Scope == recipe.Shared:
			a.Shared[p.Name] = example(p, 0)
		default:
			for i := range a.PerModel {
				if i != base {
					a.PerModel[i][p.Name] = example(p, i)
				}
			}
		}
	}
	return a
}

// With returns a with one shared parameter set.
func With(a recipe.Args, name string, value float64) recipe.Args {
	shared := map[string]float64{name: value}
	for k, v := range a.Shared {
		if k != name {
			shared[k] = v
		}
	}
	a.Shared = shared
	return a
}

// WithEach returns a with one parameter set for every input but the base, in input order. It panics
// if their numbers differ.
func WithEach(a recipe.Args, name string, values ...float64) recipe.Args {
	per := make([]map[string]float64, len(a.PerModel))
	for i, p := range a.PerModel {
		if i == a.Base {
			continue
		}
		per[i] = map[string]float64{}
		for k, v := range p {
			per[i][k] = v
		}
		per[i][name] = values[0]
		values = values[1:]
	}
	if len(values) > 0 {
		panic("mergetest: more values than inputs")
	}
	a.PerModel = per
	return a
}

// example is p's default or, where it has none, a value that is in range and differs by input.
func example(p recipe.Param, input int) float64 {
	if !p.Required {
		return p.Default
	}
	if p.Min < p.Max { // also where Above
		return p.Min + (p.Max-p.Min)*float64(input%3+1)/4
	}
	if p.Above {
		return p.Min + 0.3 + 0.2*float64(input)
	}
	return 0.3 + 0.2*float64(input)
}
