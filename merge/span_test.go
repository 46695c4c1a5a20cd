package merge

import (
	"math"
	"math/big"
	"math/rand/v2"
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

// The base as one term among others costs no digits that count: the result stays within 2⁻⁴⁰ of the magnitudes of
// b and cᵢ(xᵢ − b), which may be far smaller than those of the products that are added.
func TestSpanOfTaskVectorsKeepsItsDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	const n = 4000
	for _, c := range [][]float64{{1}, {0.3, 0.5}, {-2, 1.5, 0.25}, {100, -99}, {40, -35.5, 17, -80, 3}} {
		rows := make([][]float32, len(c)+1)
		for j := range rows {
			rows[j] = make([]float32, n)
		}
		for i := range n {
			base := float32(math.Ldexp(r.NormFloat64(), r.IntN(20)-10))
			rows[0][i] = base
			for j := range c {
				rows[j+1][i] = base * (1 + float32(math.Ldexp(r.NormFloat64(), -r.IntN(24))))
			}
		}
		s := Spec{Shape: []int64{n}}
		s.Args.PerModel = make([]map[string]float64, len(rows))
		dst := make([]float64, n)
		newSpan(s, 0, c).Emit(dst, NewBlock(0, 0, rows))
		for i, got := range dst {
			base := big.NewFloat(float64(rows[0][i])).SetPrec(300)
			want, size := new(big.Float).Copy(base), math.Abs(float64(rows[0][i]))
			for j, c := range c {
				d := big.NewFloat(float64(rows[j+1][i])).SetPrec(300)
				d.Sub(d, base).Mul(d, big.NewFloat(c))
				want.Add(want, d)
				term, _ := d.Float64()
				size += math.Abs(term)
			}
			off, _ := want.Sub(want, big.NewFloat(got)).Float64()
			if math.Abs(off) > math.Ldexp(size, -40) {
				t.Fatalf("coefficients %v: element %d is %v, off by %v, %v of its terms", c, i, got, off, math.Abs(off)/size)
			}
		}
	}
}
