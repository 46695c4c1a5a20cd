package merge

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A view is an expression that yields any range of its elements as float32, once its bytes are in memory and the
// passes of every kernel below it are done.
type view struct {
	expr   *plan.Expr
	inputs []*view

	kernel Kernel // of a method
	unit   int64  // of kernel

	raw  []byte // of a leaf: the bytes of elements from on
	from int64
}

// newView makes the view of e for output tensor t of a plan with this seed. Its leaves have no bytes yet.
func newView(t *plan.Tensor, e *plan.Expr, seed uint64) *view {
	v := &view{expr: e}
	switch e.Op {
	case plan.Copy, plan.Read:
	case plan.Method:
		for i := range e.Inputs {
			v.inputs = append(v.inputs, newView(t, &e.Inputs[i], seed))
		}
		args := recipe.Args{Shared: e.Params, PerModel: e.PerModel, Base: e.Base - 1}
		method, kernel := find(e.Method)
		v.kernel = kernel(Spec{Name: t.Name, Shape: t.Shape, Seed: seed, Args: args})
		v.unit = method.UnitOf(t.Shape, args)
	default:
		panic(fmt.Sprintf("%s: unknown expression %q", t.Name, e.Op))
	}
	return v
}

// leaves returns the leaves in the order of plan.Expr.Leaves.
func (v *view) leaves() []*view {
	if v.kernel == nil {
		return []*view{v}
	}
	var out []*view
	for _, in := range v.inputs {
		out = append(out, in.leaves()...)
	}
	return out
}

// kernels returns the kernels below and at v, inner ones first: the order in which they scan.
func (v *view) kernels() []*view {
	var out []*view
	for _, in := range v.inputs {
		out = append(out, in.kernels()...)
	}
	if v.kernel != nil {
		out = append(out, v)
	}
	return out
}

// units is what the boundaries of blocks must be multiples of for every kernel.
func (v *view) units() int64 {
	unit := int64(1)
	for _, k := range v.kernels() {
		unit = lcm(unit, k.unit)
	}
	return unit
}

func lcm(a, b int64) int64 {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// read writes the elements of the view that b covers to dst.
func (v *view) read(dst []float32, b Block, sc *scratch) {
	if v.kernel != nil {
		mark := len(sc.floats)
		wide := make([]float64, len(dst))
		v.kernel.Emit(wide, v.block(b, len(dst), sc))
		narrow(dst, wide)
		sc.floats = sc.floats[:mark]
		return
	}
	size := v.expr.DType.Size()
	at := (b.Start - v.from) * size
	dtype.Decode(dst, v.raw[at:at+int64(len(dst))*size], v.expr.DType)
	infinite := v.expr.DType == dtype.F64 && !finite(dst)
	if v.expr.Round != dtype.Invalid {
		infinite = dtype.Round(dst, v.expr.Round) || infinite
	}
	if infinite && sc.overflow == nil {
		sc.overflow = v.findOverflow(dst, b.Start)
	}
}

// block reads the inputs of a method: n elements each, into scratch memory.
func (v *view) block(b Block, n int, sc *scratch) *Block {
	rows := sc.rows(len(v.inputs))
	for i, in := range v.inputs {
		rows[i] = sc.row(n)
		in.read(rows[i], b, sc)
	}
	return NewBlock(b.Index, b.Start, rows)
}

// narrow rounds src to dst.
func narrow(dst []float32, src []float64) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = float32(src[i])
	}
}

// scratch is the memory of one worker, taken like a stack.
type scratch struct {
	floats   []float32
	slices   [][]float32
	wide     []float64
	overflow *Overflow // the first that reading leaves has met
}

// row takes n floats. They hold whatever was there.
func (sc *scratch) row(n int) []float32 {
	at := len(sc.floats)
	if at+n > cap(sc.floats) {
		grown := make([]float32, at, 2*(at+n)) // rows already taken keep the old memory
		copy(grown, sc.floats)
		sc.floats = grown
	}
	sc.floats = sc.floats[:at+n]
	return sc.floats[at : at+n : at+n]
}

func (sc *scratch) rows(n int) [][]float32 {
	at := len(sc.slices)
	if at+n > cap(sc.slices) {
		sc.slices = append(make([][]float32, 0, 2*(at+n)), sc.slices...)
	}
	sc.slices = sc.slices[:at+n]
	return sc.slices[at : at+n : at+n]
}

func (sc *scratch) reset() {
	sc.floats = sc.floats[:0]
	sc.slices = sc.slices[:0]
	sc.overflow = nil
}
