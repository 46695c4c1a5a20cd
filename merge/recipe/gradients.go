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

// listsForModels warns about a list at a level that all models share which has a value for each of them, for it is a
// gradient over the layers and the same for every model.
func (p *parser) listsForModels() {
	for i, s := range p.recipe.Slices {
		if p.whole[i] && len(s.Sources) > 1 {
			p.listForModels(s.Parameters, s)
			p.listForModels(p.recipe.Parameters, s)
		}
	}
}

func (p *parser) listForModels(params Params, s Slice) {
	n := len(s.Sources)
	for _, e := range params {
		prm := p.method.Param(e.Name)
		if prm == nil || prm.Scope != PerModel || !prm.Required {
			continue
		}
		for _, c := range e.Setting.Cases {
			if c.Gradient && (len(c.Values) == n || p.base(s) != nil && len(c.Values) == n-1 && n > 2) {
				p.warn(c.Pos, "gradient", "write "+e.Name+" under the parameters of each model, if each has one of the values",
					"the %d values of %s go from the first layer to the last, for every model alike", len(c.Values), quote(e.Name))
			}
		}
	}
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
