package merge

import (
	"iter"
	"math"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// A masked is the kernel of the methods that keep some entries of every task vector
// d = x − base, and merge what is left element by element: by a vote of signs, or as a sum.
//
// Which entries stay follows from keys, the task vectors as float32. What is added is x − base in float64. It
// runs the trimmer's passes, makes one more pass for the sums of
// magnitudes where rescale asks for them, and merges. Sums are in float64, inputs in order. An element where a
// task vector is NaN becomes NaN, kept or not.
type masked struct {
	n      int64
	inputs int
	base   int

	trimmer   trimmer   // nil keeps every entry
	run       int       // elements that are worked on at a time
	unit      int64     // run, and 1 without a trimmer
	rescale   bool      // give every trimmed vector the L1 norm that it had
	weights   []float64 // one for each input but the base, in input order
	sum       bool      // every entry that is left counts; else those that agree with the majority
	normalize bool      // divide by the weights that took part in a vote
	lambda    float64   // of the merged task vector; of a sum, divided by all weights where they normalize it

	norms   int       // the pass of the norms, after those of the trimmer; -1 while it is not known
	factors []float64 // weights, rescaled
}

// A trimmer decides which entries of the task vectors stay. Its passes are run as a Kernel's are,
// but block after block comes in runs of keys, one row for each task vector.
type trimmer interface {
	// run is the number of elements of a run, but for the tensor's last: a run begins at each multiple of it.
	run() int
	// searches tells whether there is a pass to make.
	searches() bool
	// scan adds one run to part, the result of the block so far, and returns it. part is
	// nil at the block's first run.
	scan(pass int, part any, keys [][]float32) any
	// fold takes the results of a pass in block order. It tells whether it needs one more.
	fold(pass int, parts iter.Seq[any]) (again bool)
	// open sets left, two numbers for each row, to what trim needs at the start of a block.
	open(block int, left []int64)
	// trim makes 0 of the entries that do not stay. It is called for the runs of a block in
	// order; first is the index of their first element in the tensor. A NaN stays.
	trim(keys [][]float32, first int64, left []int64)
}

// A looker is a trimmer that can make use of a look at whole rows, see [Looker].
type looker interface {
	// look may ask for entries lo to hi of n of all keys, which are valid until the next call. kept is that of a Looker.
	look(n int64, kept bool, keys func(lo, hi int) [][]float32)
}

// A ranker is a trimmer that can say of most blocks, and of each row, which magnitude the entries that stay exceed.
type ranker interface {
	// above sets magnitudes, as signed integers, and returns false where none decides.
	above(block int, magnitudes []int32) bool
}

// newMasked returns the kernel for s with the parameters that the methods of this family share:
// weight, normalize, lambda and rescale, which has no meaning without a trimmer.
func newMasked(s Spec, t trimmer) *masked {
	k := &masked{
		n: s.N(), inputs: len(s.Args.PerModel), base: s.Args.Base,
		trimmer: t, run: runLength, unit: 1,
		weights:   perModel(s.Args, "weight"),
		normalize: s.Args.Shared["normalize"] != 0,
		lambda:    s.Args.Shared["lambda"],
	}
	if t != nil {
		k.run, k.unit = t.run(), int64(t.run())
		k.rescale = s.Args.Shared["rescale"] != 0
		if t.searches() {
			k.norms = -1
		}
	}
	k.factors = k.weights
	return k
}

// newMaskedSum is newMasked without a vote, so that normalize divides by the sum of all weights,
// except where that is nearly 0.
func newMaskedSum(s Spec, t trimmer) *masked {
	k := newMasked(s, t)
	k.sum = true
	if sum := total(k.weights); k.normalize && math.Abs(sum) >= minWeightSum {
		k.lambda /= sum
	}
	return k
}

// Look lets the trimmer look at the keys.
func (k *masked) Look(b *Block, kept bool) {
	l, ok := k.trimmer.(looker)
	if !ok {
		return
	}
	r := takeRoom()
	l.look(k.n, kept, func(lo, hi int) [][]float32 { return r.subtract(rowsOf(b, lo, hi, k.inputs), k.base) })
	r.give()
}

func (k *masked) Scan(pass int, b *Block) any {
	checkBlock(b, k.n, k.unit)
	r := takeRoom()
	defer r.give()
	if pass == k.norms {
		return k.scanNorms(b, r)
	}
	var part any
	for lo := 0; lo < b.Len; lo += k.run {
		x := rowsOf(b, lo, min(lo+k.run, b.Len), k.inputs)
		part = k.trimmer.scan(pass, part, r.subtract(x, k.base))
	}
	return part
}

// scanNorms sums the magnitudes of every task vector, before and after trimming.
func (k *masked) scanNorms(b *Block, r *room) *runSums {
	width := 2 * (k.inputs - 1)
	part := takeRunSums(b.Len, k.run, width)
	k.open(b, r)
	r.above = resize(r.above, k.inputs-1)
	clear(r.above)
	for lo, sums := 0, part.sums; lo < b.Len; lo, sums = lo+k.run, sums[width:] {
		k.trim(b, lo, min(lo+k.run, b.Len), r)
		for j, d := range r.deltas {
			sums[2*j], sums[2*j+1] = sumKept(d.X, r.base, d.Key)
		}
	}
	return part
}

// sumKept returns Σ |d| of one run and that of the entries whose key is not 0.
func sumKept(x, base, key []float32) (all, kept float64) {
	for lo := 0; lo < len(x); lo += runLength {
		hi := min(lo+runLength, len(x))
		var a, k vec.Lanes
		vec.SumKept(&a, &k, x[lo:hi], base[lo:hi], key[lo:hi])
		all += a.Total()
		kept += k.Total()
	}
	return all, kept
}

func (k *masked) Fold(pass int, parts iter.Seq[any]) (again bool) {
	if pass != k.norms {
		if k.trimmer.fold(pass, parts) {
			return true
		}
		k.norms = pass + 1
		return k.rescale
	}
	norms := make([]float64, 2*len(k.weights))
	foldRuns(norms, parts)
	k.factors = make([]float64, len(k.weights))
	for j, w := range k.weights {
		k.factors[j] = w * rescaling(norms[2*j], norms[2*j+1])
	}
	return false
}

// rescaling returns the factor that gives a vector of L1 norm kept the L1 norm all. It is 1 where either is
// too small, and where a NaN or Inf makes it meaningless.
//
// Source: mergekit 0.1.5, sparsify.py, rescale_norm.L1.
func rescaling(all, kept float64) float64 {
	if all < 1e-7 || kept < 1e-7 {
		return 1
	}
	if f := all / kept; !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	return 1
}

func (k *masked) Emit(dst []float64, b *Block) {
	checkBlock(b, k.n, k.unit)
	checkResult(dst, b)
	r := takeRoom()
	r.elect = resize(r.elect, vec.ElectRoom(k.inputs-1))
	k.open(b, r)
	above := k.above(b, r)
	for lo := 0; lo < len(dst); lo += k.run {
		hi := min(lo+k.run, len(dst))
		if above {
			k.deltas(b, lo, hi, r)
		} else {
			k.trim(b, lo, hi, r)
		}
		if k.sum {
			vec.AddDeltas(dst[lo:hi], r.base, r.deltas, k.lambda)
		} else {
			vec.Elect(dst[lo:hi], r.base, r.deltas, k.lambda, k.normalize, r.elect)
		}
	}
	r.give()
}

// open makes r ready for the runs of a block.
func (k *masked) open(b *Block, r *room) {
	if k.trimmer != nil {
		r.left = resize(r.left, 2*(k.inputs-1))
		k.trimmer.open(b.Index, r.left)
	}
}

// above sets the magnitudes of r for an election in a block, and tells whether they decide which entries stay.
func (k *masked) above(b *Block, r *room) bool {
	r.above = resize(r.above, k.inputs-1)
	t, ok := k.trimmer.(ranker)
	if ok && !k.sum && vec.ElectsAbove() && t.above(b.Index, r.above) {
		return true
	}
	clear(r.above)
	return false
}

// deltas makes the task vectors of elements lo to hi of a block in r, and returns the inputs. Of each vector the entries stay that
// exceed the magnitudes of r.
func (k *masked) deltas(b *Block, lo, hi int, r *room) [][]float32 {
	x := rowsOf(b, lo, hi, k.inputs)
	r.base = x[k.base]
	r.deltas = r.deltas[:0]
	for i, row := range x {
		if j := len(r.deltas); i != k.base {
			r.deltas = append(r.deltas, vec.Delta{X: row, Factor: k.factors[j], Weight: k.weights[j], Above: r.above[j]})
		}
	}
	return x
}

// trim makes the task vectors of elements lo to hi of a block in r, with the entries left out that do not stay.
// Runs come in order.
func (k *masked) trim(b *Block, lo, hi int, r *room) {
	x := k.deltas(b, lo, hi, r)
	if k.trimmer == nil {
		return
	}
	keys := r.subtract(x, k.base)
	k.trimmer.trim(keys, b.Start+int64(lo), r.left)
	for j, key := range keys {
		r.deltas[j].Key = key
	}
}
