// Avo writes the kernels of package vec for amd64: assembly, and the Go declarations of it. It is a module of its own,
// so that lazymerge does not depend on what it needs. `go generate` in the folder of vec runs it.
//
// A kernel does the longest multiple of 16 of the elements of its first slice, or of another number or slice where it
// says so, and touches none after them. Its operations are those of the loop in Go that it stands for, one for one and
// in the same order: no product is fused with a sum, and every lane of a register holds what the loop would have at
// that element.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	decoders()
	encoders()
	rounders()
	roundersNarrow()
	combiners()
	sums()
	deltas()
	ranks()
	counts()
	draws()
	masks()
	Generate()
}

// step is the number of elements of one turn of a loop.
const step = 16

// kernel declares the function of this name and signature.
func kernel(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " " + doc)
}

// pointer loads the address of the first element of a slice.
func pointer(name string) reg.Register { return Load(Param(name).Base(), GP64()) }

// loop runs body for the first of every 16 elements of the slice of this name, and ends the kernel.
func loop(slice string, body func(i reg.Register), after ...func()) {
	loopOf(step, slice, body, after...)
}

// loopOf is loop for the first of every so many elements, a power of 2.
func loopOf(step int, slice string, body func(i reg.Register), after ...func()) {
	n, i := Load(Param(slice).Len(), GP64()), GP64()
	ANDQ(operand.I8(int8(-step)), n)
	XORQ(i, i)
	JMP(operand.LabelRef("test"))
	Label("loop")
	body(i)
	ADDQ(operand.I8(int8(step)), i)
	Label("test")
	CMPQ(i, n)
	JL(operand.LabelRef("loop"))
	for _, f := range after {
		f()
	}
	VZEROUPPER()
	RET()
}

// at is element i+k of the elements of this size from base on.
func at(base, i reg.Register, size, k int) operand.Mem {
	return operand.Mem{Base: base, Index: i, Scale: uint8(size), Disp: size * k}
}
