package main

const (
	quietNaN    = 0x7ff8 << 48
	quietNaN32  = 0x7fc00000
	magnitude16 = 0x7fff
)

// A half is a floating type of 16 bits.
//
// Float64s are rounded to odd float32s first, and these to nearest even. As a float32 has more than two places more than a
// half, through subnormals, and its last place says whether something was cut off, that is one rounding to
// nearest even. What is too large for a float32 is its largest finite number then, which becomes Inf.
type half struct {
	name string
	inf  uint64 // its code of Inf

	// rounder prepares, outside of a loop, what rounds float32s.
	rounder func() (round func(f [2]vector) (codes vector))
	// widen returns codes as float32s.
	widen [2]instruction
}

var halves = []half{
	{"BF16", 0x7f80, func() func([2]vector) vector {
		one, under := repeat(32, 1), repeat(32, 0x7fff)
		return func(f [2]vector) vector {
			for _, f := range f { // half a unit is added, less one bit where the last place is even
				last := and.of(ushr16.of(f), one)
				add4s.to(f, f, under)
				add4s.to(f, f, last)
			}
			return uzp28h.of(f[0], f[1])
		}
	}, [2]instruction{shll4s, shll4s2}},
	{"F16", 0x7c00, func() func([2]vector) vector {
		return func(f [2]vector) vector {
			codes := fcvtn4h.of(f[0])
			fcvtn8h2.to(codes, f[1])
			return codes
		}
	}, [2]instruction{fcvtl4s, fcvtl4s2}},
}

func encoders() {
	for _, h := range halves {
		kernel("simdEncode"+h.name, "func(dst []byte, src []float64) (infinite bool)", "encodes as "+h.name+".")
		dst, src := halvesAt("dst"), float64sAt("src")
		nan, abs, most, round := repeat(32, quietNaN32), repeat(16, magnitude16), repeat(64, 0), h.rounder()
		loop("src", 8, func(k int) {
			var f [2]vector
			for j := range f {
				f[j] = src.loadFour(k+4*j).narrowed(fcvtxn, fcvtxn2)
				replaceNaN(fcmeq4s, f[j], nan)
			}
			codes := round(f)
			dst.store(k, codes)
			umax8h.to(most, most, and.of(codes, abs))
		}, func() {
			umaxv8h.to(most, most)
			returnMost(most, h.inf)
		})
	}

	kernel("simdEncodeF32", "func(dst []byte, src []float64) (infinite bool)", "encodes as F32.")
	dst, src := float32sAt("dst"), float64sAt("src")
	nan, odd := repeat(32, quietNaN32), repeat(64, 0)
	loop("src", 4, func(k int) {
		f := src.loadFour(k).narrowed(fcvtn, fcvtn2)
		replaceNaN(fcmeq4s, f, nan)
		dst.store(k, f)
		orr.to(odd, odd, fsub4s.of(f, f)) // 0, or NaN of Inf and NaN
	}, func() { returnAny(odd) })

	kernel("simdEncodeF64", "func(dst []byte, src []float64) (infinite bool)", "encodes as F64.")
	dst, src = float64sAt("dst"), float64sAt("src")
	nan, odd = repeat(64, quietNaN), repeat(64, 0)
	loop("src", 2, func(k int) {
		x := src.load(k)
		orr.to(odd, odd, fsub2d.of(x, x))
		replaceNaN(fcmeq2d, x, nan)
		dst.store(k, x)
	}, func() { returnAny(odd) })
}

func rounders() {
	for _, h := range halves {
		kernel("simdRound"+h.name, "func(x []float64) (infinite bool)", "rounds to "+h.name+".")
		p, odd, nan, round := float64sAt("x"), repeat(64, 0), repeat(32, quietNaN32), h.rounder()
		loop("x", 8, func(k int) {
			var x [2]four
			var f [2]vector
			for j := range f {
				x[j] = p.loadFour(k + 4*j)
				f[j] = x[j].narrowed(fcvtxn, fcvtxn2)
				replaceNaN(fcmeq4s, f[j], nan) // whose codes none of the additions make a number of
			}
			codes := round(f)
			for j := range f {
				h.widen[j].to(f[j], codes)
				orr.to(odd, odd, fsub4s.of(f[j], f[j]))
				rounded := widened(f[j])
				for i, r := range rounded {
					bif.to(r, x[j][i], fcmeq2d.of(x[j][i], x[j][i]))
				}
				p.storeFour(k+4*j, rounded)
			}
		}, func() { returnAny(odd) })
	}

	kernel("simdRoundF32", "func(x []float64) (infinite bool)", "rounds to F32.")
	p, odd := float64sAt("x"), repeat(64, 0)
	loop("x", 4, func(k int) {
		f := p.loadFour(k).narrowed(fcvtn, fcvtn2)
		orr.to(odd, odd, fsub4s.of(f, f))
		p.storeFour(k, widened(f))
	}, func() { returnAny(odd) })
}

// roundersNarrow round rows of float32, and tell of rows of both types whether they have an Inf or NaN.
func roundersNarrow() {
	for _, h := range halves {
		kernel("simdRound"+h.name+"Narrow", "func(x []float32) (infinite bool)", "rounds to "+h.name+".")
		p, odd, nan, round := float32sAt("x"), repeat(64, 0), repeat(32, quietNaN32), h.rounder()
		loop("x", 8, func(k int) {
			x, f := [2]vector{p.load(k), p.load(k + 4)}, [2]vector{newVector(), newVector()}
			for j := range f {
				orr.to(f[j], x[j], x[j])
				replaceNaN(fcmeq4s, f[j], nan)
			}
			codes := round(f)
			for j, x := range x {
				h.widen[j].to(f[j], codes)
				orr.to(odd, odd, fsub4s.of(f[j], f[j]))
				bif.to(f[j], fadd4s.of(x, x), fcmeq4s.of(x, x)) // which is x, made quiet
				p.store(k+4*j, f[j])
			}
		}, func() { returnAny(odd) })
	}

	kernel("simdInfiniteNarrow", "func(x []float32) (infinite bool)", "is Infinite.")
	p, odd := float32sAt("x"), repeat(64, 0)
	loop("x", 4, func(k int) {
		x := p.load(k)
		orr.to(odd, odd, fsub4s.of(x, x))
	}, func() { returnAny(odd) })

	kernel("simdInfinite", "func(x []float64) (infinite bool)", "is Infinite.")
	p, odd = float64sAt("x"), repeat(64, 0)
	loop("x", 2, func(k int) {
		x := p.load(k)
		orr.to(odd, odd, fsub2d.of(x, x))
	}, func() { returnAny(odd) })
}
