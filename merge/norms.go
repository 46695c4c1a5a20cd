package merge

import (
	"math"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// NormReport is the tensor whose Euclidean norm is furthest outside the range of its inputs' norms. A
// merge of related models stays close to them; a norm that is half or twice as large mostly means a
// wrong weight, base or parameter.
//
// Norms are estimated from the first 8,192 elements of every block of 65,536, which costs an eighth
// of the time and is off by well under a percent in any tensor large enough to be cut.
type NormReport struct {
	Tensor  string  // "" while every norm lies within its inputs'
	Norm    float64 // of the result, before the last rounding
	Low     float64 // smallest norm of its inputs
	High    float64 // largest
	Outside float64 // how far outside, as a share: 0.25 is a quarter above High or below Low
	Far     int     // how many tensors are further outside than FarOutside
}

// FarOutside is how far outside, as a share, a norm is that no longer looks like its inputs'.
const FarOutside = 0.5

// norms gathers the squares of one tensor and its inputs, block by block, so that their sums do not
// depend on the order in which blocks are done.
type norms struct {
	tensor string
	width  int       // inputs and the result
	blocks []float64 // width sums of squares for each block
	left   atomic.Int64
}

func newNorms(tensor string, inputs, blocks int) *norms {
	n := &norms{tensor: tensor, width: inputs + 1, blocks: make([]float64, (inputs+1)*blocks)}
	n.left.Store(int64(blocks))
	return n
}

// report compares the norms, once every block is in.
func (n *norms) report() NormReport {
	sums := make([]float64, n.width)
	for at := 0; at < len(n.blocks); at += n.width {
		for i := range sums {
			sums[i] += n.blocks[at+i]
		}
	}
	r := NormReport{Tensor: n.tensor, Low: math.Inf(1)}
	for i, sum := range sums {
		norm := math.Sqrt(sum)
		if i == n.width-1 {
			r.Norm = norm
			continue
		}
		r.Low, r.High = min(r.Low, norm), max(r.High, norm)
	}
	switch {
	case r.Norm > r.High && r.High > 0:
		r.Outside = r.Norm/r.High - 1
	case r.Norm < r.Low:
		r.Outside = 1 - r.Norm/r.Low
	}
	return r
}

// checkNorms adds the block of dst, whose first element is at: the result and the inputs of the call that made it.
func (e *engine) checkNorms(j *job, dst []float64, at int64, w *window, sc *scratch) {
	n := j.norms
	sums := n.blocks[at/j.block*int64(n.width):][:n.width]
	sample := min(len(dst), runLength)
	mark := sc.mark()
	row := sc.narrow(sample)
	for i, in := range j.value.kind.(*call).inputs {
		in.row(row, at, w, sc)
		sums[i] = dot(row, row)
	}
	sc.release(mark)
	sums[n.width-1] = squares(dst[:sample])
	if n.left.Add(-1) > 0 {
		return
	}
	r := n.report()
	n.blocks = nil
	e.found.norm(j.output.Tensors[0].Shard, r)
}

// add makes r the report of its tensors and those of o together. Of two that are as far outside it names the first by name.
func (r *NormReport) add(o NormReport) {
	far := r.Far + o.Far
	if o.Outside > r.Outside || o.Outside == r.Outside && o.Outside > 0 && o.Tensor < r.Tensor {
		*r = o
	}
	r.Far = far
}

// squares returns Σ xᵢ² over one run.
func squares(x []float64) float64 {
	var sums vec.Lanes
	vec.DotWide(&sums, x, x)
	return sums.Total()
}
