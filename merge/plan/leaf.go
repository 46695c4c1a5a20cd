package plan

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// A Leaf is a tensor as a source has it, or its first rows.
type Leaf struct {
	Source int         `json:"source"` // index into Plan.Sources
	File   string      `json:"file"`
	Tensor string      `json:"tensor"` // its name there
	DType  dtype.DType `json:"dtype"`
	Stored []int64     `json:"shape"` // of the whole tensor
	Begin  int64       `json:"begin"` // bytes from the start of the file
	End    int64       `json:"end"`   // the same; of the rows that are used
}

// Tag is "leaf".
func (*Leaf) Tag() string { return "leaf" }

// Fields writes all fields.
func (l *Leaf) Fields(line *Line) {
	line.Number(int64(l.Source))
	line.Text(l.File)
	line.Text(l.Tensor)
	line.DType(l.DType)
	line.Shape(l.Stored)
	line.Number(l.Begin)
	line.Number(l.End)
}

// Parts yields nothing.
func (*Leaf) Parts() iter.Seq[*Expr] { return func(func(*Expr) bool) {} }

// Shape is Stored with as many rows as lie between Begin and End.
func (l *Leaf) Shape() []int64 {
	whole, n := count(l.Stored), (l.End-l.Begin)/l.DType.Size()
	if n == whole {
		return l.Stored
	}
	shape := append([]int64(nil), l.Stored...)
	shape[0] = n / (whole / shape[0])
	return shape
}

// Unit is 1.
func (*Leaf) Unit() int64 { return 1 }

// Needs wants nothing: a leaf has no parts.
func (*Leaf) Needs(int64, int64, Need) {}

func (*Leaf) sealed() {}
