package merge

import (
	"fmt"
	"iter"
	"sync"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// Sums over a tensor, or over each part of one that has sums of its own, have one shape, whatever the blocks and
// threads: it is cut into runs of runLength elements from its start; a run is summed in lanes, see [vec.Lanes]; the
// runs are added in order.
const runLength = 8192

// rowLength is the number of entries of a row of a tensor, which its last dimension counts; at least 1.
func rowLength(shape []int64) int64 {
	if len(shape) == 0 {
		return 1
	}
	return max(1, shape[len(shape)-1])
}

// wholeRows returns how many elements make about one run of whole rows of a tensor. It is the unit of methods that work on rows.
func wholeRows(shape []int64) int64 {
	row := rowLength(shape)
	return max(1, runLength/row) * row
}

// dot returns Σ aᵢbᵢ over one run.
func dot(a, b []float32) float64 {
	var sums vec.Lanes
	vec.Dot(&sums, a, b)
	return sums.Total()
}

// runSums are the sums of one block: width of them for each of its runs, run by run. They are
// what a Scan returns, for only sums of whole runs do not depend on where blocks end.
type runSums struct{ sums []float64 }

var runSumsPool = sync.Pool{New: func() any { return new(runSums) }}

// takeRunSums returns sums for a block of n elements in runs of some. They hold whatever was there.
func takeRunSums(n, run, width int) *runSums {
	r := runSumsPool.Get().(*runSums)
	r.sums = resize(r.sums, (n+run-1)/run*width)
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

// rowsOf is b.Run, and panics unless b has as many rows as its tensor has inputs.
func rowsOf(b *Block, lo, hi, inputs int) [][]float32 {
	x := b.Run(lo, hi)
	if len(x) != inputs {
		panic(fmt.Sprintf("merge: a block of %d rows for %d inputs", len(x), inputs))
	}
	return x
}
