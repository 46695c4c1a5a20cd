package merge

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The order of a sum is part of the format of results: lanes by index mod 16, added in order.
func TestSumsHaveOneOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 15, 16, 17, 100, 8192} {
		a, b := make([]float32, n), make([]float32, n)
		for i := range a {
			a[i] = math.Float32frombits(r.Uint32()&0x3fffffff | 0x20000000)
			b[i] = -math.Float32frombits(r.Uint32()&0x3fffffff | 0x20000000)
		}
		order := func(term func(i int) float64) float64 {
			var l [16]float64
			for i := range a {
				l[i%16] += term(i)
			}
			sum := 0.0
			for _, x := range l {
				sum += x
			}
			return sum
		}
		wantAA := order(func(i int) float64 { return float64(a[i]) * float64(a[i]) })
		wantAB := order(func(i int) float64 { return float64(a[i]) * float64(b[i]) })
		wantBB := order(func(i int) float64 { return float64(b[i]) * float64(b[i]) })
		if aa, ab, bb := dots(a, b); aa != wantAA || ab != wantAB || bb != wantBB {
			t.Errorf("dots of %d elements = %v %v %v, want %v %v %v", n, aa, ab, bb, wantAA, wantAB, wantBB)
		}
		if aa, ab := dot(a, a), dot(a, b); aa != wantAA || ab != wantAB {
			t.Errorf("dot of %d elements = %v and %v, want %v and %v", n, aa, ab, wantAA, wantAB)
		}
		if got, want := sumAbs(b), order(func(i int) float64 { return math.Abs(float64(b[i])) }); got != want {
			t.Errorf("sumAbs of %d elements = %v, want %v", n, got, want)
		}
	}
}
