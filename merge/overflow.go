package merge

import (
	"fmt"
	"math"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Overflow is the error for a finite value that a cast makes infinite: a source's, which the config's dtype or
// the arithmetic in float32 cannot hold, or the result's, which the type that it is written in cannot.
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
		x := []float32{float32(e.Value)}
		if dtype.Round(x, d); d != e.To && finite(x) {
			fit = append(fit, d.Torch())
		}
	}
	if !e.Merged && e.From == dtype.F64 && len(fit) == 0 {
		fit = []string{"float64"} // a copy, as nothing else keeps it
	}
	ends := e.To.Torch() + map[dtype.DType]string{dtype.F16: " ends at 65504: ", dtype.BF16: " ends at 3.39e+38: ", dtype.F32: " ends at 3.40e+38: "}[e.To]
	if len(fit) == 0 {
		return ends + "look for a source that is damaged"
	}
	return ends + "write " + key + ": " + strings.Join(fit, " or ")
}

// findOverflow looks for the first element of leaf v that is finite in its file and infinite in x, which was read
// from it at element first on. It returns nil for none: what is infinite there is so in the file.
func (v *view) findOverflow(x []float32, first int64) *Overflow {
	to := dtype.F32
	if v.expr.Round != dtype.Invalid {
		to = v.expr.Round
	}
	for i, y := range x {
		if !math.IsInf(float64(y), 0) {
			continue
		}
		at := first + int64(i)
		if was := dtype.Element(v.raw, at-v.from, v.expr.DType); !math.IsInf(was, 0) {
			return &Overflow{Source: v.expr.Source, From: v.expr.DType, To: to, Index: at, Value: was}
		}
	}
	return nil
}

// overflowOf returns the overflow that was met in reading the leaves of t, as an error; nil for none.
func (sc *scratch) overflowOf(t *plan.Tensor) error {
	if sc.overflow == nil {
		return nil
	}
	e := *sc.overflow
	e.Tensor, e.Merged = t.Name, t.Expr.Op == plan.Method
	return &e
}

// finite tells whether x has neither NaN nor Inf.
func finite(x []float32) bool {
	for _, y := range x {
		if y-y != 0 {
			return false
		}
	}
	return true
}
