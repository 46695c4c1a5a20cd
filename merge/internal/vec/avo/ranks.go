package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Bits of float32s.
const magnitude32, inf = 1<<31 - 1, 0xff << 23

func ranks() {
	kernel("simdKeepAbove", "func(d []float32, threshold uint32)",
		"makes 0 of every entry whose magnitude is not above threshold, both as signed integers.")
	d, threshold, abs := pointer("d"), integer("threshold"), repeat(32, magnitude32)
	loop("d", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			x, m := YMM(), YMM()
			VMOVDQU(at(d, i, 4, k), x)
			VPAND(abs, x, m)
			VPCMPGTD(threshold, m, m)
			VPAND(m, x, x)
			VMOVDQU(x, at(d, i, 4, k))
		}
	})

	kernel("simdDropAbove", "func(d []float32, threshold uint32)",
		"makes 0 of every entry whose magnitude is above threshold, both as signed integers, but for NaN.")
	d, threshold, abs = pointer("d"), integer("threshold"), repeat(32, magnitude32)
	infinity := repeat(32, inf)
	loop("d", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			x, m, drop := YMM(), YMM(), YMM()
			VMOVDQU(at(d, i, 4, k), x)
			VPAND(abs, x, m)
			VPCMPGTD(threshold, m, drop)
			VPCMPGTD(infinity, m, m)
			VPANDN(drop, m, drop)
			VPANDN(x, drop, x)
			VMOVDQU(x, at(d, i, 4, k))
		}
	})

	kernel("simdCountEqual", "func(d []float32, magnitude uint32) uint32", "counts the entries of this magnitude.")
	d, threshold, abs = pointer("d"), integer("magnitude"), repeat(32, magnitude32)
	count := YMM()
	VPXOR(count, count, count)
	loop("d", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			m := YMM()
			VPAND(at(d, i, 4, k), abs, m)
			VPCMPEQD(threshold, m, m)
			VPSUBD(m, count, count)
		}
	}, func() { Store(total(count), ReturnIndex(0)) })

	window()
}

// total returns the sum of eight counts.
func total(counts reg.VecVirtual) reg.GPVirtual {
	upper, n := XMM(), GP32()
	VEXTRACTI128(operand.U8(1), counts, upper)
	for _, order := range []uint8{0, 0x4e, 0xb1} {
		if order != 0 {
			VPSHUFD(operand.U8(order), counts.AsX(), upper)
		}
		VPADDD(upper, counts.AsX(), counts.AsX())
	}
	VMOVD(counts.AsX(), n)
	return n
}

func window() {
	kernel("simdWindow", "func(dst, d []float32, low, high uint32) (inside int, below, onHigh, onLow uint32)",
		"is Window of a multiple of 16 entries of d, less than 2³², and of low ≤ high ≤ Inf. It counts the entries below high in place of those above.")
	dst, d, low, high := pointer("dst"), pointer("d"), integer("low"), integer("high")
	abs, p := repeat(32, magnitude32), newPacker(dst)
	var below, onHigh, onLow reg.VecVirtual
	for _, count := range []*reg.VecVirtual{&below, &onHigh, &onLow} {
		*count = YMM()
		VPXOR(*count, *count, *count)
	}
	loop("d", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			m, less, more, equal := YMM(), YMM(), YMM(), YMM()
			VPAND(at(d, i, 4, k), abs, m)
			VPCMPGTD(m, high, less)
			VPSUBD(less, below, below)
			VPCMPGTD(low, m, more)
			VPCMPEQD(high, m, equal)
			VPSUBD(equal, onHigh, onHigh)
			VPCMPEQD(low, m, equal)
			VPSUBD(equal, onLow, onLow)
			VPAND(less, more, more)
			p.pack(m, more)
		}
	}, func() {
		Store(p.n, Return("inside"))
		Store(total(below), Return("below"))
		Store(total(onHigh), Return("onHigh"))
		Store(total(onLow), Return("onLow"))
	})
}

// A packer writes some of the entries of a row without gaps. The branch that would leave out registers with none of
// them is mispredicted too often.
type packer struct {
	dst, n reg.Register // n is how many it wrote
	places reg.Register
}

func newPacker(dst reg.Register) *packer {
	p := &packer{dst, GP64(), GP64()}
	XORQ(p.n, p.n)
	LEAQ(packings(), p.places)
	return p
}

// pack writes those of the eight numbers x where mask is all ones. Behind them it writes others, eight in all.
func (p *packer) pack(x, mask reg.VecVirtual) {
	found, order := GP64(), YMM()
	VMOVMSKPS(mask, found.As32())
	VPMOVZXBD(at(p.places, found, 8, 0), order)
	VPERMD(x, order, x)
	VMOVDQU(x, at(p.dst, p.n, 4, 0))
	POPCNTL(found.As32(), found.As32())
	ADDQ(found, p.n)
}

var packingsTable *operand.Mem

// packings returns a table of 8 bytes for each mask of 8 bits: the places of the bits that are 1, from the lowest on.
func packings() operand.Mem {
	if packingsTable == nil {
		m := GLOBL("packings", attr.RODATA|attr.NOPTR)
		for mask := range 256 {
			var places uint64
			for bit, n := uint64(0), 0; bit < 8; bit++ {
				if mask>>bit&1 != 0 {
					places |= bit << (8 * n)
					n++
				}
			}
			DATA(8*mask, operand.U64(places))
		}
		packingsTable = &m
	}
	return *packingsTable
}
