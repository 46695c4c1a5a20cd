package merge

import "github.com/lazymerge/lazymerge/merge/plan"

// A call yields what a method makes. Its kernel works in blocks of the call's own, whatever range is asked for.
type call struct {
	op     *plan.Call
	inputs []*value
	kernel Kernel
	n      int64 // elements
	block  int64
	looked bool // the kernel has looked at the whole tensor
}

// worst is the most passes that the kernel may ask for.
func (c *call) worst() int {
	if c.looked {
		return c.op.Work.Worst + 1
	}
	return c.op.Work.Worst
}

func newCall(m *making, op plan.Op, parts []*value) kind {
	c := &call{op: op.(*plan.Call), inputs: parts}
	shape := op.Shape()
	spec := Spec{Name: m.output, Shape: shape, Args: c.op.Args}
	if d := c.op.Draw; d != nil {
		spec.Name, spec.Seed, spec.Stage = d.Name, d.Seed, d.Stage
	}
	c.kernel, c.n, c.block = m.kernel(c.op.Method, spec), spec.N(), c.op.Block()
	m.calls = append(m.calls, c)
	return c
}

func (c *call) wide(dst []float64, lo int64, w *window, sc *scratch) {
	for len(dst) > 0 {
		start := lo / c.block * c.block
		all := min(c.block, c.n-start)
		n := min(int(start+all-lo), len(dst))
		if int64(n) == all {
			c.emit(dst[:n], start, w, sc)
		} else {
			mark := sc.mark()
			block := sc.wide(int(all))
			c.emit(block, start, w, sc)
			copy(dst[:n], block[lo-start:])
			sc.release(mark)
		}
		dst, lo = dst[n:], lo+int64(n)
	}
}

// emit makes the block from start on.
func (c *call) emit(dst []float64, start int64, w *window, sc *scratch) {
	mark := sc.mark()
	c.kernel.Emit(dst, c.at(start, len(dst), w, sc))
	sc.release(mark)
}

// at returns the block of n elements from start on. It is good until sc is released to a mark from before.
func (c *call) at(start int64, n int, w *window, sc *scratch) *Block {
	r := sc.rows()
	r.call, r.start, r.window, r.sc = c, start, w, sc
	r.whole = r.whole[:0]
	for _, in := range c.inputs {
		var row []float32
		if _, stored := in.kind.(leaf); !stored { // which would be made again and again, run by run
			row = sc.narrow(n)
			in.row(row, start, w, sc)
		}
		r.whole = append(r.whole, row)
	}
	r.base = sc.mark()
	r.block = Block{Index: int(start / c.block), Start: start, Len: n, source: r}
	return &r.block
}

// rows decode a block's inputs, run by run.
type rows struct {
	block  Block
	call   *call
	start  int64
	window *window
	sc     *scratch
	base   mark
	whole  [][]float32 // of the inputs that are made at once; nil for the others
	out    [][]float32
}

func (r *rows) run(_ *Block, lo, hi int) [][]float32 {
	r.sc.release(r.base)
	r.out = r.out[:0]
	for i, in := range r.call.inputs {
		if r.whole[i] != nil {
			r.out = append(r.out, r.whole[i][lo:hi:hi])
			continue
		}
		row := r.sc.narrow(hi - lo)
		in.row(row, r.start+int64(lo), r.window, r.sc)
		r.out = append(r.out, row)
	}
	return r.out
}
