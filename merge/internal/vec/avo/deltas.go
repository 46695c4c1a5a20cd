package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func deltas() {
	for _, keep := range []bool{false, true} {
		for _, keyed := range []bool{false, true} {
			addDelta(keep, keyed)
		}
	}

	kernel("simdAddAgreeing", "func(num, den, vote, e []float64, w float64)", "is addAgreeing.")
	num, den, vote, e := pointer("num"), pointer("den"), pointer("vote"), pointer("e")
	w, zero := number("w"), YMM()
	VXORPD(zero, zero, zero)
	loop("num", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x, differ := YMM(), YMM()
			VMOVUPD(at(e, i, 8, k), x)
			VXORPD(at(vote, i, 8, k), x, differ)
			VBLENDVPD(differ, zero, x, x) // by the sign bit
			VCMPPD(operand.U8(notEqual), zero, x, differ)
			VADDPD(at(num, i, 8, k), x, x)
			VMOVUPD(x, at(num, i, 8, k))
			VANDPD(w, differ, differ)
			VADDPD(at(den, i, 8, k), differ, differ)
			VMOVUPD(differ, at(den, i, 8, k))
		}
	})

	for _, mean := range []bool{false, true} {
		finish(mean)
		for _, s := range []staying{all, keyed, above} {
			elect(s, mean)
		}
	}
}

// addDelta is a kernel that is addTo, or addAndKeep, with a key or without.
func addDelta(keep, keyed bool) {
	name, params, doc := "simdAddTo", "sum", "is addTo"
	if keep {
		name, params, doc = "simdAddAndKeep", "sum, e", "is addAndKeep"
	}
	params += " []float64, x, base"
	if keyed {
		name, params, doc = name+"Keyed", params+", key", doc+" with a key"
	}
	kernel(name, "func("+params+" []float32, f float64)", doc+".")
	sum, x, base, f := pointer("sum"), pointer("x"), pointer("base"), number("f")
	var e, key reg.Register
	if keep {
		e = pointer("e")
	}
	zero := XMM()
	if keyed {
		key = pointer("key")
		VXORPS(zero, zero, zero)
	}
	loop("sum", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			d := difference(x, base, i, k)
			if keyed {
				unless0(d, key, i, k, zero)
			}
			VMULPD(f, d, d)
			if keep {
				VMOVUPD(d, at(e, i, 8, k))
			}
			VADDPD(at(sum, i, 8, k), d, d)
			VMOVUPD(d, at(sum, i, 8, k))
		}
	})
}

// finish is a kernel that is finish, or finishMean.
func finish(mean bool) {
	if mean {
		kernel("simdFinishMean", "func(dst []float64, base []float32, vote, den []float64, factor float64)", "is finishMean.")
	} else {
		kernel("simdFinish", "func(dst []float64, base []float32, vote []float64, factor float64)", "is finish.")
	}
	dst, base, vote, factor := pointer("dst"), pointer("base"), pointer("vote"), number("factor")
	var den reg.Register
	if mean {
		den = pointer("den")
	}
	zero := YMM()
	VXORPD(zero, zero, zero)
	loop("dst", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			m, v, b := YMM(), YMM(), widened(base, i, k)
			VMOVUPD(at(dst, i, 8, k), m)
			if mean {
				w, quotient := YMM(), YMM()
				VMOVUPD(at(den, i, 8, k), w)
				VDIVPD(w, m, quotient)
				VCMPPD(operand.U8(notEqual), zero, w, w)
				VBLENDVPD(w, quotient, m, m)
			}
			VMOVUPD(at(vote, i, 8, k), v)
			finished(m, b, v, factor, zero)
			VMOVUPD(m, at(dst, i, 8, k))
		}
	})
}

// A delta in memory, as Go lays it out.
const (
	deltaX, deltaKey         = 0, 24
	deltaFactor, deltaWeight = 48, 56
	deltaAbove, deltaSize    = 64, 72
)

// A staying says which entries of deltas stay.
type staying int

const (
	all staying = iota
	keyed
	above
)

