package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lengths are around the number of lanes and of a piece, and more.
var lengths = []int{0, 1, 2, 15, 16, 17, 33, 100, 511, 512, 513, 1024, 1500, 8192}

// row returns n entries: mostly of one size, with a zero, a subnormal, a large value, a NaN and an Inf now and then where wild.
func row(r *rand.Rand, n int, wild bool) []float32 {
	odd := []float32{0, float32(math.Copysign(0, -1)), 1e-40, -1e-45, 3e38, -3e38, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(0.02 * r.NormFloat64())
		switch r.IntN(12) {
		case 0:
			x[i] = 0
		case 1:
			x[i] = float32(r.IntN(5)-2) / 64 // equal to some in other rows
		case 2:
			if wild {
				x[i] = odd[r.IntN(len(odd))]
			}
		}
	}
	return x
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, x := range x {
		out[i] = float64(x) * (1 + 1e-9)
	}
	return out
}

// each calls try for all lengths, with data that are finite and that are not.
func each(t *testing.T, try func(t *testing.T, r *rand.Rand, n int, wild bool)) {
	for _, wild := range []bool{false, true} {
		for _, n := range lengths {
			t.Run(fmt.Sprintf("%d elements, wild %t", n, wild), func(t *testing.T) {
				try(t, rand.New(rand.NewPCG(uint64(n), 3)), n, wild)
			})
		}
	}
}

// same fails unless got and want have the same bits, and NaN in the same places.
func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			t.Fatalf("%s: element %d is %v (%x), want %v (%x)", what, i, got[i], math.Float64bits(got[i]), want[i], math.Float64bits(want[i]))
		}
	}
}

func same32(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// inLanes adds up terms as Lanes do, from sums on.
func inLanes(sums Lanes, n int, term func(i int) float64) Lanes {
	for i := range n {
		sums[i%16] += term(i)
	}
	return sums
}

func TestSums(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		a, b, c := row(r, n, wild), row(r, n, wild), row(r, n, wild)
		var start Lanes
		for i := range start {
			start[i] = r.NormFloat64()
		}
		product := func(x, y []float32) func(int) float64 {
			return func(i int) float64 { return float64(x[i]) * float64(y[i]) }
		}
		got, want := start, inLanes(start, n, product(a, b))
		Dot(&got, a, b)
		same(t, "Dot", got[:], want[:])

		three := [3]Lanes{start, start, start}
		Dots(&three, a, b)
		for i, term := range []func(int) float64{product(a, a), product(a, b), product(b, b)} {
			want := inLanes(start, n, term)
			same(t, fmt.Sprintf("sum %d of Dots", i), three[i][:], want[:])
		}

		p, q := wide(a), wide(b)
		got, want = start, inLanes(start, n, func(i int) float64 { return float64(p[i] * q[i]) })
		DotWide(&got, p, q)
		same(t, "DotWide", got[:], want[:])

		all, kept := start, start
		SumKept(&all, &kept, a, b, c)
		magnitude := func(i int) float64 { return math.Abs(float64(a[i]) - float64(b[i])) }
		want = inLanes(start, n, magnitude)
		same(t, "all of SumKept", all[:], want[:])
		want = inLanes(start, n, func(i int) float64 {
			if c[i] == 0 {
				return 0
			}
			return magnitude(i)
		})
		same(t, "kept of SumKept", kept[:], want[:])

		total := 0.0
		for _, x := range start {
			total += x
		}
		same(t, "Total", []float64{start.Total()}, []float64{total})
	})
}

func TestCombine(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		for count := 1; count <= 7; count++ {
			terms := make([]Term, count)
			for j := range terms {
				terms[j] = Term{Row: row(r, n, wild), C: r.NormFloat64()}
			}
			want := make([]float64, n)
			for i := range want {
				want[i] = terms[0].C * float64(terms[0].Row[i])
				for _, term := range terms[1:] {
					want[i] += float64(term.C * float64(term.Row[i]))
				}
			}
			got := wide(row(r, n, true))
			Combine(got, terms)
			same(t, fmt.Sprintf("Combine of %d", count), got, want)
		}
	})
}

func TestCombineWithOneIsTheRow(t *testing.T) {
	x := row(rand.New(rand.NewPCG(1, 2)), 1000, true)
	got := make([]float64, len(x))
	Combine(got, []Term{{x, 1}})
	for i, x := range x {
		if math.Float32bits(float32(got[i])) != math.Float32bits(x) && x == x {
			t.Fatalf("1·x of element %d is %v, want %v", i, got[i], x)
		}
	}
}

func TestCarryNaN(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		x, got := row(r, n, wild), wide(row(r, n, wild))
		want := slices.Clone(got)
		for i := range want {
			if math.IsNaN(float64(x[i])) || math.IsInf(float64(x[i]), 0) {
				want[i] = math.NaN()
			}
		}
		CarryNaN(got, x)
		same(t, "CarryNaN", got, want)
	})
}

func TestSubtract(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		x, base := row(r, n, wild), row(r, n, wild)
		want32, want := make([]float32, n), make([]float64, n)
		for i := range x {
			want32[i] = x[i] - base[i]
			want[i] = float64(x[i]) - float64(base[i])
		}
		got32, got := make([]float32, n), make([]float64, n)
		Subtract(got32, x, base)
		same32(t, "Subtract", got32, want32)
		SubtractWide(got, x, base)
		same(t, "SubtractWide", got, want)
	})
}

// deltas returns some task vectors, of which the second has no key.
func deltas(r *rand.Rand, n, count int, wild bool) []Delta {
	ds := make([]Delta, count)
	for j := range ds {
		ds[j] = Delta{X: row(r, n, wild), Factor: r.NormFloat64(), Weight: float64(r.IntN(5) - 2)}
		if j != 1 {
			ds[j].Key = row(r, n, wild)
		}
	}
	return ds
}

