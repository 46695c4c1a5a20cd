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
			m, is0, mask, b := YMM(), YMM(), YMM(), widened(base, i, k)
			VMOVUPD(at(dst, i, 8, k), m)
			if mean {
				w, quotient := YMM(), YMM()
				VMOVUPD(at(den, i, 8, k), w)
				VDIVPD(w, m, quotient)
				VCMPPD(operand.U8(notEqual), zero, w, w)
				VBLENDVPD(w, quotient, m, m)
			}
			VCMPPD(operand.U8(equal), zero, m, is0)
			VMULPD(factor, m, m)
			VADDPD(b, m, m)
			VBLENDVPD(is0, b, m, m)
			VMOVUPD(at(vote, i, 8, k), b)
			VCMPPD(operand.U8(unordered), b, b, mask)
			VBLENDVPD(mask, b, m, m)
			VMOVUPD(m, at(dst, i, 8, k))
		}
	})
}
