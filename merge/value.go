package merge

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A value yields any range of the elements of an expression, once the bytes of its leaves are in memory and the calls
// below it have made their passes. It is shared by all workers and does not change.
type value struct {
	expr *plan.Expr
	kind kind
}

// A kind makes the values of one kind of operation, before the expression's rounding.
type kind interface {
	// wide writes the elements from lo on to dst, exactly or as the arithmetic leaves them.
	wide(dst []float64, lo int64, w *window, sc *scratch)
}

// A narrower is a kind whose values are float32, now and then, and faster to have so.
type narrower interface {
	// narrow writes the elements from lo on to dst if all of them are float32, and tells whether they are.
	narrow(dst []float32, lo int64, w *window) bool
}

// kinds makes a kind from an operation with this tag and the values of its parts.
var kinds = map[string]func(m *making, op plan.Op, parts []*value) kind{
	(*plan.Leaf)(nil).Tag(): newLeaf,
	(*plan.Call)(nil).Tag(): newCall,
}

// making is what the values of one output are made with.
type making struct {
	output string // its name
	kernel func(method string, s Spec) Kernel
	calls  []*call // in the order of plan.Expr.Calls
}

func (m *making) value(e *plan.Expr) *value {
	var parts []*value
	for part := range e.Op.Parts() {
		parts = append(parts, m.value(part))
	}
	newKind, ok := kinds[e.Op.Tag()]
	if !ok {
		panic(fmt.Sprintf("merge: %s: unknown expression %q", m.output, e.Op.Tag()))
	}
	return &value{e, newKind(m, e.Op, parts)}
}

// wide writes the elements from lo on to dst.
func (v *value) wide(dst []float64, lo int64, w *window, sc *scratch) {
	v.kind.wide(dst, lo, w, sc)
	if to := v.expr.Round; to != dtype.Invalid && dtype.Round(dst, to) && sc.overflow == nil {
		sc.overflow = overflowOf(v, dst, lo, to, w, sc)
	}
}

// row writes the elements from lo on to dst, rounded to float32 where the expression says of nothing narrower.
func (v *value) row(dst []float32, lo int64, w *window, sc *scratch) {
	to, infinite := v.expr.Round, false
	if n, ok := v.kind.(narrower); ok && n.narrow(dst, lo, w) {
		infinite = to != dtype.Invalid && dtype.Round(dst, to)
	} else {
		if to == dtype.Invalid {
			to = dtype.F32
		}
		mark := sc.mark()
		x := sc.wide(len(dst))
		v.kind.wide(x, lo, w, sc)
		infinite = dtype.Round(x, to)
		vec.Narrow(dst, x)
		sc.release(mark)
	}
	if infinite && sc.overflow == nil {
		sc.overflow = overflowOf(v, dst, lo, to, w, sc)
	}
}
