package main

func decoders() {
	kernel("simdDecodeBF16", "func(dst []float32, src []byte)", "decodes bf16s.")
	dst, src := float32sAt("dst"), halvesAt("src")
	loop("dst", 8, func(k int) {
		v := src.load(k)
		dst.store(k, shll4s.of(v))
		dst.store(k+4, shll4s2.of(v))
	})

	kernel("simdDecodeF16", "func(dst []float32, src []byte)", "decodes f16s.")
	dst, src = float32sAt("dst"), halvesAt("src")
	loop("dst", 8, func(k int) {
		v := src.load(k)
		dst.store(k, fcvtl4s.of(v))
		dst.store(k+4, fcvtl4s2.of(v))
	})

	kernel("simdDecodeF32", "func(dst []float32, src []byte)", "decodes f32s.")
	dst, src = float32sAt("dst"), float32sAt("src")
	loop("dst", 4, func(k int) { dst.store(k, src.load(k)) })

	kernel("simdDecodeF64", "func(dst []float64, src []byte)", "decodes f64s.")
	dst, src = float64sAt("dst"), float64sAt("src")
	loop("dst", 2, func(k int) { dst.store(k, src.load(k)) })

	kernel("simdDecodeF64Narrow", "func(dst []float32, src []byte)", "decodes f64s, rounded to float32.")
	narrow()
	kernel("simdNarrow", "func(dst []float32, src []float64)", "rounds to float32.")
	narrow()

	kernel("simdWiden", "func(dst []float64, src []float32)", "converts to float64.")
	dst, src = float64sAt("dst"), float32sAt("src")
	loop("dst", 4, func(k int) { dst.storeFour(k, src.widened(k)) })
}

// narrow is the body of a kernel that rounds float64s of src to float32s of dst.
func narrow() {
	dst, src := float32sAt("dst"), float64sAt("src")
	loop("dst", 4, func(k int) { dst.store(k, src.loadFour(k).narrowed(fcvtn, fcvtn2)) })
}

// narrowed returns x as float32s, made by these two instructions.
func (x four) narrowed(lower, upper instruction) vector {
	v := lower.of(x[0])
	upper.to(v, x[1])
	return v
}
