package merge

import "github.com/lazymerge/lazymerge/merge/internal/vec"

// A band keeps the entries of its rows whose rank by magnitude lies in a range. It is a trimmer. A NaN is kept
// whatever its rank.
type band struct {
	search
	bounds []bounds // one for each row
}

// bounds part the entries of a row that stay from those before and behind them. from is nil where the largest stays.
type bounds struct{ from, to *cut }

// newBand keeps of row j's n entries those with ranks from[j] to to[j]−1, counted from 0, the largest.
func newBand(from, to []int64, n int64) *band {
	t := &band{bounds: make([]bounds, len(to))}
	for j := range t.bounds {
		t.bounds[j].to = t.cut(j, to[j], n)
		if from[j] > 0 {
			t.bounds[j].from = t.cut(j, from[j], n)
		}
	}
	return t
}

// newTopK keeps the largest entries of each row, as many as kept says of its density.
func newTopK(density []float64, n int64) *band {
	to := make([]int64, len(density))
	for j, d := range density {
		to[j] = kept(d, n)
	}
	return newBand(make([]int64, len(to)), to, n)
}

// kept returns how many of n entries stay at a density: max(1, ⌊density·n⌋), all where it is 1 or more, none where it is
// 0 or less.
func kept(density float64, n int64) int64 {
	switch {
	case density >= 1:
		return n
	case density > 0:
		return min(n, max(1, int64(density*float64(n))))
	}
	return 0
}

func (t *band) run() int       { return runLength }
func (t *band) searches() bool { return len(t.cuts) > 0 }

func (t *band) open(block int, left []int64) {
	for j, b := range t.bounds {
		left[2*j] = b.to.left(block)
		if b.from != nil {
			left[2*j+1] = b.from.left(block)
		}
	}
}

func (t *band) above(block int, magnitudes []int32) bool {
	for j, b := range t.bounds {
		var ok bool
		if magnitudes[j], ok = b.to.above(block); !ok || b.from != nil {
			return false
		}
	}
	return true
}

func (t *band) trim(d [][]float32, _ int64, left []int64) {
	for j, b := range t.bounds {
		if b.to.threshold > 0 { // all others are 0
			left[2*j] = vec.KeepTop(d[j], b.to.threshold, left[2*j])
		}
		if b.from != nil {
			left[2*j+1] = vec.DropTop(d[j], b.from.threshold, left[2*j+1])
		}
	}
}
