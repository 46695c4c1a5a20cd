package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func ranks() {
	const magnitude32, inf = 1<<31 - 1, 0xff << 23

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
	}, func() {
		upper, n := XMM(), GP32()
		VEXTRACTI128(operand.U8(1), count, upper)
		for _, order := range []uint8{0, 0x4e, 0xb1} {
			if order != 0 {
				VPSHUFD(operand.U8(order), count.AsX(), upper)
			}
			VPADDD(upper, count.AsX(), count.AsX())
		}
		VMOVD(count.AsX(), n)
		Store(n, ReturnIndex(0))
	})
}
