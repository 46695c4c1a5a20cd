package merge

import (
	"fmt"
	"iter"
	"math"
	"sync"
)

// Sums over a tensor have one shape, whatever the blocks and threads: the tensor is cut into
// runs of runLength elements from its start; in a run, element i is added to lane i mod
// lanes; the lanes are added in order, then the runs. A SIMD kernel can follow the same order.
const (
	runLength = 8192
	lanes     = 16
)

type laneSums [lanes]float64

func (l *laneSums) total() float64 {
	sum := 0.0
	for _, x := range l {
		sum += x
	}
	return sum
}

// dot returns Σ aᵢbᵢ over one run. The lengths are equal and at most runLength.
func dot(a, b []float32) float64 {
	var ab laneSums
	for len(a) >= lanes && len(b) >= lanes {
		x, y := (*[lanes]float32)(a), (*[lanes]float32)(b)
		for j := range lanes {
			ab[j] += float64(float64(x[j]) * float64(y[j]))
		}
		a, b = a[lanes:], b[lanes:]
	}
	b = b[:len(a)]
	for j := range a {
		ab[j%lanes] += float64(float64(a[j]) * float64(b[j]))
	}
	return ab.total()
}

// dots returns Σ aᵢ², Σ aᵢbᵢ and Σ bᵢ² over one run, with the bits that three calls of dot
// would give; reading once takes 0.6 of their time.
func dots(a, b []float32) (aa, ab, bb float64) {
	var p, q, r laneSums
	for len(a) >= lanes && len(b) >= lanes {
		x, y := (*[lanes]float32)(a), (*[lanes]float32)(b)
		for j := range lanes {
			u, v := float64(x[j]), float64(y[j])
			p[j] += float64(u * u)
			q[j] += float64(u * v)
			r[j] += float64(v * v)
		}
		a, b = a[lanes:], b[lanes:]
	}
	b = b[:len(a)]
	for j := range a {
		u, v := float64(a[j]), float64(b[j])
		p[j%lanes] += float64(u * u)
		q[j%lanes] += float64(u * v)
		r[j%lanes] += float64(v * v)
	}
	return p.total(), q.total(), r.total()
}

// sumAbs returns Σ |aᵢ| over one run.
func sumAbs(a []float32) float64 {
	var l laneSums
	for len(a) >= lanes {
		x := (*[lanes]float32)(a)
		for j := range lanes {
			l[j] += math.Abs(float64(x[j]))
		}
		a = a[lanes:]
	}
	for j, x := range a {
		l[j%lanes] += math.Abs(float64(x))
	}
	return l.total()
}

// runSums are the sums of one block: width of them for each of its runs, run by run. They are
// what a Scan returns, for only sums of whole runs do not depend on where blocks end.
type runSums struct{ sums []float64 }

var runSumsPool = sync.Pool{New: func() any { return new(runSums) }}

// takeRunSums returns sums for a block of n elements. They hold whatever was there.
func takeRunSums(n, width int) *runSums {
	r := runSumsPool.Get().(*runSums)
	need := (n + runLength - 1) / runLength * width
	if cap(r.sums) < need {
		r.sums = make([]float64, need)
	}
	r.sums = r.sums[:need]
	return r
}

// foldRuns adds the sums of all blocks to total, run by run, and gives the blocks' memory back.
func foldRuns(total []float64, parts iter.Seq[any]) {
	for part := range parts {
		r := part.(*runSums)
		for sums := r.sums; len(sums) > 0; sums = sums[len(total):] {
			for i := range total {
				total[i] += sums[i]
			}
		}
		runSumsPool.Put(r)
	}
}

// checkBlock panics unless b lies in the n elements of its tensor, on multiples of unit.
func checkBlock(b *Block, n, unit int64) {
	end := b.Start + int64(b.Len)
	if b.Start < 0 || b.Start%unit != 0 || end > n || end != n && end%unit != 0 {
		panic(fmt.Sprintf("merge: block %d has elements %d to %d of %d, not on multiples of %d", b.Index, b.Start, end, n, unit))
	}
}

// checkResult panics unless dst has as many elements as b.
func checkResult(dst []float64, b *Block) {
	if len(dst) != b.Len {
		panic(fmt.Sprintf("merge: a result of %d elements for a block of %d", len(dst), b.Len))
	}
}

// run is b.Run, and panics unless b has as many rows as its tensor has inputs.
func run(b *Block, lo, hi, inputs int) [][]float32 {
	rows := b.Run(lo, hi)
	if len(rows) != inputs {
		panic(fmt.Sprintf("merge: a block of %d rows for %d inputs", len(rows), inputs))
	}
	return rows
}
