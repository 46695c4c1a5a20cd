package merge

import (
	"iter"
	"math"
	"slices"
	"sync"
)

// A topk keeps the entries of largest magnitude of each of its rows, in a tensor that is never in
// memory as a whole: exactly as many as were asked for, of equal magnitudes those with
// the lowest index. It is a trimmer.
//
// The magnitude of a float32 is its bits without the sign, whose order as integers is the order
// of the magnitudes. Three passes count them by their upper 11 bits, then those that agree with
// the threshold so far by the next 10, then by the last 10. The last pass keeps its counts
// block by block, so that every block knows how many of the entries equal to the
// threshold are its own to keep.
//
// A NaN ranks above every number, and is kept whatever was asked for.
type topk struct {
	rows   []ranking
	passes int
}

// A ranking is the search for one row's threshold.
type ranking struct {
	search bool   // false where nothing is to be found out
	all    bool   // every entry stays
	prefix uint32 // the bits of the threshold that are known
	need   int64  // entries with these bits that stay

	counts    []int64 // of the pass
	ties      []tieCount
	threshold uint32
	budget    []uint32 // by block: entries equal to the threshold that stay
}

// A tieCount is how many entries of a block have the known 21 bits and these last 10.
type tieCount struct {
	block int
	bin   uint32
	count uint32
}

const (
	signBit      = 1 << 31
	infMagnitude = 0x7f800000

	topBins  = 1 << 11 // of the first pass
	nextBins = 1 << 10 // of the second and the third
)

// topkScans is the number of passes where some row is ranked.
const topkScans = 3

// newTopK keeps of row j's n entries max(1, ⌊density[j]·n⌋): all where the density is 1 or more,
// none where it is 0 or less.
func newTopK(density []float64, n int64) *topk {
	t := &topk{rows: make([]ranking, len(density))}
	for j, d := range density {
		r := &t.rows[j]
		r.threshold = infMagnitude // none
		switch k := max(1, int64(d*float64(n))); {
		case d >= 1 || d > 0 && k >= n:
			r.all = true
		case d > 0:
			r.search, r.need = true, k
		}
	}
	if ranks(density) {
		t.passes = topkScans
	}
	return t
}

// ranks tells whether a topk with these densities reads its rows. It does not look at their length,
// which a plan does not know yet where it counts reads.
func ranks(density []float64) bool {
	return slices.ContainsFunc(density, func(d float64) bool { return 0 < d && d < 1 })
}

func (t *topk) scans() bool { return t.passes > 0 }

// histograms are the counts of one block: topBins of them for each row.
type histograms struct{ bins []uint32 }

var histogramsPool = sync.Pool{New: func() any { return new(histograms) }}

func takeHistograms(rows int) *histograms {
	h := histogramsPool.Get().(*histograms)
	if cap(h.bins) < rows*topBins {
		h.bins = make([]uint32, rows*topBins)
	}
	h.bins = h.bins[:rows*topBins]
	clear(h.bins)
	return h
}

// of returns the counts of row j.
func (h *histograms) of(j int) *[topBins]uint32 {
	return (*[topBins]uint32)(h.bins[j*topBins:])
}

func (t *topk) scan(s int, part any, d [][]float32) any {
	h, _ := part.(*histograms)
	if h == nil {
		h = takeHistograms(len(t.rows))
	}
	for j := range t.rows {
		r := &t.rows[j]
		switch {
		case !r.search:
		case s == 0:
			countTop(h.of(j), d[j])
		case s == 1:
			countNext(h.of(j), d[j], r.prefix)
		case s == 2:
			countLast(h.of(j), d[j], r.prefix)
		}
	}
	return h
}

// countTop counts the entries of d by the upper 11 bits of their magnitude.
func countTop(bins *[topBins]uint32, d []float32) {
	for _, x := range d {
		bins[math.Float32bits(x)>>20&(topBins-1)]++
	}
}

// countNext counts the entries whose upper 11 bits are prefix by the next 10.
func countNext(bins *[topBins]uint32, d []float32, prefix uint32) {
	for _, x := range d {
		if bits := math.Float32bits(x); bits&^signBit>>20 == prefix {
			bins[bits>>10&(nextBins-1)]++
		}
	}
}

// countLast counts the entries whose upper 21 bits are prefix by the last 10.
func countLast(bins *[topBins]uint32, d []float32, prefix uint32) {
	for _, x := range d {
		if bits := math.Float32bits(x); bits&^signBit>>10 == prefix {
			bins[bits&(nextBins-1)]++
		}
	}
}

func (t *topk) fold(s int, parts iter.Seq[any]) (again bool) {
	for j := range t.rows {
		t.rows[j].counts = make([]int64, topBins)
	}
	block := 0
	for part := range parts {
		h := part.(*histograms)
		for j := range t.rows {
			r := &t.rows[j]
			if !r.search {
				continue
			}
			for bin, count := range h.of(j) {
				if count == 0 {
					continue
				}
				r.counts[bin] += int64(count)
				if s == 2 {
					r.ties = append(r.ties, tieCount{block, uint32(bin), count})
				}
			}
		}
		histogramsPool.Put(h)
		block++
	}
	for j := range t.rows {
		r := &t.rows[j]
		if r.search {
			r.descend(s)
		}
		if s == 2 {
			r.settle(block)
		}
		r.counts = nil
	}
	return s+1 < t.passes
}

// descend takes the bits that pass s has found out into the prefix.
func (r *ranking) descend(s int) {
	bin := topBins - 1
	for bin > 0 && r.need > r.counts[bin] {
		r.need -= r.counts[bin]
		bin--
	}
	if s == 0 {
		r.prefix = uint32(bin)
	} else {
		r.prefix = r.prefix<<10 | uint32(bin)
	}
}

// settle shares the entries equal to the threshold out among the blocks, first come first served.
func (r *ranking) settle(blocks int) {
	r.budget = make([]uint32, blocks)
	ties := r.ties
	r.ties = nil
	if !r.search || r.prefix > infMagnitude { // more NaN than were asked for: they alone stay
		return
	}
	r.threshold = r.prefix
	for _, t := range ties {
		if t.bin == r.prefix&(nextBins-1) {
			keep := min(r.need, int64(t.count))
			r.budget[t.block] = uint32(keep)
			r.need -= keep
		}
	}
}

func (t *topk) open(block int, left []int64) {
	for j := range t.rows {
		left[j] = 0
		if r := &t.rows[j]; r.search {
			left[j] = int64(r.budget[block])
		}
	}
}

func (t *topk) trim(d [][]float32, _ int64, left []int64) {
	for j := range t.rows {
		if r := &t.rows[j]; !r.all {
			left[j] = trimBelow(d[j], r.threshold, left[j])
		}
	}
}

// trimBelow makes 0 of every entry of d whose magnitude is below threshold, and of those equal to it
// after the first left. It returns what is left of left.
func trimBelow(d []float32, threshold uint32, left int64) int64 {
	for i, x := range d {
		bits := math.Float32bits(x)
		magnitude := bits &^ signBit
		keep := uint32(int32(threshold-magnitude) >> 31) // all ones above the threshold, without a branch
		if magnitude == threshold && left > 0 {
			left--
			keep = ^uint32(0)
		}
		d[i] = math.Float32frombits(bits & keep)
	}
	return left
}
