package plan

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// An Output is what one expression is written as: one tensor or, in a codec that asks for it, several, such as a weight and its
// scale.
type Output struct {
	Expr    Expr     `json:"expr"`
	Codec   Codec    `json:"codec"`
	Tensors []Tensor `json:"tensors"`        // one after the other in their shard
	Unit    int64    `json:"unit,omitempty"` // elements that the codec turns into bytes together; 0 means one; not hashed, as the codec tells it
}

// A Codec says how values become the bytes of an output's tensors. Each has a file in package merge.
type Codec string

const (
	Copy Codec = "copy" // the bytes of a leaf as they are, whatever its type
	Cast Codec = "cast" // the values rounded once, to nearest even, to the tensor's type
)

// A Tensor is one output tensor. Its bytes lie at Begin to End of its shard's data.
type Tensor struct {
	Name  string      `json:"name"`
	DType dtype.DType `json:"dtype"`
	Shape []int64     `json:"shape"`
	Shard int         `json:"shard"`
	Begin int64       `json:"begin"` // bytes from the end of the shard's header
	End   int64       `json:"end"`
}

// Elements is the number of the tensor's elements.
func (t *Tensor) Elements() int64 { return count(t.Shape) }

func (t *Tensor) bytes() int64 { return t.Elements() * t.DType.Size() }

func (o *Output) bytes() int64 {
	var n int64
	for i := range o.Tensors {
		n += o.Tensors[i].bytes()
	}
	return n
}

// place puts the tensors one after the other into a shard, from byte at on, and returns where they end.
func (o *Output) place(shard int, at int64) int64 {
	for i := range o.Tensors {
		t := &o.Tensors[i]
		t.Shard, t.Begin, t.End = shard, at, at+t.bytes()
		at = t.End
	}
	return at
}

// Name is what messages call the output: its first tensor's name.
func (o *Output) Name() string { return o.Tensors[0].Name }

// Block is the number of elements of the expression that are made and encoded together, but for the last ones: a multiple
// of the codec's unit or, where that is one element, of the expression's.
func (o *Output) Block() int64 {
	if o.Unit > 1 {
		return blockOf(o.Unit)
	}
	return blockOf(o.Expr.Op.Unit())
}

// Part is the range of elements of tensor i that elements lo to hi of the expression become. A tensor with as many
// elements as the expression has one for each; of any other the same number belongs to every unit of the codec. lo is a multiple of
// the unit, and so is hi unless it is the end.
func (o *Output) Part(i int, lo, hi int64) (first, end int64) {
	n, all := o.Tensors[i].Elements(), o.Expr.Elements()
	if n == all {
		return lo, hi
	}
	unit := max(1, o.Unit)
	each := n / ((all + unit - 1) / unit)
	return lo / unit * each, (hi + unit - 1) / unit * each
}

// Inputs are what the models give to the output: the inputs of the method that makes it or, where a tensor is passed on, the
// expression itself.
func (o *Output) Inputs() []Input {
	if c := o.Call(); c != nil {
		return c.Inputs
	}
	for l := range o.Expr.Leaves() {
		return []Input{{Model: l.Source, Expr: o.Expr}}
	}
	return nil
}

// Call returns the method that makes the output last, and nil where a tensor is passed on.
func (o *Output) Call() *Call {
	c, _ := o.Expr.Op.(*Call)
	return c
}

// Tensors yields all tensors of the plan in the order of their bytes.
func (p *Plan) Tensors() iter.Seq[*Tensor] {
	return func(yield func(*Tensor) bool) {
		for i := range p.Outputs {
			for j := range p.Outputs[i].Tensors {
				if !yield(&p.Outputs[i].Tensors[j]) {
					return
				}
			}
		}
	}
}
