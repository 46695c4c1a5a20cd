package pipeline

import (
	"math"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Picture draws what every source gives, once. It is nil for a method whose numbers do not tell.
func (m *Merge) Picture() (*chart.Picture, error) {
	if m.picture == nil {
		picture, err := chart.Draw(m.facts("x"))
		if err != nil {
			return nil, &ConfigError{err}
		}
		m.picture = picture
	}
	return m.picture, nil
}

// strips tells what every source gives, layer by layer; and whether that is a factor of its changes to the base rather than of itself.
func (m *Merge) strips() ([]card.Strip, bool) {
	tensors := func(yield func(card.Mixed) bool) {
		for i := range m.Plan.Outputs {
			o := &m.Plan.Outputs[i]
			if !yield(card.Mixed{Name: o.Name(), Elements: float64(o.Expr.Elements()), Uses: m.uses(o)}) {
				return
			}
		}
	}
	return card.Strips(m.Plan.Layers, len(m.Sources), tensors), addsChanges(m.Plan.Method)
}

// shares tells how much of the result each source gives, by parameters: its layers where they
// are taken over, its part of a weighted mean. A nil entry is a source of a merge in which that
// is no sensible number, as where task vectors are added.
func (m *Merge) shares() []*float64 {
	none := make([]*float64, len(m.Sources))
	if addsChanges(m.Plan.Method) {
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

// addsChanges tells whether a method adds to the base what the other models changed from it.
func addsChanges(method string) bool {
	return slices.Contains([]string{"task_arithmetic", "ties", "dare_linear", "dare_ties"}, method)
}

// uses returns the weight that each source has in one tensor, 0 for those that have none in a sum of models. It is nil
// where no number tells that.
func (m *Merge) uses(o *plan.Output) []card.Use {
	if addsChanges(m.Plan.Method) {
		return changes(o.Call())
	}
	weights := make([]float64, len(m.Sources))
	inputs, call := o.Inputs(), o.Call()
	switch {
	case call == nil:
		weights[inputs[0].Model] = 1
	case call.Method == "passthrough" && len(inputs) == 1:
		weights[inputs[0].Model] = 1
		if scale, has := call.Args.PerModel[0]["scale"]; has {
			weights[inputs[0].Model] = scale
		}
	case call.Method == "slerp" && len(inputs) == 2 && call.Args.Base >= 0:
		t := call.Args.Shared["t"]
		weights[inputs[call.Args.Base].Model] += 1 - t
		weights[inputs[1-call.Args.Base].Model] += t
	case call.Method == "linear":
		divisor := 1.0
		if call.Args.Shared["normalize"] != 0 {
			divisor = 0
			for _, p := range call.Args.PerModel {
				divisor += p["weight"]
			}
		}
		for i, in := range inputs {
			weights[in.Model] += call.Args.PerModel[i]["weight"] / divisor
		}
	default:
		return nil
	}
	uses := make([]card.Use, len(weights))
	for source, w := range weights {
		uses[source] = card.Use{Model: source, Weight: w, Density: math.NaN()}
	}
	return uses
}

// changes returns weight and density of the models whose changes a tensor takes; none for one that is the base's.
func changes(c *plan.Call) []card.Use {
	if c == nil {
		return nil
	}
	var uses []card.Use
	for i, in := range c.Inputs {
		if i == c.Args.Base {
			continue
		}
		u := card.Use{Model: in.Model, Weight: c.Args.PerModel[i]["weight"], Density: math.NaN()}
		if density, has := c.Args.PerModel[i]["density"]; has && c.Method != "task_arithmetic" { // which has no use for it
			u.Density = density
		}
		uses = append(uses, u)
	}
	return uses
}
