package recipe

import "github.com/dustin/go-humanize/english"

// gradients warns about lists of which the slices have too few layers to take more than half, and about those that have
// a value for each model at a level that all models share. In a models form only the plan knows the layers.
func (p *parser) gradients() {
	most := 0
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			return
		}
		layers := 0
		if l := s.Sources[0].Layers; l != nil {
			layers = l.End - l.First
		}
		most = max(most, layers)
		p.gradientsOf(s.Parameters, layers, s)
		p.gradientsOf(p.recipe.Parameters, 0, s)
		for _, src := range s.Sources {
			p.gradientsOf(src.Parameters, layers, Slice{})
		}
	}
	p.gradientsOf(p.recipe.Parameters, most, Slice{})
}

// gradientsOf warns about the gradients of params, which count for at most so many layers, 0 where that is not known,
// and for all sources of s.
func (p *parser) gradientsOf(params Params, layers int, s Slice) {
	models := len(s.Sources)
	for _, e := range params {
		prm := p.method.Param(e.Name)
		if prm == nil {
			continue
		}
		for _, c := range e.Setting.Cases {
			n := len(c.Values)
			if n > 1 && layers > 0 && (layers == 1 || n >= 2*layers) {
				p.warn(c.Pos, "gradient", "a gradient starts anew in every slice", "%s has %d values for %s, so most of them are not used",
					quote(e.Name), n, english.Plural(layers, "layer", ""))
			}
			each := n == models || p.base(s) != nil && n == models-1 && n > 2
			if c.Gradient && each && models > 1 && prm.Scope == PerModel && prm.Required {
				p.warn(c.Pos, "gradient", "write "+e.Name+" under the parameters of each model, if each has one of the values",
					"the %d values of %s go from the first layer to the last, for every model alike", n, quote(e.Name))
			}
		}
	}
}
