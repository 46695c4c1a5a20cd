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
		for i := range m.Plan.Tensors {
			t := &m.Plan.Tensors[i]
			if !yield(card.Mixed{Name: t.Name, Elements: elements(t), Uses: m.uses(&t.Expr)}) {
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
	for i := range m.Plan.Tensors {
		t := &m.Plan.Tensors[i]
		uses := m.uses(&t.Expr)
		if !isMean(uses) {
			return none
		}
		for _, u := range uses {
			sums[u.Model] += float64(u.Weight * elements(t))
		}
	}
	out := make([]*float64, len(sums))
	for i, sum := range sums {
		share := sum / float64(m.Plan.Params)
		out[i] = &share
	}
	return out
}

func elements(t *plan.Tensor) float64 {
	n := 1.0
	for _, d := range t.Shape {
		n *= float64(d)
	}
	return n
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
func (m *Merge) uses(e *plan.Expr) []card.Use {
	if addsChanges(m.Plan.Method) {
		return changes(e)
	}
	weights := make([]float64, len(m.Sources))
	switch {
	case e.Op != plan.Method:
		weights[e.Source] = 1
	case e.Method == "passthrough" && len(e.Inputs) == 1:
		weights[e.Inputs[0].Source] = 1
		if scale, has := e.PerModel[0]["scale"]; has {
			weights[e.Inputs[0].Source] = scale
		}
	case e.Method == "slerp" && len(e.Inputs) == 2 && e.Base != 0:
		t := e.Params["t"]
		weights[e.Inputs[e.Base-1].Source] += 1 - t
		weights[e.Inputs[2-e.Base].Source] += t
	case e.Method == "linear":
		divisor := 1.0
		if e.Params["normalize"] != 0 {
			divisor = 0
			for _, p := range e.PerModel {
				divisor += p["weight"]
			}
		}
		for i, in := range e.Inputs {
			weights[in.Source] += e.PerModel[i]["weight"] / divisor
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
func changes(e *plan.Expr) []card.Use {
	var uses []card.Use
	for i, in := range e.Inputs {
		if i == e.Base-1 {
			continue
		}
		u := card.Use{Model: in.Source, Weight: e.PerModel[i]["weight"], Density: math.NaN()}
		if density, has := e.PerModel[i]["density"]; has && e.Method != "task_arithmetic" { // which has no use for it
			u.Density = density
		}
		uses = append(uses, u)
	}
	return uses
}
