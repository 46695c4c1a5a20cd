package merge

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A job is one output under way.
type job struct {
	output *plan.Output
	value  *value
	calls  []*call // that make passes, in that order
	n      int64   // elements of the expression
	block  int64   // of them, that are made and encoded together

	norms *norms   // nil where a tensor is passed on
	later [][]byte // the output's tensors but the first, which are written behind it
	held  *window  // of an output that is made in windows
}

func newJob(o *plan.Output, kernel func(string, Spec) Kernel) *job {
	j := &job{output: o, n: o.Expr.Elements(), block: o.Block()}
	if o.Codec == plan.Copy {
		return j
	}
	m := &making{output: o.Name(), kernel: kernel}
	j.value = m.value(&o.Expr)
	j.calls = m.calls
	if c := o.Call(); c != nil {
		j.norms = newNorms(o.Name(), len(c.Inputs), int((j.n+j.block-1)/j.block))
	}
	for _, t := range o.Tensors[1:] {
		j.later = append(j.later, make([]byte, t.End-t.Begin))
	}
	return j
}

// span ranges over the elements that l is about.
func (j *job) span(l *load) (start, stop int64) {
	if l.Step == plan.Emit {
		return l.Start, l.Stop
	}
	return 0, j.n
}

// blocks ranges over where blocks of that size from start to stop begin, and how long they are.
func blocks(start, stop, size int64) iter.Seq2[int64, int] {
	return func(yield func(int64, int) bool) {
		for at := start; at < stop; at += size {
			if !yield(at, int(min(size, stop-at))) {
				return
			}
		}
	}
}

// bytes returns where the block of n elements from lo on goes: first, which has room for the first tensor's part of
// it, and the places in the others.
func (j *job) bytes(sc *scratch, first []byte, lo int64, n int) [][]byte {
	sc.parts = append(sc.parts[:0], first)
	for i, all := range j.later {
		from, to := j.output.Part(i+1, lo, lo+int64(n))
		size := j.output.Tensors[i+1].DType.Size()
		sc.parts = append(sc.parts, all[from*size:to*size])
	}
	return sc.parts
}
