package pipeline

import (
	"math"
	"testing"

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

func TestMix(t *testing.T) {
	for _, tt := range []struct {
		name string
		expr plan.Expr
		want map[int]float64 // nil is no sensible number
	}{
		{"a copy is all of its source", plan.Expr{Op: plan.Copy, Source: 2}, map[int]float64{2: 1}},
		{"a mean of two", linearOf(1, 1, 3), map[int]float64{0: 0.25, 1: 0.75}},
		{"a weight of zero", linearOf(1, 0, 5), map[int]float64{0: 0, 1: 1}},
		{"a negative weight has no share", linearOf(1, -1, 2), nil},
		{"a sum that is no mean", linearOf(0, 1, 1), nil},
		{"weights of zero", linearOf(1, 0, 0), nil},
		{"slerp near the base", slerpOf(0.25, 1), map[int]float64{1: 0.75, 0: 0.25}},
		{"slerp whose base comes second", slerpOf(0.25, 2), map[int]float64{0: 0.75, 1: 0.25}},
		{"slerp beyond the ends", slerpOf(1.5, 1), nil},
		{"task vectors", plan.Expr{Op: plan.Method, Method: "ties"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := mix(&tt.expr)
			if ok != (tt.want != nil) {
				t.Fatalf("mix = %v, %v; want %v", got, ok, tt.want)
			}
			for source, part := range tt.want {
				if math.Abs(got[source]-part) > 1e-12 {
					t.Errorf("mix = %v, want %v", got, tt.want)
				}
			}
		})
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
