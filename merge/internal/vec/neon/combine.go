package main

import "strings"

func combiners() {
	combine("simdCombine1", 1, false, "is combine1.")
	combine("simdCombine2", 2, false, "is combine2.")
	combine("simdCombine3", 3, false, "is combine3.")
	combine("simdAdd1", 1, true, "is add1.")
	combine("simdAdd2", 2, true, "is add2.")

	kernel("simdCarryNaN", "func(dst []float64, x []float32)", "is CarryNaN.")
	wide, x := float64sAt("dst"), float32sAt("x")
	loop("dst", 4, func(k int) {
		v := x.load(k)
		fsub4s.to(v, v, v)
		wide.storeFour(k, fsub2d.ofFour(wide.loadFour(k), widened(v)))
	})

	kernel("simdSubtract", "func(dst, x, base []float32)", "is Subtract.")
	dst, x, base := float32sAt("dst"), float32sAt("x"), float32sAt("base")
	loop("dst", 4, func(k int) { dst.store(k, fsub4s.of(x.load(k), base.load(k))) })

	kernel("simdSubtractWide", "func(dst []float64, x, base []float32)", "is SubtractWide.")
	wide, x, base = float64sAt("dst"), float32sAt("x"), float32sAt("base")
	loop("dst", 4, func(k int) { wide.storeFour(k, difference(x, base, k)) })
}

// combine is a kernel that writes the sum of some rows, each times its factor, or adds it to what is there.
func combine(name string, rows int, add bool, doc string) {
	names, factors := []string{"x", "y", "z"}[:rows], []string{"a", "b", "c"}[:rows]
	kernel(name, "func(dst []float64, "+strings.Join(names, ", ")+" []float32, "+strings.Join(factors, ", ")+" float64)", doc)
	dst := float64sAt("dst")
	var row []*pointer
	var factor []vector
	for j := range rows {
		row, factor = append(row, float32sAt(names[j])), append(factor, number(factors[j]))
	}
	loop("dst", 4, func(k int) {
		var sum four
		if add {
			sum = dst.loadFour(k)
		}
		for j := range row {
			product := fmul2d.ofFour(four{factor[j], factor[j]}, row[j].widened(k))
			if j == 0 && !add {
				sum = product
			} else {
				sum = fadd2d.ofFour(sum, product)
			}
		}
		dst.storeFour(k, sum)
	})
}
