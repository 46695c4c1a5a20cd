package render

import (
	"math"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// strips are the weights of every source by layer.
func (m Merge) strips() []card.Strip {
	tensors := func(yield func(card.Mixed) bool) {
		for i := range m.Plan.Outputs {
			o := &m.Plan.Outputs[i]
			if !yield(card.Mixed{Name: o.Name(), Elements: float64(o.Expr.Elements()), Uses: m.uses(o)}) {
				return
			}
		}
	}
	return card.Strips(m.Plan.Layers, len(m.Sources), tensors)
}

// Shares is how much of the result comes from each source, by parameters: layers that are copied,
// or its part of a weighted mean. Entries are nil if that makes no sense, as when task vectors are added.
func (m Merge) Shares() []*float64 {
	none := make([]*float64, len(m.Sources))
	if m.Method.Result == recipe.Changes {
		return none
	}
	sums := make([]float64, len(m.Sources))
	for i := range m.Plan.Outputs {
		o := &m.Plan.Outputs[i]
		uses := m.uses(o)
		if !isMean(uses) {
			return none
		}
		for _, u := range uses {
			sums[u.Model] += float64(u.Weight * float64(o.Expr.Elements()))
		}
	}
	out := make([]*float64, len(sums))
	for i, sum := range sums {
		share := sum / float64(m.Plan.Params)
		out[i] = &share
	}
	return out
}

// isMean reports whether the weights are those of a weighted mean.
func isMean(uses []card.Use) bool {
	sum := 0.0
	for _, u := range uses {
		if u.Weight < 0 {
			return false
		}
		sum += u.Weight
	}
	return math.Abs(sum-1) < 1e-9
}

// uses returns the weight of each source in one tensor, 0 for unused ones. In a method that adds task vectors to the base, it is the
// weights of those, for their sources only. It is nil if a method has no weights.
func (m Merge) uses(o *plan.Output) []card.Use {
	if m.Method.Result == recipe.Changes {
		return changes(m.Method, o.Call())
	}
	given := []recipe.Share{{Weight: 1}} // of a tensor that is copied
	if call := o.Call(); call != nil {
		given = m.Method.SharesOf(call.Args)
	}
	if given == nil {
		return nil
	}
	uses := make([]card.Use, len(m.Sources))
	for i := range uses {
		uses[i] = card.Use{Model: i, Density: math.NaN()}
	}
	inputs := o.Inputs()
	for i, share := range given {
		uses[inputs[i].Model].Weight += share.Weight
	}
	return uses
}

// changes returns the task vectors added in a tensor; none for a copy of the base.
func changes(method *recipe.Method, c *plan.Call) []card.Use {
	if c == nil {
		return nil
	}
	var uses []card.Use
	for i, share := range method.SharesOf(c.Args) {
		if i != c.Args.Base {
			uses = append(uses, card.Use{Model: c.Inputs[i].Model, Weight: share.Weight, Density: share.Density})
		}
	}
	return uses
}
