package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func counts() {
	countTop()
	withPrefix()
	countLast()
}

func countTop() {
	kernel("simdCountTop", "func(d []float32, bins, others *[2048]uint32)", "is CountTop. others are 0 before, and of no use after.")
	d, bins, others := pointer("d"), Load(Param("bins"), GP64()), Load(Param("others"), GP64())
	loop("d", func(i reg.Register) {
		for k := range step {
			bin, in := GP32(), bins
			if k%2 == 1 { // or a value that is there again and again waits for itself each time
				in = others
			}
			MOVL(at(d, i, 4, k), bin)
			SHRL(operand.U8(20), bin)
			ANDL(operand.U32(2047), bin)
			INCL(at(in, bin.As64(), 4, 0))
		}
	}, func() {
		i := GP64()
		XORQ(i, i)
		Label("sum")
		for k := 0; k < 32; k += 8 {
			sum := YMM()
			VMOVDQU(at(bins, i, 4, k), sum)
			VPADDD(at(others, i, 4, k), sum, sum)
			VMOVDQU(sum, at(bins, i, 4, k))
		}
		ADDQ(operand.I8(32), i)
		CMPQ(i, operand.U32(2048))
		JL(operand.LabelRef("sum"))
	})
}

func withPrefix() {
	kernel("simdWithPrefix", "func(dst []uint32, d []float32, prefix uint32) int",
		"writes the magnitudes of a multiple of 16 entries of d that have these upper 11 bits to dst, in order, and returns how many there are.")
	dst, d, prefix := pointer("dst"), pointer("d"), integer("prefix")
	abs, p := repeat(32, magnitude32), newPacker(dst)
	loop("d", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			m, equal := YMM(), YMM()
			VPAND(at(d, i, 4, k), abs, m)
			VPSRLD(operand.U8(20), m, equal)
			VPCMPEQD(prefix, equal, equal)
			p.pack(m, equal)
		}
	}, func() { Store(p.n, ReturnIndex(0)) })
}

// countLast is a kernel that looks for entries where there is hardly one.
func countLast() {
	kernel("simdCountLast", "func(d []float32, bins *[1024]uint32, prefix uint32)", "is CountLast.")
	d, bins := pointer("d"), Load(Param("bins"), GP64())
	prefix, abs := integer("prefix"), repeat(32, magnitude32)
	loop("d", func(i reg.Register) {
		var found [2]reg.GPVirtual
		for j := range found {
			m := YMM()
			VPAND(at(d, i, 4, 8*j), abs, m)
			VPSRLD(operand.U8(10), m, m)
			VPCMPEQD(prefix, m, m)
			found[j] = GP32()
			VMOVMSKPS(m, found[j])
		}
		SHLL(operand.U8(8), found[1])
		ORL(found[1], found[0])
		JZ(operand.LabelRef("none"))
		Label("next")
		k, bin, rest := GP64(), GP32(), GP32()
		BSFL(found[0], k.As32())
		ADDQ(i, k)
		MOVL(at(d, k, 4, 0), bin)
		ANDL(operand.U32(1023), bin)
		INCL(at(bins, bin.As64(), 4, 0))
		LEAL(operand.Mem{Base: found[0].As64(), Disp: -1}, rest) // without the bit that was found
		ANDL(rest, found[0])
		JNZ(operand.LabelRef("next"))
		Label("none")
	})
}
