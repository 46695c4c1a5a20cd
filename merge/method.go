package merge

import (
	"fmt"
	"iter"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Kernel merges one output tensor of n elements. It sees rows of float32, makes float64, and never meets
// I/O, dtypes, threads or the Hub.
//
// The engine cuts the tensor into blocks at multiples of the unit that the method's table gives, the same cut
// for every pass. Where the table knows of passes it runs pass 0: Scan for every block, in any order and in parallel, and
// Fold once, which ranges over what Scan returned, in block order, while later blocks are
// still being scanned. It runs another pass as long as Fold asks for one, which may be fewer than the table says, and
// at most the worst number there. Then it calls Emit for every block, in any order and in parallel. Two runs give the
// same bits whatever the block size and the number of threads.
//
// The engine rounds a result once, to the type of the output. A NaN of an input is a NaN of the result at the same
// element, and no element is NaN or Inf because another one is. A kernel panics on blocks of the wrong
// number of rows, length or place: the engine's fault, not a config's. Package mergetest checks all of this.
type Kernel interface {
	// Scan reads one block in pass number pass, counted from 0.
	Scan(pass int, b *Block) any
	// Fold takes the results of a pass, and may use their memory again. A kernel must range over all of
	// parts; where the run ends before them, Fold does not return. It tells whether it needs
	// one more pass over all blocks.
	Fold(pass int, parts iter.Seq[any]) (again bool)
	// Emit writes the merged block to dst, which has as many elements as b and may be overwritten in any order.
	Emit(dst []float64, b *Block)
}

// A Looker is a Kernel that can make less work of a tensor after a look at it.
type Looker interface {
	Kernel
	// Look is called once, before pass 0, with the whole tensor as one block, where the table says how many passes there are then.
	// Any run may be asked for. Where kept is false, each is read from disk, and the tensor is too large for much to be kept of it.
	// A kernel must come to the same bits with and without a look, though perhaps in fewer passes, or in one more than its table
	// says.
	Look(whole *Block, kept bool)
}

// A Block is the same range of elements of every input of a tensor. Its rows are decoded when they are asked
// for, so a Block is for one goroutine at a time.
type Block struct {
	Index int   // counts from 0 in the order of the elements
	Start int64 // first element, row-major from the start of the tensor
	Len   int   // elements

	source source
}

// A source gives the rows of the blocks of a tensor.
type source interface {
	// run is Block.Run for elements lo to hi of b, which has them.
	run(b *Block, lo, hi int) [][]float32
}

// NewBlock returns a block of rows in memory, one for each input and all of one length.
func NewBlock(index int, start int64, rows [][]float32) *Block {
	b := &Block{Index: index, Start: start, source: &memory{rows: rows, cut: make([][]float32, len(rows))}}
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			panic(fmt.Sprintf("merge: row %d of a block has %d elements, row 0 has %d", i, len(row), len(rows[0])))
		}
		b.Len = len(row)
	}
	return b
}

// Run returns elements lo to hi, counted from the block's start, of every input. The rows are valid until the
// next Run and must not be changed.
func (b *Block) Run(lo, hi int) [][]float32 {
	if lo < 0 || lo > hi || hi > b.Len {
		panic(fmt.Sprintf("merge: elements %d to %d of a block of %d", lo, hi, b.Len))
	}
	return b.source.run(b, lo, hi)
}

// memory is the source of one block.
type memory struct{ rows, cut [][]float32 }

func (m *memory) run(_ *Block, lo, hi int) [][]float32 {
	for i, row := range m.rows {
		m.cut[i] = row[lo:hi]
	}
	return m.cut
}

// Spec is what a kernel is made from.
type Spec struct {
	Name  string  // of the output tensor
	Shape []int64 // of the output and of every input
	Args  recipe.Args
	Stage int    // number of the document that makes the tensor, counted from 0
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
