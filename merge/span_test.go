package merge

import (
	"slices"
	"testing"
)

// Products of four vectors and of two are laid out alike.
func TestGramHoldsEveryPair(t *testing.T) {
	rows := [][]float32{{1, 2}, {3, 5}, {-7, 0}, {0.5, 4}}
	for n := 1; n <= len(rows); n++ {
		g := gram{n: n, sums: make([]float64, triangle(n))}
		gramRun(g.sums, rows[:n])
		for i := range n {
			for j := range n {
				if got, want := g.at(i, j), dot(rows[i], rows[j]); got != want {
					t.Errorf("of %d vectors, the product of %d and %d is %v, want %v", n, i, j, got, want)
				}
			}
		}
	}
}

// Coefficients made from the inner products of task vectors give b + Σ cᵢ(xᵢ − b). This is model_stock's
// case; the methods so far need either products or task vectors.
func TestSpanOfTaskVectors(t *testing.T) {
	rows := [][]float32{{4, 4}, {1, 1}, {1, 3}} // the base is the second
	s := Spec{Shape: []int64{2}}
	s.Args.PerModel = make([]map[string]float64, 3)
	var seen []float64
	k := newGramSpan(s, 1, func(g gram) []float64 {
		seen = []float64{g.at(0, 0), g.at(0, 1), g.at(1, 1)}
		return []float64{0.5, 0.25}
	})
	b := NewBlock(0, 0, rows)
	k.Fold(0, func(yield func(any) bool) { yield(k.Scan(0, b)) })
	if want := []float64{18, 6, 4}; !slices.Equal(seen, want) {
		t.Errorf("products of the task vectors = %v, want %v", seen, want)
	}
	dst := make([]float64, 2)
	k.Emit(dst, b)
	if want := []float64{2.5, 3}; !slices.Equal(dst, want) {
		t.Errorf("result = %v, want %v", dst, want)
	}
}
