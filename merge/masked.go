package merge

import (
	"iter"
	"math"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A masked is the kernel of the methods that keep some entries of every task vector
// d = x − base, formed as float32, and merge what is left element by element: by a vote of
// signs, or as a sum.
//
// It forms the task vectors, runs the trimmer's passes, makes one more pass for the sums of
// magnitudes where rescale asks for them, and merges. The result of an element is made in float64, inputs
// in order. An element where a task vector is NaN becomes NaN, kept or not.
type masked struct {
	n      int64
	inputs int
	base   int

	trimmer   trimmer   // nil keeps every entry
	rescale   bool      // give every trimmed vector the L1 norm that it had
	weights   []float64 // one for each input but the base, in input order
	sum       bool      // every entry that is left counts; else those that agree with the majority
	normalize bool      // divide by the weights that took part in a vote
	lambda    float64   // of the merged task vector; of a sum, divided by all weights where they normalize it

	trimmed bool      // the trimmer's passes are done
	factors []float64 // weights, rescaled
}

// A trimmer decides which entries of the task vectors stay. Its passes are run as a Kernel's are,
// but block after block comes in runs: rows of at most runLength elements, one for each
// task vector.
type trimmer interface {
	// scans tells whether there is a pass to make.
	scans() bool
	// scan adds one run to part, the result of the block so far, and returns it. part is
	// nil at the block's first run.
	scan(pass int, part any, d [][]float32) any
	// fold takes the results of a pass in block order. It tells whether it needs one more.
	fold(pass int, parts iter.Seq[any]) (again bool)
	// open sets left, one number for each row, to what trim needs at the start of a block.
	open(block int, left []int64)
	// trim makes 0 of the entries that do not stay. It is called for the runs of a block in
	// order; first is the index of their first element in the tensor. A NaN stays.
	trim(d [][]float32, first int64, left []int64)
}

// newMasked returns the kernel for s with the parameters that the methods of this family share:
// weight, normalize, lambda and rescale, which has no meaning without a trimmer.
func newMasked(s Spec, t trimmer) *masked {
	k := &masked{
		n: s.N(), inputs: len(s.Args.PerModel), base: s.Args.Base,
		trimmer: t, rescale: t != nil && s.Args.Shared["rescale"] != 0,
		weights:   perModel(s.Args, "weight"),
		normalize: s.Args.Shared["normalize"] != 0,
		lambda:    s.Args.Shared["lambda"],
	}
	k.factors = k.weights
	k.trimmed = t == nil || !t.scans()
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

// maskedUnit is the unit of the methods whose trimmers take runs, by their densities.
func maskedUnit(_ []int64, a recipe.Args) int64 {
	if trims(perModel(a, "density")) {
		return runLength
	}
	return 1
}

func (k *masked) unit() int64 {
	if k.trimmer == nil {
		return 1
	}
	return runLength
}

func (k *masked) Scan(pass int, b *Block) any {
	checkBlock(b, k.n, k.unit())
	v := takeDeltas(k.inputs - 1)
	defer deltasPool.Put(v)
	if k.trimmed {
		return k.scanNorms(b, v)
	}
	var part any
	for lo := 0; lo < b.Len; lo += runLength {
		v.form(run(b, lo, min(lo+runLength, b.Len), k.inputs), k.base)
		part = k.trimmer.scan(pass, part, v.d)
	}
	return part
}

// scanNorms sums the magnitudes of every row, before and after trimming.
func (k *masked) scanNorms(b *Block, v *deltas) *runSums {
	n, width := b.Len, 2*len(v.d)
	part := takeRunSums(n, width)
	k.trimmer.open(b.Index, v.left)
	for lo, sums := 0, part.sums; lo < n; lo, sums = lo+runLength, sums[width:] {
		v.form(run(b, lo, min(lo+runLength, n), k.inputs), k.base)
		for j, d := range v.d {
			sums[2*j] = sumAbs(d)
		}
		k.trimmer.trim(v.d, b.Start+int64(lo), v.left)
		for j, d := range v.d {
			sums[2*j+1] = sumAbs(d)
		}
	}
	return part
}

func (k *masked) Fold(pass int, parts iter.Seq[any]) (again bool) {
	if !k.trimmed {
		k.trimmed = !k.trimmer.fold(pass, parts)
		return !k.trimmed || k.rescale
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
	checkBlock(b, k.n, k.unit())
	checkResult(dst, b)
	v := takeDeltas(k.inputs - 1)
	if k.trimmer != nil {
		k.trimmer.open(b.Index, v.left)
	}
	for lo := 0; lo < len(dst); lo += runLength {
		hi := min(lo+runLength, len(dst))
		x := run(b, lo, hi, k.inputs)
		v.form(x, k.base)
		if k.trimmer != nil {
			k.trimmer.trim(v.d, b.Start+int64(lo), v.left)
		}
		if k.sum {
			k.add(dst[lo:hi], x[k.base], v)
		} else {
			k.elect(dst[lo:hi], x[k.base], v)
		}
	}
	deltasPool.Put(v)
}

// electLength is the number of elements that elect and add work on at a time, so that their sums stay
// in the first-level cache.
const electLength = 512

// elect merges one run into dst: with eⱼ = factorⱼ·dⱼ it votes for the sign of Σ eⱼ, + for 0,
// and adds λ · Σ eⱼ / Σ weightⱼ to base, both sums over the j with that sign. The division is left
// out without normalize and where the sum of weights is 0.
func (k *masked) elect(dst []float64, base []float32, v *deltas) {
	for lo := 0; lo < len(dst); lo += electLength {
		hi := min(lo+electLength, len(dst))
		sum, num, den := v.sum[:hi-lo], v.num[:hi-lo], v.den[:hi-lo]
		clear(sum)
		clear(num)
		clear(den)
		for j, d := range v.d {
			addScaled(sum, d[lo:hi], k.factors[j])
		}
		for j, d := range v.d {
			addAgreeing(num, den, sum, d[lo:hi], k.factors[j], k.weights[j])
		}
		if k.normalize {
			for i, w := range den {
				if w != 0 {
					num[i] /= w
				}
			}
		}
		addMerged(dst[lo:hi], base[lo:hi], sum, num, k.lambda)
	}
}

// add merges one run into dst: base + λ · Σ factorⱼ·dⱼ.
func (k *masked) add(dst []float64, base []float32, v *deltas) {
	for lo := 0; lo < len(dst); lo += electLength {
		hi := min(lo+electLength, len(dst))
		sum := v.sum[:hi-lo]
		clear(sum)
		for j, d := range v.d {
			addScaled(sum, d[lo:hi], k.factors[j])
		}
		addMerged(dst[lo:hi], base[lo:hi], sum, sum, k.lambda)
	}
}

// addScaled adds f·d to sum.
func addScaled(sum []float64, d []float32, f float64) {
	d = d[:len(sum)]
	for i := range sum {
		sum[i] += float64(f * float64(d[i]))
	}
}

// addAgreeing adds f·d to num and w to den where f·d is not 0 and has the sign of sum. Signs are
// compared as bits, for they are a coin toss and a branch would be mispredicted half the time.
func addAgreeing(num, den, sum []float64, d []float32, f, w float64) {
	den, sum, d = den[:len(num)], sum[:len(num)], d[:len(num)]
	weight := math.Float64bits(w)
	for i := range num {
		e := math.Float64bits(float64(f * float64(d[i])))
		agree := ^uint64(int64(e^math.Float64bits(sum[i])) >> 63)
		magnitude := e << 1
		agree &= uint64(int64(magnitude|-magnitude) >> 63)
		num[i] += math.Float64frombits(e & agree)
		den[i] += math.Float64frombits(weight & agree)
	}
}

// addMerged writes base + λ·merged to dst: NaN where sum is, and the bits of base where merged is 0.
func addMerged(dst []float64, base []float32, sum, merged []float64, lambda float64) {
	base, sum, merged = base[:len(dst)], sum[:len(dst)], merged[:len(dst)]
	for i := range dst {
		m := merged[i]
		switch {
		case sum[i] != sum[i]:
			dst[i] = sum[i]
		case m == 0:
			dst[i] = float64(base[i])
		default:
			dst[i] = float64(base[i]) + float64(lambda*m)
		}
	}
}
