package merge

import (
	"iter"
	"math"
	"sync"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// A search finds the entries of largest magnitude of rows that are never in memory as a whole: exactly as many as were
// asked for, of equal magnitudes those with the lowest index. It makes any number of cuts in each row.
//
// Three passes count the magnitudes by their upper 11 bits, then those that agree with
// the threshold so far by the next 10, then by the last 10. The last pass keeps its counts
// block by block, so that every block knows how many of the entries equal to the
// threshold belong to it.
//
// Where the rows could be looked at before the first pass, a sample of them says in which window of magnitudes each threshold very
// likely is, and one pass settles those that are there: see [search.look]. The three passes are for the others.
//
// A NaN ranks above every number.
type search struct {
	cuts []*cut // that are still looked for, row by row
	rows int    // up to the last with a cut

	windowed bool         // pass 0 is that of the windows
	gathered atomic.Int64 // by it
	limit    int64        // of gathered
}

// searchPasses is the number of passes where some cut is looked for, without that of the windows.
const searchPasses = 3

// A cut parts the k entries of largest magnitude of a row from the others.
type cut struct {
	row    int
	prefix uint32 // the bits of the threshold that are known
	need   int64  // entries with these bits that are among them

	low, high uint32 // the window

	counts []int64 // of the pass
	ties   []tieCount

	// The entries with a magnitude above the threshold are among them, and of those equal to it as many of each
	// block as its budget says, the first. The threshold is at most Inf, for NaN are a matter of the method.
	threshold uint32
	budget    []uint32 // by block; nil is all 0
	parted    int      // the block whose entries equal to the threshold are parted; −1 for none
}

// A tieCount is how many entries of a block have the known 21 bits and these last 10.
type tieCount struct {
	block uint32
	bin   uint32
	count uint32
}

// cut parts the k largest of row's n entries: none for a k of 0 or less. Rows come in order.
func (q *search) cut(row int, k, n int64) *cut {
	c := &cut{row: row, need: k, threshold: vec.Inf, parted: -1}
	switch {
	case k >= n:
		c.threshold = 0
	case k > 0:
		q.cuts = append(q.cuts, c)
		q.rows = row + 1
	}
	return c
}

// histograms are the counts of one block.
type histograms struct{ bins []uint32 }

var histogramsPool = sync.Pool{New: func() any { return new(histograms) }}

// takeHistograms returns room for a pass: for TopBins counts a row, or NextBins a cut.
func (q *search) takeHistograms() *histograms {
	n := max(q.rows*vec.TopBins, len(q.cuts)*vec.NextBins)
	h := histogramsPool.Get().(*histograms)
	h.bins = resize(h.bins, n)
	clear(h.bins)
	return h
}

func (h *histograms) top(row int) *[vec.TopBins]uint32 {
	return (*[vec.TopBins]uint32)(h.bins[row*vec.TopBins:])
}

func (h *histograms) next(cut int) *[vec.NextBins]uint32 {
	return (*[vec.NextBins]uint32)(h.bins[cut*vec.NextBins:])
}

// scan adds a stretch of all rows to part, the result of the block so far, and returns it. part is nil at the
// block's first stretch. A row without a cut is not looked at.
func (q *search) scan(pass int, part any, rows [][]float32) any {
	if q.windowed {
		if pass == 0 {
			return q.scanWindows(part, rows)
		}
		pass--
	}
	h, _ := part.(*histograms)
	if h == nil {
		h = q.takeHistograms()
	}
	for i, c := range q.cuts {
		switch {
		case pass == 1:
			vec.CountNext(h.next(i), rows[c.row], c.prefix)
		case pass == 2:
			vec.CountLast(h.next(i), rows[c.row], c.prefix)
		case i == 0 || q.cuts[i-1].row != c.row: // all cuts of a row share the first counts
			vec.CountTop(h.top(c.row), rows[c.row])
		}
	}
	return h
}

// fold takes the results of a pass in block order, and tells whether there is another.
func (q *search) fold(pass int, parts iter.Seq[any]) (again bool) {
	if q.windowed {
		if pass == 0 {
			return q.foldWindows(parts)
		}
		pass--
	}
	for _, c := range q.cuts {
		c.counts = make([]int64, vec.TopBins)
	}
	block := 0
	for part := range parts {
		h := part.(*histograms)
		for i, c := range q.cuts {
			bins := h.next(i)[:]
			if pass == 0 {
				bins = h.top(c.row)[:]
			}
			for bin, count := range bins {
				if count == 0 {
					continue
				}
				c.counts[bin] += int64(count)
				if pass == 2 {
					c.ties = append(c.ties, tieCount{uint32(block), uint32(bin), count})
				}
			}
		}
		histogramsPool.Put(h)
		block++
	}
	for _, c := range q.cuts {
		c.descend(pass)
		if pass == 2 {
			c.settle(block)
		}
		c.counts = nil
	}
	return pass+1 < searchPasses
}

// descend takes the bits that a pass has found out into the prefix.
func (c *cut) descend(pass int) {
	bin := len(c.counts) - 1
	for bin > 0 && c.need > c.counts[bin] {
		c.need -= c.counts[bin]
		bin--
	}
	if pass == 0 {
		c.prefix = uint32(bin)
	} else {
		c.prefix = c.prefix<<10 | uint32(bin)
	}
}

// settle shares the entries equal to the threshold out among the blocks, first come first served.
func (c *cut) settle(blocks int) {
	ties := c.ties
	c.ties = nil
	if c.prefix > vec.Inf { // more NaN than were asked for: they alone are among them
		return
	}
	c.threshold = c.prefix
	c.budget = make([]uint32, blocks)
	for _, t := range ties {
		if t.bin == c.prefix&(vec.NextBins-1) {
			c.take(int(t.block), int64(t.count))
		}
	}
}

// take gives a block, which has so many entries equal to the threshold, its budget. Blocks come in order.
func (c *cut) take(block int, equal int64) {
	take := min(c.need, equal)
	if 0 < take && take < equal {
		c.parted = block
	}
	c.budget[block] = uint32(take)
	c.need -= take
}

// least returns the smallest magnitude among the k largest, which is NaN where all are, once it was looked for.
func (c *cut) least() float32 { return math.Float32frombits(c.prefix) }

// above returns the magnitude m such that exactly the entries of a block with a magnitude above m are among the largest, as a
// signed integer; ok is false where equal ones are split.
func (c *cut) above(block int) (magnitude int32, ok bool) {
	if c.left(block) > 0 {
		return int32(c.threshold) - 1, block != c.parted
	}
	return int32(c.threshold), true
}

// left returns the budget of a block.
func (c *cut) left(block int) int64 {
	if c.budget == nil {
		return 0
	}
	return int64(c.budget[block])
}
