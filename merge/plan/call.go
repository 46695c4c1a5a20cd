package plan

import (
	"iter"
	"slices"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Call is a merge method over inputs of one shape, which is the result's.
type Call struct {
	Method string      `json:"method"`
	Args   recipe.Args `json:"args"`           // tensors share its maps, so they must not change
	Draw   *Draw       `json:"draw,omitempty"` // of a method that draws at random; nil for the others
	Inputs []Input     `json:"inputs"`
	Work   Work        `json:"work"`
}

// An Input is what one model gives to a call.
type Input struct {
	Model int  `json:"model"` // index among the recipe's models
	Expr  Expr `json:"expr"`
}

// A Draw is what random numbers follow from, beside the position of the input and the element.
type Draw struct {
	Seed  uint64 `json:"seed,omitempty"`
	Stage int    `json:"stage,omitempty"` // the document that the call belongs to, counted from 0
	Name  string `json:"tensor"`          // of the output
}

// Work is what the method's table says of the work for one tensor. It follows from the rest of the call, and no
// byte of a result follows from it, so it is not hashed.
type Work struct {
	Unit   int64 `json:"unit"`          // elements that blocks are cut at multiples of; 0 means 1
	Usual  int   `json:"passes"`        // over the inputs before the last one, most often
	Worst  int   `json:"worst_passes"`  // at most
	Looked int   `json:"looked_passes"` // usual number after a look, and at most one more than Worst; 0 means nobody looks
	Keeps  int64 `json:"keeps"`         // bytes that are kept between passes
}

// Tag is "call".
func (*Call) Tag() string { return "call" }

// Fields writes all but Work.
func (c *Call) Fields(l *Line) {
	l.Text(c.Method)
	l.values(c.Args.Shared)
	l.Number(int64(len(c.Args.PerModel)))
	for _, p := range c.Args.PerModel {
		l.values(p)
	}
	l.Number(int64(c.Args.Base))
	l.Number(int64(len(c.Inputs)))
	for i := range c.Inputs {
		l.Number(int64(c.Inputs[i].Model))
		l.Expr(&c.Inputs[i].Expr)
	}
	if c.Draw != nil {
		l.Text("draw")
		l.Number(int64(c.Draw.Seed))
		l.Number(int64(c.Draw.Stage))
		l.Text(c.Draw.Name)
	}
}

// Parts yields the inputs.
func (c *Call) Parts() iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) {
		for i := range c.Inputs {
			if !yield(&c.Inputs[i].Expr) {
				return
			}
		}
	}
}

// Shape is the inputs'.
func (c *Call) Shape() []int64 { return c.Inputs[0].Expr.Op.Shape() }

// Stored tells whether every input is a tensor as a source has it.
func (c *Call) Stored() bool {
	return !slices.ContainsFunc(c.Inputs, func(in Input) bool { _, ok := in.Expr.Op.(*Leaf); return !ok })
}

// Unit is the method's.
func (c *Call) Unit() int64 { return max(1, c.Work.Unit) }

// Block is the number of elements of the blocks that the method works in: of all but the last.
func (c *Call) Block() int64 { return blockOf(c.Unit()) }

// blockOf is the multiple of unit that blocks have as their size: about Quantum elements, or one unit.
func blockOf(unit int64) int64 { return max(1, Quantum/unit) * unit }

// Needs wants the same elements of every input.
func (c *Call) Needs(lo, hi int64, want Need) {
	for i := range c.Inputs {
		want(&c.Inputs[i].Expr, lo, hi, false)
	}
}

func (*Call) sealed() {}
