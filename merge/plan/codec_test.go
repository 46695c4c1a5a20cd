package plan_test

import (
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Every unit of a codec has its part of every tensor, the last one whole even where it is short; a tensor with as many elements
// as the expression has one for each.
func TestPartsOfTensors(t *testing.T) {
	// 5 rows of 3: units of two rows, of which the last is short, each with 4 elements of the second tensor.
	o := plan.Output{
		Unit: 6,
		Expr: plan.Expr{Op: &plan.Leaf{DType: dtype.F32, Stored: []int64{5, 3}, End: 60}},
		Tensors: []plan.Tensor{
			{Name: "weight", DType: dtype.U8, Shape: []int64{5, 3}},
			{Name: "scale", DType: dtype.F32, Shape: []int64{3, 4}},
			{Name: "mask", DType: dtype.Bool, Shape: []int64{15}},
		},
	}
	for _, tt := range []struct {
		tensor     int
		lo, hi     int64
		first, end int64
	}{
		{0, 0, 6, 0, 6}, {0, 12, 15, 12, 15},
		{1, 0, 6, 0, 4}, {1, 6, 15, 4, 12}, {1, 12, 15, 8, 12}, {1, 0, 15, 0, 12},
		{2, 12, 15, 12, 15},
	} {
		if first, end := o.Part(tt.tensor, tt.lo, tt.hi); first != tt.first || end != tt.end {
			t.Errorf("elements %d to %d are %d to %d of %s, want %d to %d", tt.lo, tt.hi, first, end, o.Tensors[tt.tensor].Name, tt.first, tt.end)
		}
	}
}

// Blocks are multiples of what the codec works on together or, where that is one element, the method.
func TestBlocksOfOutputs(t *testing.T) {
	c := &plan.Call{Work: plan.Work{Unit: 5000}, Inputs: []plan.Input{{Expr: plan.Expr{Op: &plan.Leaf{DType: dtype.F32, Stored: []int64{1}, End: 4}}}}}
	for unit, want := range map[int64]int64{0: 65_000, 1: 65_000, 7: 65_534, 100_000: 100_000} {
		o := plan.Output{Expr: plan.Expr{Op: c}, Unit: unit}
		if got := o.Block(); got != want {
			t.Errorf("a block of a codec with unit %d has %d elements, want %d", unit, got, want)
		}
	}
}
