package merge_test

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Say what a method is, and what it needs of a config.
func ExampleMethods() {
	m := recipe.Find(merge.Methods(), "ties")
	fmt.Printf("%s: %s\n", m.Title, m.Summary)
	for _, p := range m.Params {
		if p.Required {
			fmt.Printf("%s: %s\n", p.Name, p.Doc)
		}
	}
	// Output:
	// TIES: the largest changes from each model, merged where their signs agree
	// weight: factor for the model's task vector; may be negative
}

// Merge one small tensor in memory, as the engine does with large ones block by block.
func ExampleNewKernel() {
	base, other := []float32{1, 0}, []float32{0, 2}
	args := recipe.Args{
		Shared:   map[string]float64{"t": 0.25},
		PerModel: make([]map[string]float64, 2),
		Base:     0,
	}
	shape := []int64{2}
	k := merge.NewKernel("slerp", merge.Spec{Shape: shape, Args: args})
	block := merge.NewBlock(0, 0, [][]float32{base, other})
	passes, _ := recipe.Find(merge.Methods(), "slerp").PassesOf(shape, args)
	for pass, again := 0, passes > 0; again; pass++ {
		part := k.Scan(pass, block)
		again = k.Fold(pass, func(yield func(any) bool) { yield(part) })
	}
	dst := make([]float64, 2)
	k.Emit(dst, block)
	fmt.Printf("%.4f\n", dst)
	// Output: [0.9239 0.7654]
}
