package merge

import (
	"iter"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/plan"
)

const (
	clusterLength  = 16       // entries that are sampled side by side
	leastSample    = 16 << 10 // entries of a sample, at least
	sampledShare   = 1024     // one of so many entries is sampled
	leastSampled   = 1 << 17  // entries of a row that is sampled; a smaller one is counted faster than it is looked at
	gatheredShare  = 16       // one of so many entries may lie within a window
	sampleMargin   = 4.5      // standard deviations between a threshold and the ends of its window
	leastDeviation = 2
)

// look finds the window of magnitudes in which each threshold very likely is, from a sample of each row; a row has n entries, and rows
// returns those from lo to hi. It changes how many passes there are, and no bit of what they find.
//
// The sample is of one cluster of 16 entries in each of many parts of equal length, at a place in its part that is drawn. An end
// of a window is an entry of the sample 4.5 standard deviations from the threshold's place in it, as clusters differ from their
// neighbors: so rows that are patchy have wider windows, and rows with many equal entries mostly have one of a single magnitude.
//
// Source of the deviation: the successive difference estimator for one unit a stratum, Wolter 2007, "Introduction to Variance
// Estimation", section 8.2.
func (q *search) look(n int64, kept bool, rows func(lo, hi int) [][]float32) {
	if len(q.cuts) == 0 || n < leastSampled {
		return
	}
	clusters := max(leastSample, n/sampledShare) / clusterLength
	r := takeLookRoom(q.rows)
	defer r.give()
	samples := r.samples
	part := n / clusters
	for i := range clusters {
		lo := int(i*part) + int(mix(uint64(i))%uint64(part-clusterLength+1))
		for j, row := range rows(lo, lo+clusterLength)[:q.rows] {
			samples[j] = append(samples[j], row...)
		}
	}
	for _, c := range q.cuts {
		c.low, c.high = windowOf(samples[c.row], float64(c.need)/float64(n))
	}
	q.windowed, q.limit = true, n/gatheredShare*int64(len(q.cuts))
	if !kept {
		q.limit = min(q.limit, plan.MostGathered)
	}
}

// A lookRoom is memory for a look, or for narrowing down what is in a window.
type lookRoom struct {
	samples [][]float32
	inside  []float32
	row     []float32
}

var lookRooms = sync.Pool{New: func() any { return new(lookRoom) }}

// takeLookRoom returns room for so many samples, which are empty.
func takeLookRoom(samples int) *lookRoom {
	r := lookRooms.Get().(*lookRoom)
	r.samples = resize(r.samples, samples)
	for i := range r.samples {
		r.samples[i] = r.samples[i][:0]
	}
	r.inside = r.inside[:0]
	return r
}

func (r *lookRoom) give() { lookRooms.Put(r) }

// mix is the finalizer of SplitMix64: it turns consecutive numbers into numbers without a pattern.
//
// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", doi:10.1145/2660193.2660195.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// windowOf returns the magnitudes that bracket the one which separates this share of a row from the rest, by a sample of it.
func windowOf(sample []float32, share float64) (low, high uint32) {
	place := float64(share * float64(len(sample))) // which no machine may fuse with the sums below
	at := func(rank int64) uint32 {
		magnitude, _ := kth(rank, 0, math.MaxInt32, sample)
		return min(magnitude, vec.Inf)
	}
	margin := float64(sampleMargin * max(deviation(sample, at(max(1, int64(place)))), math.Sqrt(place*(1-share)), leastDeviation))
	high, low = vec.Inf, 0
	if above := int64(place - margin); above >= 1 {
		high = at(above)
	}
	if below := int64(math.Ceil(place + margin)); below <= int64(len(sample)) {
		low = at(below)
	}
	return low, high
}

// deviation is the standard deviation of how many entries of a sample are above a magnitude. As each cluster is from a part of the
// row, it follows from how neighbors differ: what varies from one end of the row to the other makes no sample unlike another.
func deviation(sample []float32, magnitude uint32) float64 {
	squares, before := 0.0, -1.0
	for cluster := range slices.Chunk(sample, clusterLength) {
		n := 0.0
		for _, x := range cluster {
			if math.Float32bits(x)&math.MaxInt32 > magnitude {
				n++
			}
		}
		if before >= 0 {
			squares += float64((n - before) * (n - before))
		}
		before = n
	}
	return math.Sqrt(squares / 2)
}

// kth returns the magnitude of rank k, counted from 1, the largest, among those of some rows that are low to high, and how
// many of these are above it. There are at least k.
func kth(k int64, low, high uint32, rows ...[]float32) (magnitude uint32, above int64) {
	const binBits = 11 // a pass settles so many bits
	var bins [1 << binBits]int64
	for {
		clear(bins[:])
		shift := max(0, bits.Len32(high-low)-binBits)
		for _, row := range rows {
			for _, x := range row {
				if at := math.Float32bits(x)&math.MaxInt32 - low; at <= high-low {
					bins[at>>shift&(1<<binBits-1)]++
				}
			}
		}
		bin := (high - low) >> shift
		for ; bin > 0 && above+bins[bin] < k; bin-- {
			above += bins[bin]
		}
		low += bin << shift
		high = min(high, low+1<<shift-1)
		if shift == 0 {
			return low, above
		}
	}
}

