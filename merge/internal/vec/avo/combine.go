package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

func combiners() {
	combine("simdCombine1", 1, false, "is combine1.")
	combine("simdCombine2", 2, false, "is combine2.")
	combine("simdCombine3", 3, false, "is combine3.")
	combine("simdAdd1", 1, true, "is add1.")
	combine("simdAdd2", 2, true, "is add2.")

	kernel("simdCarryNaN", "func(dst []float64, x []float32)", "is CarryNaN.")
	dst, x := pointer("dst"), pointer("x")
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			v, d := YMM(), YMM()
			VMOVUPS(at(x, i, 4, k), v.AsX())
			VSUBPS(v.AsX(), v.AsX(), v.AsX())
			VCVTPS2PD(v.AsX(), v)
			VMOVUPD(at(dst, i, 8, k), d)
			VSUBPD(v, d, d)
			VMOVUPD(d, at(dst, i, 8, k))
		}
	})

	kernel("simdSubtract", "func(dst, x, base []float32)", "is Subtract.")
	dst, x = pointer("dst"), pointer("x")
	base := pointer("base")
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			v := YMM()
			VMOVUPS(at(x, i, 4, k), v)
			VSUBPS(at(base, i, 4, k), v, v)
			VMOVUPS(v, at(dst, i, 4, k))
		}
	})

	kernel("simdSubtractWide", "func(dst []float64, x, base []float32)", "is SubtractWide.")
	dst, x, base = pointer("dst"), pointer("x"), pointer("base")
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			VMOVUPD(difference(x, base, i, k), at(dst, i, 8, k))
		}
	})
}

// combine is a kernel that writes the sum of some rows, each times its factor, or adds it to what is there.
func combine(name string, rows int, add bool, doc string) {
	names, factors := []string{"x", "y", "z"}[:rows], []string{"a", "b", "c"}[:rows]
	kernel(name, "func(dst []float64, "+strings.Join(names, ", ")+" []float32, "+strings.Join(factors, ", ")+" float64)", doc)
	dst := pointer("dst")
	var row []reg.Register
	var factor []reg.VecVirtual
	for j := range rows {
		row, factor = append(row, pointer(names[j])), append(factor, number(factors[j]))
	}
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			sum := YMM()
			if add {
				VMOVUPD(at(dst, i, 8, k), sum)
			}
			for j := range row {
				v := widened(row[j], i, k)
				VMULPD(factor[j], v, v)
				if j == 0 && !add {
					sum = v
				} else {
					VADDPD(v, sum, sum)
				}
			}
			VMOVUPD(sum, at(dst, i, 8, k))
		}
	})
}
