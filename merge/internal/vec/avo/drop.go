package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func masks() {
	kernel("simdMask", "func(dst []byte, draws []uint32, keep uint32)", "is Mask, of a keep that is not 0.")
	dst, draws, keep := pointer("dst"), pointer("draws"), Load(Param("keep"), GP32())
	most, zero := YMM(), YMM()
	DECL(keep)
	VMOVD(keep, most.AsX())
	VPBROADCASTW(most.AsX(), most)
	VPXOR(zero, zero, zero)
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			bytes, y, bits := YMM(), YMM(), GP32()
			VMOVDQU(operand.Mem{Base: draws, Disp: 16 * k}, bytes)
			VMOVDQU(operand.Mem{Base: draws, Disp: 16*k + 32}, y)
			VPSUBUSW(most, bytes, bytes)
			VPSUBUSW(most, y, y)
			VPACKSSWB(y, bytes, bytes) // of 0 alone 0: what is above 127, as a signed number, becomes 127, and −128 what is below
			VPERMQ(operand.U8(0xd8), bytes, bytes)
			VPCMPEQB(zero, bytes, bytes)
			VPMOVMSKB(bytes, bits)
			MOVL(bits, at(dst, i, 1, k))
		}
		ADDQ(operand.I32(16*step), draws)
	})

	kernel("simdKeepMasked", "func(d []float32, mask []byte)", "is KeepMasked.")
	d, mask := pointer("d"), pointer("mask")
	var bit [2]reg.VecVirtual
	for j := range bit {
		one := uint64(1) << (8 * j)
		bit[j] = list([4]uint64{one | one<<33, one<<2 | one<<35, one<<4 | one<<37, one<<6 | one<<39})
	}
	loop("d", func(i reg.Register) {
		bits := YMM()
		VPBROADCASTW(operand.Mem{Base: mask}, bits)
		ADDQ(operand.I8(step/8), mask)
		for j := range bit {
			x, stays, nan := YMM(), YMM(), YMM()
			VMOVUPS(at(d, i, 4, 8*j), x)
			VPAND(bit[j], bits, stays)
			VPCMPEQD(bit[j], stays, stays)
			VCMPPS(operand.U8(unordered), x, x, nan)
			VORPS(nan, stays, stays)
			VANDPS(stays, x, x)
			VMOVUPS(x, at(d, i, 4, 8*j))
		}
	})
}
