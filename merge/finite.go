package merge

import (
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// NonFinite is the error for a NaN or Inf that the arithmetic made where every input was finite.
type NonFinite struct {
	Tensor string
	Count  int64 // in the block where it was seen
	Index  int64 // of the first, row-major
}

func (e *NonFinite) Error() string {
	return fmt.Sprintf("%s: the merge made %d NaN or Inf values, the first at element %d, where every input is finite", e.Tensor, e.Count, e.Index)
}

// Hint tells a person what to change.
func (e *NonFinite) Hint() string {
	return "look for very large weights, weights that nearly cancel, or a damaged source"
}

// checkFinite looks at a block of values from element first on, of which the codec says that some are not finite as they
// are written. Each of them must follow from an element that is NaN or Inf in the file of its source, before any cast.
func (e *engine) checkFinite(j *job, x []float64, first int64, w *window) error {
	limit := codecs[j.output.Codec].limit(j.output)
	bad := &NonFinite{Tensor: j.output.Name()}
	var over *Overflow
	inherited := int64(0)
	for i, v := range x {
		if math.Abs(v) < limit {
			continue
		}
		at := first + int64(i)
		if w.spoiled(&j.output.Expr, at) {
			inherited++
			continue
		}
		if v-v == 0 && over == nil {
			over = &Overflow{Tensor: j.output.Name(), Source: -1, Merged: j.output.Call() != nil,
				From: typeOf(&j.output.Expr), To: j.output.Tensors[0].DType, Index: at, Value: v}
		}
		if bad.Count == 0 {
			bad.Index = at
		}
		bad.Count++
	}
	e.found.inherit(j.output.Tensors[0].Shard, inherited)
	if over != nil {
		return over
	}
	if bad.Count > 0 {
		return bad
	}
	return nil
}

// spoiled tells whether element i of e follows from one that is NaN or Inf in its file.
func (w *window) spoiled(e *plan.Expr, i int64) bool {
	found := false
	e.Origins(i, i+1, func(l *plan.Leaf, lo, hi int64, _ bool) {
		for lo < hi && !found && l.DType.Float() {
			raw := w.raw(l, lo, hi)
			n := int64(len(raw)) / l.DType.Size()
			for k := range n {
				x := dtype.Element(raw, k, l.DType)
				found = found || x-x != 0
			}
			lo += n
		}
	})
	return found
}

// typeOf is the type that the values of e are stored in, and Invalid where they are made.
func typeOf(e *plan.Expr) dtype.DType {
	if l, ok := e.Op.(*plan.Leaf); ok {
		return l.DType
	}
	return dtype.Invalid
}