// entry is Factor·d of element i.
func (v *Delta) entry(base []float32, i int) float64 {
	if v.Key != nil && v.Key[i] == 0 {
		return v.Factor * 0
	}
	return v.Factor * (float64(v.X[i]) - float64(base[i]))
}

func TestAddDeltas(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		for count := range 5 {
			base, ds, lambda := row(r, n, wild), deltas(r, n, count, wild), r.NormFloat64()
			want := make([]float64, n)
			for i := range want {
				sum := 0.0
				for j := range ds {
					sum += float64(ds[j].entry(base, i))
				}
				want[i] = float64(base[i]) + float64(lambda*sum)
				if sum == 0 {
					want[i] = float64(base[i])
				}
			}
			got := wide(row(r, n, true))
			AddDeltas(got, base, ds, lambda)
			same(t, fmt.Sprintf("AddDeltas of %d", count), got, want)
		}
	})
}

func TestElect(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		for count := range 5 {
			for _, normalize := range []bool{false, true} {
				base, ds, lambda := row(r, n, wild), deltas(r, n, count, wild), r.NormFloat64()
				want := make([]float64, n)
				for i := range want {
					vote, num, den := 0.0, 0.0, 0.0
					for j := range ds {
						vote += float64(ds[j].entry(base, i))
					}
					for j := range ds {
						if e := ds[j].entry(base, i); e != 0 && math.Signbit(e) == math.Signbit(vote) {
							num += float64(e)
							den += ds[j].Weight
						}
					}
					if normalize && den != 0 {
						num /= den
					}
					switch {
					case vote != vote:
						want[i] = vote
					case num == 0:
						want[i] = float64(base[i])
					default:
						want[i] = float64(base[i]) + float64(lambda*num)
					}
				}
				got := wide(row(r, n, true))
				Elect(got, base, ds, lambda, normalize, make([]float64, ElectRoom(count)))
				same(t, fmt.Sprintf("Elect of %d, normalize %t", count, normalize), got, want)
			}
		}
	})
}

func TestCounts(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		d := row(r, n, wild)
		var top, wantTop [TopBins]uint32
		for _, x := range d {
			wantTop[math.Float32bits(x)&0x7fffffff>>20]++
		}
		CountTop(&top, d)
		if top != wantTop {
			t.Error("CountTop counts otherwise")
		}
		if n == 0 {
			return
		}
		for _, of := range []float32{d[0], d[n/2], 0, float32(math.NaN())} {
			magnitude := math.Float32bits(of) & 0x7fffffff
			var next, last, wantNext, wantLast [NextBins]uint32
			for _, x := range d {
				m := math.Float32bits(x) & 0x7fffffff
				if m>>20 == magnitude>>20 {
					wantNext[m>>10&1023]++
				}
				if m>>10 == magnitude>>10 {
					wantLast[m&1023]++
				}
			}
			CountNext(&next, d, magnitude>>20)
			CountLast(&last, d, magnitude>>10)
			if next != wantNext || last != wantLast {
				t.Errorf("CountNext or CountLast of the bits of %v count otherwise", of)
			}
		}
	})
}

func TestWindow(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		d := row(r, n, wild)
		ends := []uint32{0, 1, 0x3c800000, Inf - 1, Inf}
		for _, x := range d[:min(n, 3)] {
			if x == x {
				ends = append(ends, math.Float32bits(x)&0x7fffffff)
			}
		}
		for _, low := range ends {
			for _, high := range ends {
				if low > high {
					continue
				}
				var want []float32
				var places Places
				for _, x := range d {
					switch m := math.Float32bits(x) & 0x7fffffff; {
					case m > high:
						places.Above++
					case m == high:
						places.High++
					case m > low:
						want = append(want, math.Float32frombits(m))
						places.Inside++
					case m == low:
						places.Low++
					}
				}
				const untouched = 0.4711
				room := make([]float32, n+1)
				room[n] = untouched
				if p := Window(room, d, low, high); p != places || !slices.Equal(room[:p.Inside], want) || room[n] != untouched {
					t.Errorf("Window(%x to %x) = %+v, want %+v", low, high, p, places)
				}
			}
		}
	})
}

func TestKeepTopAndDropTop(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, n int, wild bool) {
		d := row(r, n, wild)
		thresholds := []uint32{0, Inf, 0x3c800000, 1}
		if n > 0 && d[n/2] == d[n/2] {
			thresholds = append(thresholds, math.Float32bits(d[n/2])&0x7fffffff)
		}
		for _, threshold := range thresholds {
			for _, left := range []int64{0, 1, 3, int64(n)} {
				keep, drop := slices.Clone(d), slices.Clone(d)
				wantKeep, wantDrop, rest := slices.Clone(d), slices.Clone(d), left
				for i, x := range d {
					m := math.Float32bits(x) & 0x7fffffff
					top := m > threshold
					if m == threshold && rest > 0 {
						top = true
						rest--
					}
					if !top {
						wantKeep[i] = 0
					}
					if top && x == x {
						wantDrop[i] = 0
					}
				}
				if got := KeepTop(keep, threshold, left); got != rest {
					t.Errorf("KeepTop(%x, %d) leaves %d, want %d", threshold, left, got, rest)
				}
				if got := DropTop(drop, threshold, left); got != rest {
					t.Errorf("DropTop(%x, %d) leaves %d, want %d", threshold, left, got, rest)
				}
				same32(t, fmt.Sprintf("KeepTop(%x, %d)", threshold, left), keep, wantKeep)
				same32(t, fmt.Sprintf("DropTop(%x, %d)", threshold, left), drop, wantDrop)
			}
		}
	})
}
