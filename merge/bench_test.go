package merge_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
)

// BenchmarkMethods times every pass of every method on one block of 64 Ki elements. Bytes are those of the
// float32 inputs; halve them for models in bfloat16, which task vectors here come from.
func BenchmarkMethods(b *testing.B) {
	tests := []struct {
		method, settings string
		inputs, base     int
	}{
		{"linear", "", 2, -1},
		{"linear", "", 3, -1},
		{"linear", "", 5, -1},
		{"slerp", "", 2, 0},
		{"slerp", "t=0", 2, 0},
		{"task_arithmetic", "", 4, 0},
		{"passthrough", "scale=0.5", 1, -1},
		{"dare_linear", "density=0.5,0.5,0.5", 4, 0},
		{"dare_ties", "density=0.5,0.5", 3, 0},
		{"dare_ties", "density=0.5,0.5,0.5", 4, 0},
		{"ties", "", 3, 0},
		{"ties", "", 4, 0},
		{"ties", "density=0.5,0.5 rescale=1", 3, 0},
		{"ties", "density=0.5,0.5,0.5 rescale=1", 4, 0},
	}
	const n = 64 << 10
	for _, tt := range tests {
		r := rand.New(rand.NewPCG(1, 1))
		rows := make([][]float32, tt.inputs)
		for j := range rows {
			rows[j] = make([]float32, n)
			for i := range rows[j] {
				rows[j][i] = float32(0.002 * r.NormFloat64())
				if j == 0 {
					rows[j][i] = float32(0.02 * r.NormFloat64())
				} else {
					rows[j][i] += rows[0][i]
				}
			}
		}
		for _, row := range rows {
			dtype.Round(row, dtype.BF16)
		}
		m, factory := method(b, tt.method)
		spec := merge.Spec{Shape: []int64{n}, Args: arguments(b, tt.method, tt.inputs, tt.base, tt.settings)}
		k := factory(spec)
		block := merge.NewBlock(0, 0, rows)
		name := fmt.Sprintf("%s/%d/%s", tt.method, tt.inputs, tt.settings)
		passes, _ := m.PassesOf(spec.Shape, spec.Args)
		for s := range passes {
			b.Run(fmt.Sprintf("%s/scan%d", name, s), func(b *testing.B) {
				b.SetBytes(int64(tt.inputs) * n * 4)
				for b.Loop() {
					k.Scan(s, block)
				}
			})
			k.Fold(s, func(yield func(any) bool) { yield(k.Scan(s, block)) })
		}
		dst := make([]float64, n)
		b.Run(name+"/emit", func(b *testing.B) {
			b.SetBytes(int64(tt.inputs) * n * 4)
			b.ReportAllocs()
			for b.Loop() {
				k.Emit(dst, block)
			}
		})
	}
}