// kthOfMany is kth of all entries of rows, which narrows them down to those in a window before it counts them.
func kthOfMany(k, n int64, rows [][]float32) (magnitude uint32, above int64) {
	const enough = 1 << 13
	if n < enough {
		return kth(k, 0, math.MaxInt32, rows...)
	}
	r := takeLookRoom(1)
	defer r.give()
	sample := r.samples[0]
	for _, row := range rows {
		for lo := 0; lo+clusterLength <= len(row); lo += clusterLength * int(n/(8*enough)+8) {
			sample = append(sample, row[lo:lo+clusterLength]...)
		}
	}
	r.samples[0] = sample
	low, high := windowOf(sample, float64(k)/float64(n))
	var p vec.Places
	for _, row := range rows {
		r.row = resize(r.row, len(row))
		of := vec.Window(r.row, row, low, high)
		r.inside = append(r.inside, r.row[:of.Inside]...)
		p.Add(of)
	}
	switch {
	case p.Above < k && k <= p.Above+p.High:
		return high, p.Above
	case p.Above+p.High < k && k <= p.Above+p.High+p.Inside:
		magnitude, above = kth(k-p.Above-p.High, low, high, r.inside)
		return magnitude, p.Above + p.High + above
	}
	return kth(k, 0, math.MaxInt32, rows...)
}

// windows are what one block has in the windows of all cuts.
type windows struct {
	places []vec.Places
	inside [][]float32
}

var windowsPool = sync.Pool{New: func() any { return new(windows) }}

// scanWindows is scan of the pass of the windows.
func (q *search) scanWindows(part any, rows [][]float32) any {
	w, _ := part.(*windows)
	if w == nil {
		w = windowsPool.Get().(*windows)
		w.places, w.inside = resize(w.places, len(q.cuts)), resize(w.inside, len(q.cuts))
		for i := range q.cuts {
			w.places[i], w.inside[i] = vec.Places{}, w.inside[i][:0]
		}
	}
	r := takeLookRoom(0)
	for i, c := range q.cuts {
		r.row = resize(r.row, len(rows[c.row]))
		p := vec.Window(r.row, rows[c.row], c.low, c.high)
		if q.gathered.Add(p.Inside) <= q.limit { // else what is gathered is not looked at
			w.inside[i] = append(w.inside[i], r.row[:p.Inside]...)
		}
		w.places[i].Add(p)
	}
	r.give()
	return w
}

// foldWindows is fold of the pass of the windows. The cuts that it does not find are left to the other passes.
func (q *search) foldWindows(parts iter.Seq[any]) (again bool) {
	var blocks []*windows
	for part := range parts {
		blocks = append(blocks, part.(*windows))
	}
	cuts := q.cuts
	q.cuts = nil
	for i, c := range cuts {
		if q.gathered.Load() > q.limit || !c.settleWindow(blocks, i) {
			q.cuts = append(q.cuts, c)
		}
	}
	for _, w := range blocks {
		windowsPool.Put(w)
	}
	return len(q.cuts) > 0
}

// settleWindow finds the threshold of cut number i, and how many of the entries equal to it are among those of each block, if it
// lies within the window.
func (c *cut) settleWindow(blocks []*windows, i int) (found bool) {
	var all vec.Places
	inside := make([][]float32, len(blocks))
	for b, w := range blocks {
		all.Add(w.places[i])
		inside[b] = w.inside[i]
	}
	need := c.need - all.Above
	var equal func(block int) int64 // entries equal to the threshold
	switch {
	case need < 1:
		return false
	case need <= all.High:
		c.threshold = c.high
		equal = func(block int) int64 { return blocks[block].places[i].High }
	case need <= all.High+all.Inside:
		var above int64
		c.threshold, above = kthOfMany(need-all.High, all.Inside, inside)
		need -= all.High + above
		r := takeLookRoom(0)
		defer r.give()
		equal = func(block int) int64 {
			r.row = resize(r.row, len(inside[block]))
			return vec.Window(r.row, inside[block], c.threshold, c.threshold).High
		}
	case need <= all.High+all.Inside+all.Low:
		need -= all.High + all.Inside
		c.threshold = c.low
		equal = func(block int) int64 { return blocks[block].places[i].Low }
	default:
		return false
	}
	c.prefix, c.need = c.threshold, need
	c.budget = make([]uint32, len(blocks))
	for b := range blocks {
		c.take(b, equal(b))
	}
	return true
}
