package pipeline

import (
	"math"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/plan"
)

func linearOf(normalize float64, weights ...float64) plan.Expr {
	e := plan.Expr{Op: plan.Method, Method: "linear", Params: map[string]float64{"normalize": normalize}}
	for i, w := range weights {
		e.Inputs = append(e.Inputs, plan.Expr{Op: plan.Read, Source: i})
		e.PerModel = append(e.PerModel, map[string]float64{"weight": w})
	}
	return e
}

// slerpOf has source 1 as input 0 and source 0 as input 1; base is 1 + the index of the input that is the base.
func slerpOf(t float64, base int) plan.Expr {
	return plan.Expr{Op: plan.Method, Method: "slerp", Base: base, Params: map[string]float64{"t": t},
		Inputs: []plan.Expr{{Op: plan.Read, Source: 1}, {Op: plan.Read, Source: 0}}}
}

func TestUses(t *testing.T) {
	scaled := plan.Expr{Op: plan.Method, Method: "passthrough", Inputs: []plan.Expr{{Op: plan.Read, Source: 1}}, PerModel: []map[string]float64{{"scale": 0.5}}}
	for _, tt := range []struct {
		name string
		expr plan.Expr
		want []float64 // by source; nil is no sensible number
		mean bool
	}{
		{"a copy is all of its source", plan.Expr{Op: plan.Copy, Source: 2}, []float64{0, 0, 1}, true},
		{"a mean of two", linearOf(1, 1, 3), []float64{0.25, 0.75, 0}, true},
		{"a weight of zero", linearOf(1, 0, 5), []float64{0, 1, 0}, true},
		{"a negative weight is no share", linearOf(1, -1, 2), []float64{-1, 2, 0}, false},
		{"a sum that is no mean", linearOf(0, 1, 1), []float64{1, 1, 0}, false},
		{"a sum that is one", linearOf(0, 0.5, 0.5), []float64{0.5, 0.5, 0}, true},
		{"slerp near the base", slerpOf(0.25, 1), []float64{0.25, 0.75, 0}, true},
		{"slerp whose base comes second", slerpOf(0.25, 2), []float64{0.75, 0.25, 0}, true},
		{"slerp beyond the ends", slerpOf(1.5, 1), []float64{1.5, -0.5, 0}, false},
		{"a layer that is scaled", scaled, []float64{0, 0.5, 0}, false},
		{"a method without words here", plan.Expr{Op: plan.Method, Method: "karcher"}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &Merge{Plan: &plan.Plan{}, Sources: make([]*Source, 3)}
			uses := m.uses(&tt.expr)
			var got []float64
			for _, u := range uses {
				got = append(got, u.Weight)
			}
			if !slices.Equal(got, tt.want) || isMean(uses) != tt.mean {
				t.Errorf("uses = %v, a mean: %v; want %v, %v", got, isMean(uses), tt.want, tt.mean)
			}
		})
	}
}

func TestUsesOfChanges(t *testing.T) {
	expr := plan.Expr{Op: plan.Method, Method: "ties", Base: 2,
		Inputs:   []plan.Expr{{Op: plan.Read, Source: 2}, {Op: plan.Read, Source: 0}, {Op: plan.Read, Source: 1}},
		PerModel: []map[string]float64{{"weight": 0.3, "density": 0.5}, nil, {"weight": -1, "density": 1}}}
	m := &Merge{Plan: &plan.Plan{Method: "ties"}, Sources: make([]*Source, 3)}
	want := []card.Use{{Model: 2, Weight: 0.3, Density: 0.5}, {Model: 1, Weight: -1, Density: 1}}
	if got := m.uses(&expr); !slices.Equal(got, want) {
		t.Errorf("uses = %v, want %v: the base adds nothing to itself", got, want)
	}
	if got := m.uses(&plan.Expr{Op: plan.Copy, Source: 0}); got != nil {
		t.Errorf("uses of a copy of the base = %v, want none", got)
	}
	expr.Method, m.Plan.Method = "task_arithmetic", "task_arithmetic"
	if got := m.uses(&expr); len(got) != 2 || !math.IsNaN(got[0].Density) {
		t.Errorf("uses = %v, want no density: the method keeps every entry", got)
	}
}

// TestShares weighs tensors by their elements: a big one that is all of source 0, a small one that is half and half.
func TestShares(t *testing.T) {
	m := &Merge{Sources: []*Source{{}, {}}, Plan: &plan.Plan{Params: 10, Tensors: []plan.Tensor{
		{Name: "big", Shape: []int64{4, 2}, Expr: plan.Expr{Op: plan.Copy, Source: 0}},
		{Name: "small", Shape: []int64{2}, Expr: linearOf(1, 1, 1)},
	}}}
	got := m.shares()
	if len(got) != 2 || got[0] == nil || got[1] == nil || *got[0] != 0.9 || *got[1] != 0.1 {
		t.Errorf("shares() = %v, want 0.9 and 0.1", got)
	}
	m.Plan.Tensors = append(m.Plan.Tensors, plan.Tensor{Name: "odd", Shape: []int64{1}, Expr: plan.Expr{Op: plan.Method, Method: "ties"}})
	if got := m.shares(); len(got) != 2 || got[0] != nil || got[1] != nil {
		t.Errorf("shares() with a tensor of task vectors = %v, want none", got)
	}
}
