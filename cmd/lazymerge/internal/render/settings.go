package render

import (
	"iter"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// settings lists the parameters of a scope that some tensor has another value of than the
// default, or that have no default. model is a source's index, or -1 for shared ones.
func (m Merge) settings(scope recipe.Scope, model int) []card.Setting {
	var out []card.Setting
	for i := range m.Method.Params {
		p := &m.Method.Params[i]
		if p.Scope != scope || p.Inert || p.Silent { // what has no effect tells nothing
			continue
		}
		told := false
		for _, v := range m.values(p, model) {
			told = told || p.Required || v != p.Default
		}
		if told {
			out = append(out, card.Setting{Name: p.Name, Doc: p.Doc, Bool: p.Type == recipe.Bool,
				Groups: card.Groups(m.Plan.Layers, m.values(p, model))})
		}
	}
	return out
}

// values ranges over the outputs that have a value of p, which is model's where p is of each model. An optional parameter that is absent
// has its default; it is absent, too, where a stack takes a tensor as it is.
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
