package plan

import (
	"cmp"
	"slices"
)

// Windowed tells whether the load is a window of one tensor.
func (l *Load) Windowed() bool { return l.Stop > 0 }

// wholeLoad is a load of all inputs of a run of tensors, with at most spare bytes that nobody wants.
func wholeLoad(p *Plan, first, end int, spare int64) Load {
	b := loadBuilder{spare: spare}
	for i := first; i < end; i++ {
		for leaf := range p.Tensors[i].Expr.leaves() {
			b.want(leaf, leaf.Begin, leaf.End)
		}
	}
	return b.build(Load{First: first, End: end})
}

func (t *Tensor) inputBytes() int64 {
	var n int64
	for leaf := range t.Expr.leaves() {
		n += leaf.End - leaf.Begin
	}
	return n
}

// loadBuilder joins the ranges that a load wants into as few reads as make sense. It may build one load after the
// other.
type loadBuilder struct {
	wants []want
	spare int64 // bytes that may be read to save requests
}

// A want is the bytes of one leaf. The leaf's number is its place among the wants.
type want struct {
	source     int
	file       string
	begin, end int64
	leaf       int
}

func (b *loadBuilder) want(leaf *Expr, begin, end int64) {
	b.wants = append(b.wants, want{leaf.Source, leaf.File, begin, end, len(b.wants)})
}

// build joins wants that overlap, touch or nearly touch in one file. A long stretch is cut into reads of about
// the same length, for several connections.
func (b *loadBuilder) build(l Load) Load {
	l.Places = make([]int64, len(b.wants))
	wants := slices.DeleteFunc(b.wants, func(w want) bool { return w.begin == w.end })
	slices.SortStableFunc(wants, func(x, y want) int {
		return cmp.Or(cmp.Compare(x.source, y.source), cmp.Compare(x.file, y.file), cmp.Compare(x.begin, y.begin))
	})
	b.wants = b.wants[:0]
	l.Reads = make([]Range, 0, min(len(wants), 8))
	for i := 0; i < len(wants); {
		from := wants[i]
		end := from.end
		for ; i < len(wants); i++ {
			w := wants[i]
			gap := max(0, w.begin-end)
			if w.source != from.source || w.file != from.file || gap > min(maxGap, b.spare) {
				break
			}
			b.spare -= gap
			l.Places[w.leaf] = l.Size + w.begin - from.begin
			end = max(end, w.end)
		}
		length := end - from.begin
		reads := (length + maxRead - 1) / maxRead
		for k := range reads {
			off, stop := length*k/reads, length*(k+1)/reads
			l.Reads = append(l.Reads, Range{from.source, from.file, from.begin + off, stop - off, l.Size + off})
		}
		l.Size += length
	}
	return l
}
