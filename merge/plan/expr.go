package plan

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// An Expr says how values are made: by an operation, and what each of them is rounded to before
// anything uses it.
type Expr struct {
	Op    Op          `json:"op"`
	Round dtype.DType `json:"round,omitempty"` // Invalid: the values stay as they are
}

// An Op is the operation of an expression. Its kinds are [Leaf], [Call] and those to come: a file of this package each, with
// a tag of its own, and a file of package merge that makes the values. A kind that is added changes no hash of the
// others, and nothing that reads plans by these methods.
//
// Elements are counted row-major in the shape of the operation's own result, which need be neither the output's nor that of
// its parts.
type Op interface {
	// Tag names the kind in hashes and JSON. A kind whose meaning changes gets another tag.
	Tag() string
	// Fields writes to l whatever tells the operation from others of its kind, its parts included. What
	// follows from the rest, such as the number of passes, is left out.
	Fields(l *Line)
	// Parts yields the expressions that the operation works on, in order.
	Parts() iter.Seq[*Expr]
	// Shape is that of the result.
	Shape() []int64
	// Unit is the number of elements of which the ranges should be multiples that the result is made in; 1 where
	// any range does.
	Unit() int64
	// Needs calls want with the elements of the parts that elements lo to hi of the result are made from.
	Needs(lo, hi int64, want Need)

	sealed()
}

// A Need is told that elements lo to hi of a part are needed. With hold they are the same for every range of the result, so that a
// result made in windows keeps them from one to the next.
type Need func(part *Expr, lo, hi int64, hold bool)

// Elements is the number of values.
func (e *Expr) Elements() int64 { return count(e.Op.Shape()) }

// count is the number of elements of a shape.
func count(shape []int64) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	return n
}

// Leaves yields the stored tensors that e is made from, left to right; one that it uses twice comes twice.
func (e *Expr) Leaves() iter.Seq[*Leaf] {
	return func(yield func(*Leaf) bool) { e.leaves(yield) }
}

func (e *Expr) leaves(yield func(*Leaf) bool) bool {
	if l, ok := e.Op.(*Leaf); ok {
		return yield(l)
	}
	for part := range e.Op.Parts() {
		if !part.leaves(yield) {
			return false
		}
	}
	return true
}

// Calls yields the methods that e is made by, inner ones first: the order in which they scan.
func (e *Expr) Calls() iter.Seq[*Call] {
	return func(yield func(*Call) bool) { e.calls(yield) }
}

func (e *Expr) calls(yield func(*Call) bool) bool {
	for part := range e.Op.Parts() {
		if !part.calls(yield) {
			return false
		}
	}
	c, ok := e.Op.(*Call)
	return !ok || yield(c)
}

// A Want is told that elements lo to hi of a leaf are needed; hold is that of a [Need].
type Want func(l *Leaf, lo, hi int64, hold bool)

// Reads calls want with what elements lo to hi of e take from its leaves. A call makes whole blocks, so it reads the
// inputs of those that the range touches.
func (e *Expr) Reads(lo, hi int64, want Want) { e.descend(lo, hi, false, true, want) }

// Origins calls want with the elements of the leaves that elements lo to hi of e follow from. Unlike Reads it leaves out what is
// read only because calls make whole blocks.
func (e *Expr) Origins(lo, hi int64, want Want) { e.descend(lo, hi, false, false, want) }

func (e *Expr) descend(lo, hi int64, hold, blocks bool, want Want) {
	if lo >= hi {
		return
	}
	switch op := e.Op.(type) {
	case *Leaf:
		want(op, lo, hi, hold)
		return
	case *Call:
		if blocks {
			block := op.Block()
			lo, hi = lo/block*block, min((hi+block-1)/block*block, e.Elements())
		}
	}
	e.Op.Needs(lo, hi, func(part *Expr, lo, hi int64, held bool) { part.descend(lo, hi, hold || held, blocks, want) })
}

// kinds make an empty operation of a kind, by tag.
var kinds = map[string]func() Op{
	(*Leaf)(nil).Tag(): func() Op { return new(Leaf) },
	(*Call)(nil).Tag(): func() Op { return new(Call) },
}

// MarshalJSON writes the tag as "op", the rounding, and the fields of the operation.
func (e Expr) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(e.Op)
	if err != nil {
		return nil, err
	}
	out := fmt.Appendf(nil, `{"op":%q`, e.Op.Tag())
	if e.Round != dtype.Invalid {
		out = fmt.Appendf(out, `,"round":%q`, e.Round)
	}
	if len(body) > len("{}") {
		out = append(out, ',')
	}
	return append(out, body[1:]...), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Expr) UnmarshalJSON(text []byte) error {
	var head struct {
		Op    string      `json:"op"`
		Round dtype.DType `json:"round"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	empty, ok := kinds[head.Op]
	if !ok {
		return fmt.Errorf("unknown expression %.40q", head.Op)
	}
	e.Op, e.Round = empty(), head.Round
	return json.Unmarshal(text, e.Op)
}
