package merge

import "iter"

// An each is the kernel of the methods that make every element of the result of the same element of the inputs, by
// parameters alone. It takes no pass, and its unit is 1.
type each struct {
	n      int64
	inputs int
	merge  func(dst []float64, rows [][]float32)
}

// newEach returns the kernel that calls merge for runs of elements, in any order and in parallel, with a row for each input, in
// input order and of dst's length. merge writes all of dst, does not change rows or keep them, and allocates nothing.
func newEach(s Spec, merge func(dst []float64, rows [][]float32)) Kernel {
	return &each{n: s.N(), inputs: len(s.Args.PerModel), merge: merge}
}

func (k *each) Scan(int, *Block) any { panic("merge: a pass of a method that takes none") }

func (k *each) Fold(int, iter.Seq[any]) (again bool) {
	panic("merge: a pass of a method that takes none")
}

func (k *each) Emit(dst []float64, b *Block) {
	checkBlock(b, k.n, 1)
	checkResult(dst, b)
	for lo := 0; lo < len(dst); lo += runLength {
		hi := min(lo+runLength, len(dst))
		k.merge(dst[lo:hi], rowsOf(b, lo, hi, k.inputs))
	}
}
