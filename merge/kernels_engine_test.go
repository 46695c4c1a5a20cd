package merge

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Rows of any length come whole to a kernel that asks for them, however a tensor is read: rows shorter than a run, between a run and
// a block, and longer than a block.
func TestRowsInWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("TestSameBytes runs the engine on kernels of today")
	}
	for _, k := range []TestKernel{RowSLERP, RowTop, Salient} {
		for _, shape := range [][]int64{{40_000, 7}, {90, 3001}, {4, 70_001}} {
			t.Run(fmt.Sprintf("%s of shape %d", k.Method.Name, shape), func(t *testing.T) {
				spec := Spec{Name: "w", Shape: shape, Args: recipe.Args{
					Shared:   map[string]float64{"t": 0.3, "rescale": 1},
					PerModel: []map[string]float64{nil, {"weight": 0.5, "density": 0.4}},
				}}
				n := int(spec.N())
				var weights []Weights
				var rows [][]float32
				c := &plan.Call{Method: k.Method.Name, Args: spec.Args}
				c.Work.Unit = k.Method.UnitOf(shape, spec.Args)
				c.Work.Usual, c.Work.Worst = k.Method.PassesOf(shape, spec.Args)
				for i := range spec.Args.PerModel {
					rows = append(rows, normal(uint64(i), n, 1))
					m := newMemoryModel(t, dtype.F32, tensorOf{"w", shape, rows[i]})
					read, err := plan.ReadModel(t.Context(), plan.Identity{}, m)
					if err != nil {
						t.Fatal(err)
					}
					s := read.Tensors["w"]
					c.Inputs = append(c.Inputs, plan.Input{Model: i, Expr: plan.Expr{Op: &plan.Leaf{
						Source: i, File: s.File, Tensor: "w", DType: s.DType, Stored: s.Shape, Begin: s.Begin, End: s.End,
					}}})
					weights = append(weights, m)
				}
				p := (&plan.Plan{Outputs: []plan.Output{{
					Expr: plan.Expr{Op: c}, Codec: plan.Cast, Tensors: []plan.Tensor{{Name: "w", DType: dtype.F32, Shape: shape}},
				}}}).Pick([]int{0})

				kernel, block, result := k.New(spec), NewBlock(0, 0, rows), make([]float64, n)
				for pass, again := 0, c.Work.Usual > 0; again; pass++ {
					again = kernel.Fold(pass, slices.Values([]any{kernel.Scan(pass, block)}))
				}
				kernel.Emit(result, block)
				want := make([]byte, 4*n)
				dtype.Encode(want, result, dtype.F32)

				windows := 0
				for _, o := range []Options{{Threads: 2}, {Threads: 3, buffer: 1_000_000}, {Threads: 2, buffer: 1}} {
					for _, l := range o.Schedules(p)[0].Loads {
						if l.Step == plan.Emit {
							windows++
						}
					}
					o.Kernel = func(_ string, s Spec) Kernel { return k.New(s) }
					sink := newMemorySink()
					if _, err := Run(t.Context(), p, weights, sink, o); err != nil {
						t.Fatalf("%+v: %v", o, err)
					}
					if !bytes.HasSuffix(sink.shards[p.Shards[0].Name], want) {
						t.Errorf("a buffer of %d changes the result", o.buffer)
					}
				}
				if windows < 3 {
					t.Errorf("the tensor was made in %d windows", windows)
				}
			})
		}
	}
}
