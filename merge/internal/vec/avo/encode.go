package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A half is a floating type of 16 bits.
type half struct {
	name     string
	cut      int    // bits of the significand of a float64 that the type does not have
	least    uint64 // the bits of a float64: its smallest normal number
	beyond   uint64 // the power of 2 that its largest finite number lies below
	inf      uint64 // its code of Inf
	toHalves func(f [2]reg.VecVirtual) reg.VecVirtual
}

var halves = []half{
	{"BF16", 52 - 7, (1023 - 126) << 52, (1023 + 128) << 52, 0x7f80, func(f [2]reg.VecVirtual) reg.VecVirtual {
		for _, f := range f {
			VPSRLD(operand.U8(16), f, f)
		}
		VPACKUSDW(f[1], f[0], f[0]) // in each half of the register
		VPERMQ(operand.U8(0xd8), f[0], f[0])
		return f[0]
	}},
	{"F16", 52 - 10, (1023 - 14) << 52, (1023 + 16) << 52, 0x7c00, func(f [2]reg.VecVirtual) reg.VecVirtual {
		h, upper := YMM(), XMM()
		VCVTPS2PH(operand.U8(0), f[0], h.AsX()) // exact, but that 2¹⁶ becomes Inf
		VCVTPS2PH(operand.U8(0), f[1], upper)
		VINSERTI128(operand.U8(1), upper, h, h)
		return h
	}},
}

// Predicates of comparisons.
const (
	equal     = 0x00
	unordered = 0x03
	notEqual  = 0x04 // or unordered
	notLess   = 0x15 // or unordered
)

const (
	magnitude   = 1<<63 - 1
	exponent    = 0x7ff << 52
	quietNaN    = 0x7ff8 << 48
	quietNaN32  = 0x7fc00000
	magnitude16 = 0x7fff
)

func encoders() {
	for _, h := range halves {
		kernel("simdEncode"+h.name, "func(dst []byte, src []float64) (infinite bool)", "encodes as "+h.name+".")
		dst, src := pointer("dst"), pointer("src")
		r, nan, abs, most := newRounder(h), repeat(32, quietNaN32), repeat(16, magnitude16), YMM()
		VPXOR(most, most, most)
		loop("src", func(i reg.Register) {
			var f [2]reg.VecVirtual
			for j := range f {
				f[j] = YMM()
				upper := XMM()
				for k, to := range []reg.Register{f[j].AsX(), upper} {
					x := YMM()
					VMOVUPD(at(src, i, 8, 8*j+4*k), x)
					VCVTPD2PSY(r.round(x), to)
				}
				VINSERTF128(operand.U8(1), upper, f[j], f[j])
				replaceNaN(f[j], nan)
			}
			codes := h.toHalves(f)
			VMOVDQU(codes, at(dst, i, 2, 0))
			VPAND(abs, codes, codes)
			VPMAXUW(codes, most, most)
		}, func() {
			VPCMPGTW(repeat(16, h.inf-1), most, most)
			returnAny(most)
		})
	}

	kernel("simdEncodeF32", "func(dst []byte, src []float64) (infinite bool)", "encodes as F32.")
	dst, src := pointer("dst"), pointer("src")
	nan, odd := repeat(32, quietNaN32), YMM()
	VPXOR(odd, odd, odd)
	loop("src", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			f, upper, d := YMM(), XMM(), YMM()
			VCVTPD2PSY(at(src, i, 8, k), f.AsX())
			VCVTPD2PSY(at(src, i, 8, k+4), upper)
			VINSERTF128(operand.U8(1), upper, f, f)
			replaceNaN(f, nan)
			VMOVUPS(f, at(dst, i, 4, k))
			VSUBPS(f, f, d)
			VORPS(d, odd, odd)
		}
	}, func() { returnAny(odd) })

	kernel("simdEncodeF64", "func(dst []byte, src []float64) (infinite bool)", "encodes as F64.")
	dst, src = pointer("dst"), pointer("src")
	nan, odd = repeat(64, quietNaN), YMM()
	VPXOR(odd, odd, odd)
	loop("src", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x, d, m := YMM(), YMM(), YMM()
			VMOVUPD(at(src, i, 8, k), x)
			VSUBPD(x, x, d)
			VORPD(d, odd, odd)
			VCMPPD(operand.U8(unordered), x, x, m)
			VBLENDVPD(m, nan, x, x)
			VMOVUPD(x, at(dst, i, 8, k))
		}
	}, func() { returnAny(odd) })
}

