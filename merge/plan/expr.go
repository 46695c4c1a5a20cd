package plan

import (
	"iter"
	"slices"
)

// Leaves returns the Copy and Read expressions of e, left to right.
func (e *Expr) Leaves() []*Expr { return slices.Collect(e.leaves()) }

func (e *Expr) leaves() iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) { e.each(yield) }
}

func (e *Expr) each(yield func(*Expr) bool) bool {
	if e.Op != Method {
		return yield(e)
	}
	for i := range e.Inputs {
		if !e.Inputs[i].each(yield) {
			return false
		}
	}
	return true
}

// Passes is how often the inputs are read before the last pass, for e and everything below it.
func (e *Expr) Passes() int {
	n := e.Scans
	for i := range e.Inputs {
		n += e.Inputs[i].Passes()
	}
	return n
}
