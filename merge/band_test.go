package merge

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// trimmed runs t over rows in blocks of some runs and returns what is left of them.
func trimmed(t trimmer, rows [][]float32, block int) [][]float32 {
	out := make([][]float32, len(rows))
	for j, row := range rows {
		out[j] = slices.Clone(row)
	}
	runs := func(from, to int) iter.Seq2[int, [][]float32] {
		return func(yield func(int, [][]float32) bool) {
			for lo := from; lo < to; lo += t.run() {
				d := make([][]float32, len(out))
				cutRows(d, out, lo, min(lo+t.run(), to))
				if !yield(lo, d) {
					return
				}
			}
		}
	}
	n := len(rows[0])
	for pass, again := 0, t.searches(); again; pass++ {
		again = t.fold(pass, func(yield func(any) bool) {
			for from := 0; from < n; from += block {
				var part any
				for _, d := range runs(from, min(from+block, n)) {
					part = t.scan(pass, part, d)
				}
				if !yield(part) {
					return
				}
			}
		})
	}
	left := make([]int64, 2*len(rows))
	for from := 0; from < n; from += block {
		t.open(from/block, left)
		for lo, d := range runs(from, min(from+block, n)) {
			t.trim(d, int64(lo), left)
		}
	}
	return out
}

// byRank returns the indices of row's entries, the largest magnitude first.
func byRank(row []float32) []int {
	order := make([]int, len(row))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(math.Abs(float64(row[j])), math.Abs(float64(row[i])))
	})
	return order
}

// sortKept is the definition of a band for numbers.
func sortKept(row []float32, from, to int) []float32 {
	out := make([]float32, len(row))
	for rank, i := range byRank(row) {
		if from <= rank && rank < to {
			out[i] = row[i]
		}
	}
	return out
}

func TestBandAgreesWithASort(t *testing.T) {
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
	share := func(d float64, n int) int64 { return int64(d * float64(n)) }
	for _, source := range sources {
		for _, n := range []int{1, 2, 1000, 20000} {
			row := make([]float32, n)
			for i := range row {
				row[i] = source.next(i)
			}
			order := byRank(row)
			from := []int64{0, 0, 0, 0, share(0.01, n), share(0.01, n), share(0.3, n), share(0.3, n), int64(n), 0, -5}
			to := []int64{share(0.5, n), 1, share(0.999, n), share(0.123, n), share(0.9, n), int64(n), share(0.3, n) + 1, share(0.3, n), int64(n), 0, int64(n) + 5}
			rows := slices.Repeat([][]float32{row}, len(to))
			for _, block := range []int{8192, 1 << 20} {
				b := newBand(from, to, int64(n))
				for j, got := range trimmed(b, rows, block) {
					want := sortKept(row, int(from[j]), int(to[j]))
					for i, want := range want {
						if got[i] != want {
							t.Fatalf("%d numbers %s in blocks of %d, ranks %d to %d: entry %d, %v, becomes %v, want %v",
								n, source.name, block, from[j], to[j], i, row[i], got[i], want)
						}
					}
				}
				for j, b := range b.bounds {
					if k := to[j]; 0 < k && k < int64(n) {
						if got, want := b.to.least(), float32(math.Abs(float64(row[order[k-1]]))); got != want {
							t.Errorf("%d numbers %s: the magnitude at rank %d is %v, want %v", n, source.name, k, got, want)
						}
					}
				}
			}
		}
	}
}

func TestBandKeepsEveryNaN(t *testing.T) {
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
		got := trimmed(newTopK([]float64{tt.density}, 4), [][]float32{tt.row}, 8192)[0]
		if !slices.EqualFunc(got, tt.want, func(a, b float32) bool { return a == b || a != a && b != b }) {
			t.Errorf("%s: density %v of %v keeps %v, want %v", tt.name, tt.density, tt.row, got, tt.want)
		}
	}
}

// The largest ones are dropped, but for NaN, which is among them.
func TestBandWithoutItsTopKeepsEveryNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	row := []float32{1, nan, inf, nan, 3, -2}
	for from, want := range [][]float32{
		{1, nan, inf, nan, 3, -2}, {1, nan, inf, nan, 3, -2}, {1, nan, inf, nan, 3, -2}, {1, nan, 0, nan, 3, -2}, {1, nan, 0, nan, 0, -2}, {1, nan, 0, nan, 0, 0}, {0, nan, 0, nan, 0, 0},
	} {
		got := trimmed(newBand([]int64{int64(from)}, []int64{6}, 6), [][]float32{row}, 8192)[0]
		if !slices.EqualFunc(got, want, func(a, b float32) bool { return a == b || a != a && b != b }) {
			t.Errorf("without the first %d ranks %v becomes %v, want %v", from, row, got, want)
		}
	}
}

// A fold that is cut off, as when a run is canceled, must not bring the process down.
func TestSearchEndsEarly(t *testing.T) {
	k := newTopK([]float64{0.5}, 8)
	for s := range searchPasses {
		k.fold(s, func(func(any) bool) {})
	}
}
