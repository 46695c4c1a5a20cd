package main

import "fmt"

// An instruction is one that works on vectors. Go's assembler knows few of them, so all are written as words, each with
// what it is beside it, in the notation of the Arm Architecture Reference Manual for A-profile architecture, which has the codes.
type instruction struct {
	text string // the vector that it writes first, then those it reads
	code uint32 // all of its vectors being v0
}

var (
	fadd2d = instruction{"fadd v%d.2d, v%d.2d, v%d.2d", 0x4e60d400}
	fsub2d = instruction{"fsub v%d.2d, v%d.2d, v%d.2d", 0x4ee0d400}
	fmul2d = instruction{"fmul v%d.2d, v%d.2d, v%d.2d", 0x6e60dc00}
	fdiv2d = instruction{"fdiv v%d.2d, v%d.2d, v%d.2d", 0x6e60fc00}
	fadd4s = instruction{"fadd v%d.4s, v%d.4s, v%d.4s", 0x4e20d400}
	fsub4s = instruction{"fsub v%d.4s, v%d.4s, v%d.4s", 0x4ea0d400}
	fabs2d = instruction{"fabs v%d.2d, v%d.2d", 0x4ee0f800}

	// Whether they are equal; a NaN is not. All bits of a lane say so.
	fcmeq2d  = instruction{"fcmeq v%d.2d, v%d.2d, v%d.2d", 0x4e60e400}
	fcmeq4s  = instruction{"fcmeq v%d.4s, v%d.4s, v%d.4s", 0x4e20e400}
	fcmeq2d0 = instruction{"fcmeq v%d.2d, v%d.2d, #0.0", 0x4ee0d800}
	fcmeq4s0 = instruction{"fcmeq v%d.4s, v%d.4s, #0.0", 0x4ea0d800}

	// From the lower half of a vector to the next wider type, and with a 2 from the upper half.
	fcvtl    = instruction{"fcvtl v%d.2d, v%d.2s", 0x0e617800}
	fcvtl2   = instruction{"fcvtl2 v%d.2d, v%d.4s", 0x4e617800}
	fcvtl4s  = instruction{"fcvtl v%d.4s, v%d.4h", 0x0e217800}
	fcvtl4s2 = instruction{"fcvtl2 v%d.4s, v%d.8h", 0x4e217800}
	shll4s   = instruction{"shll v%d.4s, v%d.4h, #16", 0x2e613800}
	shll4s2  = instruction{"shll2 v%d.4s, v%d.8h, #16", 0x6e613800}
	sxtl2d   = instruction{"sshll v%d.2d, v%d.2s, #0", 0x0f20a400}
	sxtl2d2  = instruction{"sshll2 v%d.2d, v%d.4s, #0", 0x4f20a400}

	// To the lower half of a vector of the next narrower type, and with a 2 to the upper half, which keeps the lower
	// one: to nearest even, or (x) to odd, which sets the last place where the number is not exact, and makes the largest finite
	// number of what is larger.
	fcvtn    = instruction{"fcvtn v%d.2s, v%d.2d", 0x0e616800}
	fcvtn2   = instruction{"fcvtn2 v%d.4s, v%d.2d", 0x4e616800}
	fcvtn4h  = instruction{"fcvtn v%d.4h, v%d.4s", 0x0e216800}
	fcvtn8h2 = instruction{"fcvtn2 v%d.8h, v%d.4s", 0x4e216800}
	fcvtxn   = instruction{"fcvtxn v%d.2s, v%d.2d", 0x2e616800}
	fcvtxn2  = instruction{"fcvtxn2 v%d.4s, v%d.2d", 0x6e616800}

	cmeq4s  = instruction{"cmeq v%d.4s, v%d.4s, v%d.4s", 0x6ea08c00}
	cmgt4s  = instruction{"cmgt v%d.4s, v%d.4s, v%d.4s", 0x4ea03400}  // signed, the first above the second
	cmtst4s = instruction{"cmtst v%d.4s, v%d.4s, v%d.4s", 0x4ea08c00} // whether they share a bit
	cmhs8h  = instruction{"cmhs v%d.8h, v%d.8h, v%d.8h", 0x6e603c00}  // unsigned, the first no less than the second

	add4s   = instruction{"add v%d.4s, v%d.4s, v%d.4s", 0x4ea08400}
	add2d   = instruction{"add v%d.2d, v%d.2d, v%d.2d", 0x4ee08400}
	addp16b = instruction{"addp v%d.16b, v%d.16b, v%d.16b", 0x4e20bc00} // of neighbors, those of the first vector first
	sub4s   = instruction{"sub v%d.4s, v%d.4s, v%d.4s", 0x6ea08400}
	ushr10  = instruction{"ushr v%d.4s, v%d.4s, #10", 0x6f360400}
	ushr16  = instruction{"ushr v%d.4s, v%d.4s, #16", 0x6f300400}
	ushr20  = instruction{"ushr v%d.4s, v%d.4s, #20", 0x6f2c0400}
	sshr63  = instruction{"sshr v%d.2d, v%d.2d, #63", 0x4f410400}
	uzp18h  = instruction{"uzp1 v%d.8h, v%d.8h, v%d.8h", 0x4e401800} // the lower half of every 32 bits
	uzp28h  = instruction{"uzp2 v%d.8h, v%d.8h, v%d.8h", 0x4e405800} // the upper half
	uzp116b = instruction{"uzp1 v%d.16b, v%d.16b, v%d.16b", 0x4e001800}
	uzp14s  = instruction{"uzp1 v%d.4s, v%d.4s, v%d.4s", 0x4e801800}
	uzp24s  = instruction{"uzp2 v%d.4s, v%d.4s, v%d.4s", 0x4e805800}
	tbl     = instruction{"tbl v%d.16b, { v%d.16b }, v%d.16b", 0x4e000000} // the first's bytes that the second numbers
	shrn4   = instruction{"shrn v%d.8b, v%d.8h, #4", 0x0f0c8400}           // bits 4 to 11 of every 16
	umax8h  = instruction{"umax v%d.8h, v%d.8h, v%d.8h", 0x6e606400}

	// The largest of all lanes, to the first one; the others become 0.
	umaxv8h = instruction{"umaxv h%d, v%d.8h", 0x6e70a800}
	umaxv4s = instruction{"umaxv s%d, v%d.4s", 0x6eb0a800}
	addv4s  = instruction{"addv s%d, v%d.4s", 0x4eb1b800} // the sum instead

	and = instruction{"and v%d.16b, v%d.16b, v%d.16b", 0x4e201c00}
	bic = instruction{"bic v%d.16b, v%d.16b, v%d.16b", 0x4e601c00} // the first's bits where the second's are 0
	orr = instruction{"orr v%d.16b, v%d.16b, v%d.16b", 0x4ea01c00}
	orn = instruction{"orn v%d.16b, v%d.16b, v%d.16b", 0x4ee01c00} // or not the second
	eor = instruction{"eor v%d.16b, v%d.16b, v%d.16b", 0x6e201c00}
	bit = instruction{"bit v%d.16b, v%d.16b, v%d.16b", 0x6ea01c00} // writes the first's bits where the second's are 1, and no others
	bif = instruction{"bif v%d.16b, v%d.16b, v%d.16b", 0x6ee01c00} // where they are 0
)

// umull are the products of the lower halves of vectors, and of the upper ones.
var umull = [2]instruction{{"umull v%d.2d, v%d.2s, v%d.2s", 0x2ea0c000}, {"umull2 v%d.2d, v%d.4s, v%d.4s", 0x6ea0c000}}

// to writes the instruction from some vectors to v.
func (i instruction) to(v vector, from ...vector) {
	code, args := i.code|uint32(v), []any{v}
	for j, f := range from {
		code |= uint32(f) << []int{5, 16}[j]
		args = append(args, f)
	}
	write("WORD $%#08x // %s", code, fmt.Sprintf(i.text, args...))
}

// of writes it from some vectors to a free one, and returns that.
func (i instruction) of(from ...vector) vector {
	v := newVector()
	i.to(v, from...)
	return v
}

// ofFour is of for the halves of one or two fours.
func (i instruction) ofFour(from ...four) (out four) {
	for h := range out {
		var vs []vector
		for _, f := range from {
			vs = append(vs, f[h])
		}
		out[h] = i.of(vs...)
	}
	return out
}
