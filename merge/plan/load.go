package plan

import (
	"cmp"
	"slices"
)

// A Load is fetched whole before it is worked on: everything that a run of outputs is made from, or a part of what
// a single output is made from that is too large for that.
type Load struct {
	First, End int // the outputs are Plan.Outputs[First:End]
	Step       Step

	Call        int   // of Scan: which of the output's calls scans, in the order of Expr.Calls
	Pass        int   // of Scan: which of its passes
	Spare       bool  // of Scan: the pass is one that is only made if the one before asks for it
	Start, Stop int64 // of Scan and Emit: elements of the call, and of the output's expression

	Size  int64   // bytes
	Reads []Range // what to fetch
	Parts []Part  // where the elements lie, in the order in which they were wanted
}

// Step is what a load is for.
type Step int

const (
	Whole Step = iota // all passes over its outputs
	Hold              // what every later load of the output needs
	Scan              // a window of one pass of one call
	Emit              // a window of the last pass
)

// Windowed tells whether the load is one of several for a single output.
func (l *Load) Windowed() bool { return l.Step != Whole }

// A Range is a stretch of one file, and where it goes.
type Range struct {
	Source int
	File   string
	Off    int64 // in the file
	Len    int64
	At     int64 // in the load
}

// A Part is a range of a leaf's elements, and where its bytes begin in the load.
type Part struct {
	Leaf   *Leaf
	Lo, Hi int64
	At     int64
}

// loadBuilder joins the ranges that a load wants into as few reads as make sense. It may build one load after the
// other.
type loadBuilder struct {
	parts []Part
	order []int // of the parts, by where they lie
	spare int64 // bytes that may be read to save requests
}

// want adds elements lo to hi of a leaf.
func (b *loadBuilder) want(l *Leaf, lo, hi int64) {
	if n := len(b.parts); n > 0 && b.parts[n-1].Leaf == l && b.parts[n-1].Hi == lo {
		b.parts[n-1].Hi = hi
		return
	}
	b.parts = append(b.parts, Part{Leaf: l, Lo: lo, Hi: hi})
}

func (p *Part) begin() int64 { return p.Leaf.Begin + p.Lo*p.Leaf.DType.Size() }
func (p *Part) end() int64   { return p.Leaf.Begin + p.Hi*p.Leaf.DType.Size() }

// build joins parts that overlap, touch or nearly touch in one file. A long stretch is cut into reads of about
// the same length, for several connections.
func (b *loadBuilder) build(l Load) Load {
	l.Parts = slices.Clone(b.parts)
	b.parts = b.parts[:0]
	b.order = b.order[:0]
	for i := range l.Parts {
		b.order = append(b.order, i)
	}
	slices.SortStableFunc(b.order, func(i, j int) int {
		x, y := &l.Parts[i], &l.Parts[j]
		return cmp.Or(cmp.Compare(x.Leaf.Source, y.Leaf.Source), cmp.Compare(x.Leaf.File, y.Leaf.File), cmp.Compare(x.begin(), y.begin()))
	})
	l.Reads = make([]Range, 0, min(len(l.Parts), 8))
	for i := 0; i < len(b.order); {
		from := &l.Parts[b.order[i]]
		begin, end := from.begin(), from.end()
		for ; i < len(b.order); i++ {
			p := &l.Parts[b.order[i]]
			gap := max(0, p.begin()-end)
			if p.Leaf.Source != from.Leaf.Source || p.Leaf.File != from.Leaf.File || gap > min(maxGap, b.spare) {
				break
			}
			b.spare -= gap
			p.At = l.Size + p.begin() - begin
			end = max(end, p.end())
		}
		length := end - begin
		reads := (length + maxRead - 1) / maxRead
		for k := range reads {
			off, stop := length*k/reads, length*(k+1)/reads
			l.Reads = append(l.Reads, Range{from.Leaf.Source, from.Leaf.File, begin + off, stop - off, l.Size + off})
		}
		l.Size += length
	}
	return l
}
