package merge

import (
	"fmt"
	"math"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Overflow is the error for a finite value that a cast makes infinite: a source's, which the config's dtype or
// float32, which methods read, cannot hold, or the result's, which the type that it is written in cannot.
type Overflow struct {
	Tensor string      // of the result
	Source int         // index into Plan.Sources; -1 is the result itself
	From   dtype.DType // what the value is
	To     dtype.DType // what it is cast to
	Index  int64       // of the first such element of a block, row-major
	Value  float64     // before the cast
	Merged bool        // the tensor is made by a method, and not passed on
}

func (e *Overflow) Error() string {
	what := fmt.Sprintf("is %.6g in %s", e.Value, e.From.Torch())
	if e.Source < 0 && e.Merged {
		what = fmt.Sprintf("of the merge is %.6g", e.Value)
	}
	return fmt.Sprintf("%s: element %d %s and becomes Inf in %s", e.Tensor, e.Index, what, e.To.Torch())
}

// Hint tells a person what to change.
func (e *Overflow) Hint() string { return e.HintFor("dtype") }

// HintFor is Hint for a cast that key of the config asks for: dtype or out_dtype.
func (e *Overflow) HintFor(key string) string {
	var fit []string
	for _, d := range []dtype.DType{dtype.BF16, dtype.F32} {
		x := []float64{e.Value}
		if infinite := dtype.Round(x, d); d != e.To && !infinite {
			fit = append(fit, d.Torch())
		}
	}
	if !e.Merged && e.From == dtype.F64 && len(fit) == 0 {
		fit = []string{"float64"} // a copy, as nothing else keeps it
	}
	ends := e.To.Torch() + map[dtype.DType]string{dtype.F16: " ends at 65504: ", dtype.BF16: " ends at 3.39e+38: ", dtype.F32: " ends at 3.40e+38: "}[e.To]
	if len(fit) == 0 {
		return ends + "look for a damaged source"
	}
	return ends + "write " + key + ": " + strings.Join(fit, " or ")
}

// overflowOf looks in x, which is v from element first on after it was rounded to to, for the first element that is infinite
// and was finite before. It returns nil for none: what is infinite was so before.
func overflowOf[R dtype.Real](v *value, x []R, first int64, to dtype.DType, w *window, sc *scratch) *Overflow {
	mark := sc.mark()
	defer sc.release(mark)
	was := sc.wide(len(x))
	v.kind.wide(was, first, w, sc)
	for i, before := range was {
		if math.IsInf(float64(x[i]), 0) && !math.IsInf(before, 0) {
			e := &Overflow{Source: -1, From: typeOf(v.expr), To: to, Index: first + int64(i), Value: before}
			if l, ok := v.expr.Op.(*plan.Leaf); ok {
				e.Source = l.Source
			}
			return e
		}
	}
	return nil
}

// overflowOf returns the overflow that was met in making o, as an error; nil for none.
func (sc *scratch) overflowOf(o *plan.Output) error {
	if sc.overflow == nil {
		return nil
	}
	e := *sc.overflow
	e.Tensor, e.Merged = o.Name(), o.Call() != nil
	return &e
}
