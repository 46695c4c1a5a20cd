package merge

import (
	"sync"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// A room is memory for the work on one run.
type room struct {
	keys     [][]float32 // task vectors as they are ranked, one row for each input but the base, in input order
	floats   []float32   // what keys lie in
	left     []int64     // a trimmer's state in this block, two numbers for each row of keys
	above    []int32     // the magnitude that the entries that stay exceed, for each row of keys; 0 where keys decide
	base     []float32   // the base's row, which deltas are from
	deltas   []vec.Delta
	terms    []vec.Term
	wide     [][]float64 // task vectors as they are added
	floats64 []float64   // what wide lies in
	sums     []vec.Lanes // of the products of one run
	elect    []float64   // see vec.Elect

	x         [][]float32 // one row of the tensor of all inputs
	run       []float64   // its products in one run
	gram      gram        // and in all
	solved, c []float64   // its coefficients, of the vectors and of the inputs
}

var rooms = sync.Pool{New: func() any { return new(room) }}

func takeRoom() *room { return rooms.Get().(*room) }

// give gives r back. The rows that it had to do with are the engine's.
func (r *room) give() {
	r.base = nil
	clear(r.deltas[:cap(r.deltas)])
	clear(r.terms[:cap(r.terms)])
	rooms.Put(r)
}

// subtract makes the keys of one run x of all inputs: xᵢ − base for every input but the base, as float32.
func (r *room) subtract(x [][]float32, base int) [][]float32 {
	n := len(x[base])
	r.keys = resize(r.keys, len(x)-1)
	r.floats = resize(r.floats, len(r.keys)*n)
	j := 0
	for i, row := range x {
		if i != base {
			r.keys[j] = r.floats[j*n:][:n:n]
			vec.Subtract(r.keys[j], row, x[base])
			j++
		}
	}
	return r.keys
}

// resize returns s with length n. What it holds is whatever was there.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
