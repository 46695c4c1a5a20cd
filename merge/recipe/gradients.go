package recipe

// gradients warns about lists of which the slices have too few layers to take more than half. In a models form only the
// plan knows the layers.
func (p *parser) gradients() {
	if p.recipe.Form != FormSlices {
		return
	}
	most := 0
	for i, s := range p.recipe.Slices {
		if !p.whole[i] {
			return
		}
		layers := s.Sources[0].Layers.End - s.Sources[0].Layers.First
		most = max(most, layers)
		p.longGradients(s.Parameters, layers)
		for _, src := range s.Sources {
			p.longGradients(src.Parameters, layers)
		}
	}
	p.longGradients(p.recipe.Parameters, most)
}

// longGradients warns about the gradients of params, which stand for slices of at most so many layers.
func (p *parser) longGradients(params Params, layers int) {
	for _, e := range params {
		if p.method.Param(e.Name) == nil {
			continue
		}
		for _, c := range e.Setting.Cases {
			switch n := len(c.Values); {
			case n > 1 && layers == 1:
				p.warn(c.Pos, "gradient", "a gradient starts anew in every slice", "of the %d values of %s the last is taken: a slice of one layer is at the end of a gradient", n, quote(e.Name))
			case n >= 2*layers:
				p.warn(c.Pos, "gradient", "a gradient starts anew in every slice", "%s has %d values for %d layers, so most of them are passed over", quote(e.Name), n, layers)
			}
		}
	}
}
