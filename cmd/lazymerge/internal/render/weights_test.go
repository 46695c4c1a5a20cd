package render

import (
	"math"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// tableOf is the table of one of the engine's methods, or of one that says nothing of itself.
func tableOf(name string) *recipe.Method {
	if m := recipe.Find(merge.Methods(), name); m != nil {
		return m
	}
	return &recipe.Method{Name: name}
}

// made is an output of the method over inputs from these sources.
func made(method string, args recipe.Args, sources ...int) plan.Output {
	c := &plan.Call{Method: method, Args: args}
	for _, source := range sources {
		c.Inputs = append(c.Inputs, plan.Input{Model: source, Expr: plan.Expr{Op: &plan.Leaf{Source: source, DType: dtype.F32}}})
	}
	return plan.Output{Codec: plan.Cast, Expr: plan.Expr{Op: c}, Tensors: make([]plan.Tensor, 1)}
}

func copied(source int) plan.Output {
	return plan.Output{Codec: plan.Copy, Expr: plan.Expr{Op: &plan.Leaf{Source: source, DType: dtype.F32}}, Tensors: make([]plan.Tensor, 1)}
}

func linearOf(normalize float64, weights ...float64) plan.Output {
	args := recipe.Args{Shared: map[string]float64{"normalize": normalize}, Base: -1}
	var sources []int
	for i, w := range weights {
		sources = append(sources, i)
		args.PerModel = append(args.PerModel, map[string]float64{"weight": w})
	}
	return made("linear", args, sources...)
}

// slerpOf has source 1 as input 0 and source 0 as input 1.
func slerpOf(t float64, base int) plan.Output {
	return made("slerp", recipe.Args{Shared: map[string]float64{"t": t}, PerModel: make([]map[string]float64, 2), Base: base}, 1, 0)
}

func TestUses(t *testing.T) {
	scaled := made("passthrough", recipe.Args{PerModel: []map[string]float64{{"scale": 0.5}}, Base: -1}, 1)
	for _, tt := range []struct {
		name string
		out  plan.Output
		want []float64 // by source; nil is no sensible number
		mean bool
	}{
		{"a copy is all of its source", copied(2), []float64{0, 0, 1}, true},
		{"a mean of two", linearOf(1, 1, 3), []float64{0.25, 0.75, 0}, true},
		{"a weight of zero", linearOf(1, 0, 5), []float64{0, 1, 0}, true},
		{"a negative weight is no share", linearOf(1, -1, 2), []float64{-1, 2, 0}, false},
		{"a sum that is no mean", linearOf(0, 1, 1), []float64{1, 1, 0}, false},
		{"a sum that is one", linearOf(0, 0.5, 0.5), []float64{0.5, 0.5, 0}, true},
		{"slerp near the base", slerpOf(0.25, 0), []float64{0.25, 0.75, 0}, true},
		{"slerp whose base comes second", slerpOf(0.25, 1), []float64{0.75, 0.25, 0}, true},
		{"slerp beyond the ends", slerpOf(1.5, 0), []float64{1.5, -0.5, 0}, false},
		{"a layer that is scaled", scaled, []float64{0, 0.5, 0}, false},
		{"a method whose shares no number tells", made("karcher", recipe.Args{Base: -1}), nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method := tableOf("linear")
			if call := tt.out.Call(); call != nil {
				method = tableOf(call.Method)
			}
			m := Merge{Method: method, Sources: make([]*source.Source, 3)}
			uses := m.uses(&tt.out)
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
	args := recipe.Args{PerModel: []map[string]float64{{"weight": 0.3, "density": 0.5}, nil, {"weight": -1, "density": 1}}, Base: 1}
	out, base := made("ties", args, 2, 0, 1), copied(0)
	usesOf := func(method string, out *plan.Output) []card.Use {
		return Merge{Method: tableOf(method), Sources: make([]*source.Source, 3)}.uses(out)
	}
	want := []card.Use{{Model: 2, Weight: 0.3, Density: 0.5}, {Model: 1, Weight: -1, Density: 1}}
	if got := usesOf("ties", &out); !slices.Equal(got, want) {
		t.Errorf("uses = %v, want %v: the base adds nothing to itself", got, want)
	}
	if got := usesOf("ties", &base); got != nil {
		t.Errorf("uses of a copy of the base = %v, want none", got)
	}
	if got := usesOf("task_arithmetic", &out); len(got) != 2 || !math.IsNaN(got[0].Density) {
		t.Errorf("uses = %v, want no density: the method keeps every entry", got)
	}
}

// TestShares weighs tensors by their elements: a big one that is all of source 0, a small one that is half and half.
func TestShares(t *testing.T) {
	big, small := copied(0), linearOf(1, 1, 1)
	big.Expr.Op.(*plan.Leaf).Stored, big.Expr.Op.(*plan.Leaf).End = []int64{4, 2}, 32
	for _, in := range small.Inputs() {
		in.Expr.Op.(*plan.Leaf).Stored, in.Expr.Op.(*plan.Leaf).End = []int64{2}, 8
	}
	m := Merge{Method: tableOf("linear"), Sources: []*source.Source{{}, {}}, Plan: &plan.Plan{Params: 10, Outputs: []plan.Output{big, small}}}
	got := m.Shares()
	if len(got) != 2 || got[0] == nil || got[1] == nil || *got[0] != 0.9 || *got[1] != 0.1 {
		t.Errorf("Shares() = %v, want 0.9 and 0.1", got)
	}
	for _, method := range []string{"ties", "karcher"} {
		m.Method = tableOf(method)
		if got := m.Shares(); len(got) != 2 || got[0] != nil || got[1] != nil {
			t.Errorf("Shares() of %s = %v, want none", method, got)
		}
	}
}
