// Package kindtest has kinds of expressions that no plan of a recipe has, for tests of what reads plans: none of it may
// depend on the kinds that there are, nor on the shape of a part being that of the whole.
package kindtest

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// Rows is a matrix of rows of another one, in any order and number.
type Rows struct {
	plan.Op // nil; for the method that keeps kinds in their package
	Of      plan.Expr
	Index   []int64 // of the row of Of that each row is
}

// Tag is "test-rows".
func (*Rows) Tag() string { return "test-rows" }

// Fields writes all.
func (r *Rows) Fields(l *plan.Line) {
	l.Shape(r.Index)
	l.Expr(&r.Of)
}

// Parts yields Of.
func (r *Rows) Parts() iter.Seq[*plan.Expr] {
	return func(yield func(*plan.Expr) bool) { yield(&r.Of) }
}

// Width is the number of columns.
func (r *Rows) Width() int64 { return r.Of.Op.Shape()[1] }

// Shape has a row for each index.
func (r *Rows) Shape() []int64 { return []int64{int64(len(r.Index)), r.Width()} }

// Unit is one element.
func (*Rows) Unit() int64 { return 1 }

// Needs wants the rows that the range touches.
func (r *Rows) Needs(lo, hi int64, want plan.Need) {
	width := r.Width()
	for lo < hi {
		row := lo / width
		n := min(hi, (row+1)*width) - lo
		at := r.Index[row]*width + lo - row*width
		want(&r.Of, at, at+n, false)
		lo += n
	}
}

// Product is the matrix product A·B. Every row of it needs all of B.
type Product struct {
	plan.Op
	A, B plan.Expr
}

// Tag is "test-product".
func (*Product) Tag() string { return "test-product" }

// Fields writes both.
func (p *Product) Fields(l *plan.Line) {
	l.Expr(&p.A)
	l.Expr(&p.B)
}

// Parts yields A and B.
func (p *Product) Parts() iter.Seq[*plan.Expr] {
	return func(yield func(*plan.Expr) bool) { _ = yield(&p.A) && yield(&p.B) }
}

// Shape has A's rows and B's columns.
func (p *Product) Shape() []int64 { return []int64{p.A.Op.Shape()[0], p.B.Op.Shape()[1]} }

// Unit is a row.
func (p *Product) Unit() int64 { return p.B.Op.Shape()[1] }

// Needs wants the rows of A and all of B.
func (p *Product) Needs(lo, hi int64, want plan.Need) {
	rank, width := p.B.Op.Shape()[0], p.Unit()
	want(&p.A, lo/width*rank, (hi+width-1)/width*rank, false)
	want(&p.B, 0, p.B.Elements(), true)
}
