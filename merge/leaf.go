package merge

import (
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A leaf yields a stored tensor.
type leaf struct{ *plan.Leaf }

func newLeaf(_ *making, op plan.Op, _ []*value) kind { return leaf{op.(*plan.Leaf)} }

func (l leaf) wide(dst []float64, lo int64, w *window, _ *scratch) {
	for len(dst) > 0 {
		raw := w.raw(l.Leaf, lo, lo+int64(len(dst)))
		n := int64(len(raw)) / l.DType.Size()
		dtype.Decode(dst[:n], raw, l.DType)
		dst, lo = dst[n:], lo+n
	}
}

func (l leaf) narrow(dst []float32, lo int64, w *window) bool {
	if l.DType == dtype.F64 {
		return false
	}
	for len(dst) > 0 {
		raw := w.raw(l.Leaf, lo, lo+int64(len(dst)))
		n := int64(len(raw)) / l.DType.Size()
		dtype.Decode(dst[:n], raw, l.DType)
		dst, lo = dst[n:], lo+n
	}
	return true
}
