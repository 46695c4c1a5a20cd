package merge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A window is the bytes of leaves that are in memory.
type window struct {
	spans map[*plan.Leaf][]byteSpan // in order
	held  *window                   // what stays through all windows; may be nil
	disk  *reading                  // where it is not nil, elements are read when they are asked for
}

// A byteSpan is the bytes of elements lo to hi.
type byteSpan struct {
	lo, hi int64
	bytes  []byte
}

func newWindow(l *load, held *window) *window {
	w := &window{spans: make(map[*plan.Leaf][]byteSpan, len(l.Parts)), held: held}
	for _, p := range l.Parts {
		w.spans[p.Leaf] = append(w.spans[p.Leaf], byteSpan{p.Lo, p.Hi, l.bytes[p.At : p.At+(p.Hi-p.Lo)*p.Leaf.DType.Size()]})
	}
	for l, spans := range w.spans {
		w.spans[l] = sorted(spans)
	}
	return w
}

// sorted sorts spans by where they begin, and leaves out those that lie in another one: so they are in order of their ends, too.
func sorted(spans []byteSpan) []byteSpan {
	if len(spans) < 2 {
		return spans
	}
	slices.SortFunc(spans, func(a, b byteSpan) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi)) })
	kept := spans[:1]
	for _, s := range spans[1:] {
		if s.hi > kept[len(kept)-1].hi {
			kept = append(kept, s)
		}
	}
	return kept
}

// raw returns the bytes of the elements of l from lo on: to hi, or to where a span ends.
func (w *window) raw(l *plan.Leaf, lo, hi int64) []byte {
	if w.disk != nil {
		return w.disk.raw(l, lo, hi)
	}
	for at := w; at != nil; at = at.held {
		spans := at.spans[l]
		i, _ := slices.BinarySearchFunc(spans, lo, func(s byteSpan, lo int64) int { return cmp.Compare(s.hi, lo+1) })
		if i < len(spans) && spans[i].lo <= lo {
			s, size := spans[i], l.DType.Size()
			return s.bytes[(lo-s.lo)*size : (min(hi, s.hi)-s.lo)*size]
		}
	}
	panic(fmt.Sprintf("merge: elements %d to %d of %s are not in memory", lo, hi, l.Tensor))
}
