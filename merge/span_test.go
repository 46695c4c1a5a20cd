package merge

import (
	"slices"
	"testing"
)

// Products of four vectors and of two are laid out alike.
func TestGramHoldsEveryPair(t *testing.T) {
	rows := [][]float32{{1, 2}, {3, 5}, {-7, 0}, {0.5, 4}}
	for n := 1; n <= len(rows); n++ {
		for base := -1; base < n; base++ {
			vectors := slices.Clone(rows[:n])
			if base >= 0 {
				vectors = slices.Delete(vectors, base, base+1)
				for i, x := range vectors {
					vectors[i] = []float32{x[0] - rows[base][0], x[1] - rows[base][1]}
				}
			}
			g := newGram(len(vectors))
			gramRun(g.sums, rows[:n], base, new(room))
			for i, x := range vectors {
				for j, y := range vectors {
					if got, want := g.at(i, j), dot(x, y); got != want {
						t.Errorf("of %d vectors from %d, the product of %d and %d is %v, want %v", n, base, i, j, got, want)
					}
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
	k := newGramSpan(s, 1, func(c []float64, g gram) {
		seen = []float64{g.at(0, 0), g.at(0, 1), g.at(1, 1)}
		copy(c, []float64{0.5, 0.25})
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
