package render

import (
	"iter"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// settings lists the parameters of a scope that have no default, or another value than their
// default in some tensor. model is a source's index, or -1 for shared parameters.
func (m Merge) settings(scope recipe.Scope, model int) []card.Setting {
	var out []card.Setting
	for i := range m.Method.Params {
		p := &m.Method.Params[i]
		if p.Scope != scope || p.Inert || p.Silent { // no effect on the result
			continue
		}
		set := false
		for _, v := range m.values(p, model) {
			set = set || p.Required || v != p.Default
		}
		if set {
			out = append(out, card.Setting{Name: p.Name, Doc: p.Doc, Bool: p.Type == recipe.Bool,
				Groups: card.Groups(m.Plan.Layers, m.values(p, model))})
		}
	}
	return out
}

// values ranges over the outputs with a value of p, and of model if p is per model. An optional parameter that is absent
// has its default; a stack that copies a tensor has none.
func (m Merge) values(p *recipe.Param, model int) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for i := range m.Plan.Outputs {
			o := &m.Plan.Outputs[i]
			call := o.Call()
			if p.Scope == recipe.Shared {
				if call == nil {
					continue
				}
				if v, has := call.Args.Shared[p.Name]; has && !yield(o.Name(), v) {
					return
				}
				continue
			}
			for k, in := range o.Inputs() {
				if in.Model != model {
					continue
				}
				v, has := p.Default, p.Optional && m.Method.Result == recipe.Stack
				if call != nil {
					if given, is := call.Args.PerModel[k][p.Name]; is {
						v, has = given, true
					}
				}
				if has && !yield(o.Name(), v) {
					return
				}
			}
		}
	}
}