// elect is a kernel that is Elect, divided by the sum of weights or not. Each turn takes eight elements
// through all deltas: what it adds up stays in registers, and what it adds in e.
func elect(stays staying, mean bool) {
	name, doc := "simdElect", "is Elect"
	switch stays {
	case keyed:
		name, doc = name+"Keyed", doc+" of keyed deltas"
	case above:
		name, doc = name+"Above", doc+" of deltas above magnitudes"
	}
	if mean {
		name, doc = name+"Mean", doc+" that normalizes"
	}
	kernel(name, "func(dst []float64, base []float32, deltas *byte, n int, factor float64, e []float64)", doc+". deltas is the first of n, and e has room for 8n numbers.")
	dst, base, e, factor, zero := pointer("dst"), pointer("base"), pointer("e"), number("factor"), YMM()
	first, n := Load(Param("deltas"), GP64()), Load(Param("n"), GP64())
	VXORPD(zero, zero, zero)
	var abs reg.VecVirtual
	if stays == above {
		abs = repeat(32, magnitude32)
	}
	delta, left, place, row := GP64(), GP64(), GP64(), GP64()
	each := func(label string, body func()) {
		MOVQ(first, delta)
		MOVQ(n, left)
		MOVQ(e, place)
		Label(label)
		body()
		ADDQ(operand.I8(deltaSize), delta)
		ADDQ(operand.I8(64), place)
		DECQ(left)
		JNZ(operand.LabelRef(label))
	}
	field := func(offset int) operand.Mem { return operand.Mem{Base: delta, Disp: offset} }
	turn := func(i reg.Register) {
		var b, vote, num, den [2]reg.VecVirtual
		for h := range b {
			b[h], vote[h], num[h], den[h] = widened(base, i, 4*h), YMM(), YMM(), YMM()
			VXORPD(vote[h], vote[h], vote[h])
		}
		each("vote", func() {
			f, keep := YMM(), [2]reg.VecVirtual{YMM(), YMM()}
			VBROADCASTSD(field(deltaFactor), f)
			switch stays {
			case keyed:
				MOVQ(field(deltaKey), row)
				VCMPPS(operand.U8(notEqual), at(row, i, 4, 0), zero, keep[1])
			case above:
				least := YMM()
				MOVQ(field(deltaX), row)
				VMOVUPS(at(row, i, 4, 0), keep[1])
				VSUBPS(at(base, i, 4, 0), keep[1], keep[1])
				VPAND(abs, keep[1], keep[1])
				VPBROADCASTD(field(deltaAbove), least)
				VPCMPGTD(least, keep[1], keep[1])
			}
			if stays != all {
				VPMOVSXDQ(keep[1].AsX(), keep[0])
				VEXTRACTI128(operand.U8(1), keep[1], keep[1].AsX())
				VPMOVSXDQ(keep[1].AsX(), keep[1])
			}
			MOVQ(field(deltaX), row)
			for h := range b {
				d := widened(row, i, 4*h)
				VSUBPD(b[h], d, d)
				if stays != all {
					VANDPD(keep[h], d, d)
				}
				VMULPD(f, d, d)
				VMOVUPD(d, operand.Mem{Base: place, Disp: 32 * h})
				VADDPD(d, vote[h], vote[h])
			}
		})
		for h := range b {
			VXORPD(num[h], num[h], num[h])
			VXORPD(den[h], den[h], den[h])
		}
		each("agree", func() {
			w := YMM()
			VBROADCASTSD(field(deltaWeight), w)
			for h := range b {
				x, differ := YMM(), YMM()
				VMOVUPD(operand.Mem{Base: place, Disp: 32 * h}, x)
				VXORPD(vote[h], x, differ)
				VBLENDVPD(differ, zero, x, x) // by the sign bit
				VCMPPD(operand.U8(notEqual), zero, x, differ)
				VADDPD(x, num[h], num[h])
				VANDPD(w, differ, differ)
				VADDPD(differ, den[h], den[h])
			}
		})
		for h := range b {
			m := num[h]
			if mean {
				quotient := YMM()
				VDIVPD(den[h], m, quotient)
				VCMPPD(operand.U8(notEqual), zero, den[h], den[h])
				VBLENDVPD(den[h], quotient, m, m)
			}
			finished(m, b[h], vote[h], factor, zero)
			VMOVUPD(m, at(dst, i, 8, 4*h))
		}
	}
	i, end := GP64(), Load(Param("dst").Len(), GP64())
	ANDQ(operand.I8(-step), end)
	XORQ(i, i)
	JMP(operand.LabelRef("test"))
	Label("loop")
	turn(i)
	ADDQ(operand.I8(8), i)
	Label("test")
	CMPQ(i, end)
	JL(operand.LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// finished makes base + factor·m of m: NaN where vote is, and base where m is 0.
func finished(m, base, vote, factor, zero reg.VecVirtual) {
	is0, mask := YMM(), YMM()
	VCMPPD(operand.U8(equal), zero, m, is0)
	VMULPD(factor, m, m)
	VADDPD(base, m, m)
	VBLENDVPD(is0, base, m, m)
	VCMPPD(operand.U8(unordered), vote, vote, mask)
	VBLENDVPD(mask, vote, m, m)
}
