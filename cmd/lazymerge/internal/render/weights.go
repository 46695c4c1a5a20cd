package render

import (
	"math"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// strips tells what every source gives, layer by layer.
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

// Shares tells how much of the result each source gives, by parameters: its layers where they
// are taken over, its part of a weighted mean. A nil entry is a source of a merge in which that
// is no sensible number, as where task vectors are added.
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

// isMean tells whether the weights are parts of a whole.
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

// uses returns the weight that each source has in one tensor, 0 for those that it is not made of. In a method that adds to the base
// what the others changed it is that of these changes, and only of the sources that are added. It is nil where no number tells that.
func (m Merge) uses(o *plan.Output) []card.Use {
	if m.Method.Result == recipe.Changes {
		return changes(m.Method, o.Call())
	}
	given := []recipe.Share{{Weight: 1}} // of a tensor that is passed on
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

// changes returns what is added to the base in a tensor; none for one that is the base's.
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
