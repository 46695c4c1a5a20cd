package merge

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Kernel merges one output tensor of n elements. It sees float32 blocks and never I/O,
// dtypes, threads or the Hub.
//
// The engine cuts the tensor into blocks at multiples of Unit, the same cut for every pass.
// It runs pass 0 to Scans()-1: Scan for every block, in any order and in parallel, and
// Fold once, which ranges over what Scan returned, in block order, while later blocks are
// still being scanned. Then it calls Emit for every block, in any order and in parallel. Two runs give the
// same bits whatever the block size and the number of threads.
//
// A result is rounded to float32 once by the kernel and once more by the engine where the
// output is narrower. A NaN of an input is a NaN of the result at the same element, and no
// element is NaN or Inf because another one is. A kernel panics on rows of the wrong
// number, length or place: the engine's fault, not a config's. Package mergetest checks all of this.
type Kernel interface {
	// Unit is the number of elements that a block boundary must be a multiple of. The
	// engine takes a multiple of it that is near its own block size.
	Unit() int64
	// Scans tells how many passes over the inputs come before Emit.
	Scans() int
	// Scan reads one block in pass s. It must not keep b's rows.
	Scan(s int, b Block) any
	// Fold takes the results of pass s, and may use their memory again. A kernel must range
	// over all of parts; they end early where the run does, and no call follows then.
	Fold(s int, parts iter.Seq[any])
	// Emit writes the merged block to dst, which has as many elements as b's rows and
	// may be overwritten in any order; they do not overlap. It must not change b's rows.
	Emit(dst []float32, b Block)
}

// A Block is the same range of elements of every input of a tensor.
type Block struct {
	Index int         // counts from 0 in the order of the elements
	Start int64       // first element, row-major from the start of the tensor
	X     [][]float32 // one row for each input, all of one length
}

// Spec is what a kernel is made from.
type Spec struct {
	Name  string  // of the output tensor
	Shape []int64 // of the output and of every input
	Args  recipe.Args
	Seed  uint64 // of the methods that draw at random, whose table says so; the others do not look at it
}

// N returns the number of elements of the tensor.
func (s Spec) N() int64 {
	n := int64(1)
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// A Factory makes the kernel of one output tensor. Its Args have passed the method's table.
type Factory func(Spec) Kernel