func rounders() {
	for _, h := range halves {
		kernel("simdRound"+h.name, "func(x []float64) (infinite bool)", "rounds to "+h.name+".")
		p := pointer("x")
		r, odd := newRounder(h), YMM()
		VPXOR(odd, odd, odd)
		loop("x", func(i reg.Register) {
			for k := 0; k < step; k += 4 {
				x, m := YMM(), YMM()
				VMOVUPD(at(p, i, 8, k), x)
				rounded := r.round(x)
				VANDPD(r.abs, rounded, m)
				VCMPPD(operand.U8(notLess), r.beyond, m, m)
				VORPD(m, odd, odd)
				VANDPD(r.exponent, m, m) // makes Inf of the power of 2
				VORPD(m, rounded, rounded)
				VCMPPD(operand.U8(unordered), x, x, m)
				VBLENDVPD(m, x, rounded, rounded)
				VMOVUPD(rounded, at(p, i, 8, k))
			}
		}, func() { returnAny(odd) })
	}

	kernel("simdRoundF32", "func(x []float64) (infinite bool)", "rounds to F32.")
	p, odd := pointer("x"), YMM()
	VPXOR(odd, odd, odd)
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x, d := YMM(), YMM()
			VCVTPD2PSY(at(p, i, 8, k), x.AsX())
			VCVTPS2PD(x.AsX(), x)
			VMOVUPD(x, at(p, i, 8, k))
			VSUBPD(x, x, d)
			VORPD(d, odd, odd)
		}
	}, func() { returnAny(odd) })
}

// roundersNarrow round rows of float32, and tell of rows of both types whether they have an Inf or NaN.
func roundersNarrow() {
	kernel("simdRoundBF16Narrow", "func(x []float32) (infinite bool)", "rounds to BF16.")
	p, odd := pointer("x"), newOdd()
	one, most, upper := repeat(32, 1), repeat(32, 1<<15-1), repeat(32, 0xffff<<16)
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			x, r := YMM(), YMM()
			VMOVUPS(at(p, i, 4, k), x)
			VPSRLD(operand.U8(16), x, r) // half a unit is added, less one bit where the last place is even
			VPAND(one, r, r)
			VPADDD(most, r, r)
			VPADDD(x, r, r)
			VPAND(upper, r, r)
			keepNaN(x, r)
			odd.see(r)
			VMOVUPS(r, at(p, i, 4, k))
		}
	}, odd.any)

	kernel("simdRoundF16Narrow", "func(x []float32) (infinite bool)", "rounds to F16.")
	p, odd = pointer("x"), newOdd()
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			x, r := YMM(), YMM()
			VMOVUPS(at(p, i, 4, k), x)
			VCVTPS2PH(operand.U8(0), x, r.AsX())
			VCVTPH2PS(r.AsX(), r)
			keepNaN(x, r)
			odd.see(r)
			VMOVUPS(r, at(p, i, 4, k))
		}
	}, odd.any)

	kernel("simdInfiniteNarrow", "func(x []float32) (infinite bool)", "is Infinite.")
	p, odd = pointer("x"), newOdd()
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 8 {
			x := YMM()
			VMOVUPS(at(p, i, 4, k), x)
			odd.see(x)
		}
	}, odd.any)

	kernel("simdInfinite", "func(x []float64) (infinite bool)", "is Infinite.")
	p, odd = pointer("x"), newOdd()
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x := YMM()
			VMOVUPD(at(p, i, 8, k), x)
			VSUBPD(x, x, x)
			VORPD(x, odd.seen, odd.seen)
		}
	}, odd.any)
}

// keepNaN puts the NaNs of the float32s x, made quiet, in place of what they became in r.
func keepNaN(x, r reg.VecVirtual) {
	m := YMM()
	VCMPPS(operand.U8(unordered), x, x, m)
	VADDPS(x, x, x)
	VBLENDVPS(m, x, r, r)
}

// An odd has bits that are not 0 once it has seen an Inf or NaN.
type odd struct{ seen reg.VecVirtual }

func newOdd() odd {
	o := odd{YMM()}
	VPXOR(o.seen, o.seen, o.seen)
	return o
}

// see looks at float32s.
func (o odd) see(x reg.VecVirtual) {
	d := YMM()
	VSUBPS(x, x, d)
	VORPS(d, o.seen, o.seen)
}

func (o odd) any() { returnAny(o.seen) }
