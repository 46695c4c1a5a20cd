package merge

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// kept runs t over rows in blocks of some runs and returns what is left of them.
func kept(t *topk, rows [][]float32, block int) [][]float32 {
	out := make([][]float32, len(rows))
	for j, row := range rows {
		out[j] = slices.Clone(row)
	}
	runs := func(from, to int) iter.Seq2[int, [][]float32] {
		return func(yield func(int, [][]float32) bool) {
			for lo := from; lo < to; lo += runLength {
				d := make([][]float32, len(out))
				for j := range d {
					d[j] = out[j][lo:min(lo+runLength, to)]
				}
				if !yield(lo, d) {
					return
				}
			}
		}
	}
	n := len(rows[0])
	for s, again := 0, t.scans(); again; s++ {
		again = t.fold(s, func(yield func(any) bool) {
			for from := 0; from < n; from += block {
				var part any
				for _, d := range runs(from, min(from+block, n)) {
					part = t.scan(s, part, d)
				}
				if !yield(part) {
					return
				}
			}
		})
	}
	left := make([]int64, len(rows))
	for from := 0; from < n; from += block {
		t.open(from/block, left)
		for lo, d := range runs(from, min(from+block, n)) {
			t.trim(d, int64(lo), left)
		}
	}
	return out
}

// sortKept is the definition of topk for numbers.
func sortKept(row []float32, k int) []float32 {
	order := make([]int, len(row))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(math.Abs(float64(row[j])), math.Abs(float64(row[i])))
	})
	out := make([]float32, len(row))
	for _, i := range order[:k] {
		out[i] = row[i]
	}
	return out
}

func TestTopKAgreesWithASort(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sources := []struct {
		name string
		next func(i int) float32
	}{
		{"of all bits", func(int) float32 {
			x := math.Float32frombits(r.Uint32())
			if x != x {
				return 0
			}
			return x
		}},
		{"of a bell curve", func(int) float32 { return float32(r.NormFloat64()) }},
		{"of a bell curve in bfloat16", func(int) float32 {
			return math.Float32frombits(math.Float32bits(float32(r.NormFloat64())) &^ 0xffff)
		}},
		{"of three magnitudes", func(int) float32 { return float32(r.IntN(5) - 2) }},
		{"that differ in the last bits only", func(int) float32 { return math.Float32frombits(0x3f800000 + uint32(r.IntN(1500))) }},
		{"that are equal", func(i int) float32 { return 0.25 - float32(i%2)/2 }},
		{"that are zeros and infinities", func(i int) float32 { return []float32{0, float32(math.Inf(1)), float32(math.Inf(-1)), -0}[r.IntN(4)] }},
		{"that are subnormal", func(int) float32 { return math.Float32frombits(r.Uint32() & 0x807fffff) }},
		{"that grow", func(i int) float32 { return float32(i) }},
	}
	densities := []float64{0.5, 0.001, 0.999, 0.123}
	for _, source := range sources {
		for _, n := range []int{1, 2, 1000, 20000} {
			row := make([]float32, n)
			for i := range row {
				row[i] = source.next(i)
			}
			rows := [][]float32{row, row, row, row}
			var wants [][]float32
			for _, d := range densities {
				wants = append(wants, sortKept(row, max(1, int(d*float64(n)))))
			}
			for _, block := range []int{8192, 1 << 20} {
				for j, got := range kept(newTopK(densities, int64(n)), rows, block) {
					for i, want := range wants[j] {
						if got[i] != want {
							t.Fatalf("%d numbers %s in blocks of %d, density %v: entry %d, %v, becomes %v, want %v",
								n, source.name, block, densities[j], i, row[i], got[i], want)
						}
					}
				}
			}
		}
	}
}

func TestTopKKeepsEveryNaN(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	tests := []struct {
		name      string
		density   float64
		row, want []float32
	}{
		{"a NaN is the largest", 0.5, []float32{1, nan, 3, 2}, []float32{0, nan, 3, 0}},
		{"more NaN than are to be kept", 0.25, []float32{nan, 1, nan, inf}, []float32{nan, 0, nan, 0}},
		{"nothing is to be kept", 0, []float32{nan, 1, inf, -2}, []float32{nan, 0, 0, 0}},
		{"as many as are to be kept", 0.5, []float32{nan, 1, -nan, 5}, []float32{nan, 0, nan, 0}},
	}
	for _, tt := range tests {
		got := kept(newTopK([]float64{tt.density}, 4), [][]float32{tt.row}, 8192)[0]
		if !slices.EqualFunc(got, tt.want, func(a, b float32) bool { return a == b || a != a && b != b }) {
			t.Errorf("%s: density %v of %v keeps %v, want %v", tt.name, tt.density, tt.row, got, tt.want)
		}
	}
}

// A fold that is cut off, as when a run is cancelled, must not bring the process down.
func TestTopKEndsEarly(t *testing.T) {
	k := newTopK([]float64{0.5}, 8)
	for s := range topkScans {
		k.fold(s, func(func(any) bool) {})
	}
}
