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
	out, _ := trimmedIn(t, rows, block)
	return out
}

// trimmedIn is trimmed, and tells how many passes there were.
func trimmedIn(t trimmer, rows [][]float32, block int) (_ [][]float32, passes int) {
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
	for again := t.searches(); again; passes++ {
		again = t.fold(passes, func(yield func(any) bool) {
			for from := 0; from < n; from += block {
				var part any
				for _, d := range runs(from, min(from+block, n)) {
					part = t.scan(passes, part, d)
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
	return out, passes
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
	for k, source := range sources {
		for _, n := range []int{1, 2, 1000, 20000} {
			if testing.Short() && n > 1000 && k > 1 {
				continue // half a minute under the race detector, or another architecture
			}
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

// A look at the rows changes no bit of what a search finds: not where the sample says nothing of them, nor where so much is in the
// windows that it is not gathered. Mostly one pass is enough then.
func TestLooks(t *testing.T) {
	const n = 150_001
	r := rand.New(rand.NewPCG(5, 6))
	bell := func(int) float32 { return float32(r.NormFloat64()) }
	coarse := func(int) float32 { return math.Float32frombits(math.Float32bits(bell(0)) &^ 0xffff) }
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	sampled := make([]bool, n)
	newBand([]int64{0}, []int64{1}, n).look(n, true, func(lo, hi int) [][]float32 {
		for i := lo; i < hi; i++ {
			sampled[i] = true
		}
		return [][]float32{make([]float32, hi-lo)}
	})
	for _, tt := range []struct {
		name   string
		next   func(i int) float32
		passes int // 0 says that any number will do
	}{
		{"a bell curve", bell, 1},
		{"a bell curve in bfloat16", coarse, 1},
		{"a bell curve in steps", func(int) float32 { return float32(math.Round(r.NormFloat64()*3)) / 4096 }, 1},
		{"all equal", func(i int) float32 { return 0.25 - float32(i%2)/2 }, 1},
		{"two values", func(int) float32 { return float32(1 + r.IntN(2)) }, 1},
		{"all zero", func(i int) float32 { return 0 }, 1},
		{"nine tenths zero", func(int) float32 {
			if r.IntN(10) > 0 {
				return 0
			}
			return coarse(0)
		}, 1},
		{"sorted up", func(i int) float32 { return float32(i) }, 1},
		{"sorted down", func(i int) float32 { return float32(n - i) }, 1},
		{"one outlier", func(i int) float32 {
			if i == 4711 {
				return 1e30
			}
			return bell(0) / 1e6
		}, 1},
		{"columns of other sizes", func(i int) float32 { return bell(0) * []float32{1, 1, 1, 1000}[i%2048/512] }, 0},
		{"sampled places unlike the rest", func(i int) float32 {
			if sampled[i] {
				return 1000 + bell(0)
			}
			return bell(0)
		}, 1 + searchPasses},
		{"sampled places equal", func(i int) float32 {
			if sampled[i] {
				return 0
			}
			return bell(0)
		}, 0},
		{"all but the sampled places between two values", func(i int) float32 {
			if sampled[i] {
				return float32(i % 1024)
			}
			return 512 + bell(0)/100
		}, 0},
		{"some NaN and Inf", func(i int) float32 { return []float32{nan, inf, -inf, -nan, bell(0), bell(0), 0, 1}[r.IntN(8)] }, 0},
		{"mostly NaN", func(i int) float32 { return []float32{nan, nan, nan, bell(0)}[r.IntN(4)] }, 1 + searchPasses},
	} {
		row := make([]float32, n)
		for i := range row {
			row[i] = tt.next(i)
		}
		for _, to := range []int64{1, 20, n / 1000, n / 10, n / 2, n * 9 / 10, n - 1} {
			rows := [][]float32{row, row, row}
			make3 := func() *band { return newBand([]int64{0, to / 2, 0}, []int64{to, to, n}, n) }
			want := trimmed(make3(), rows, 65536)
			b := make3()
			b.look(n, true, func(lo, hi int) [][]float32 { return [][]float32{row[lo:hi], row[lo:hi], row[lo:hi]} })
			got, passes := trimmedIn(b, rows, 65536)
			for j := range got {
				for i, x := range want[j] {
					if math.Float32bits(got[j][i]) != math.Float32bits(x) {
						t.Fatalf("%s, %d of %d: entry %d of row %d, %v, becomes %v, want %v", tt.name, to, n, i, j, row[i], got[j][i], x)
					}
				}
			}
			if tt.passes > 0 && passes != tt.passes && to > 100 && to < n-100 {
				t.Errorf("%s, %d of %d: %d passes, want %d", tt.name, to, n, passes, tt.passes)
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
