package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func sums() {
	kernel("simdDot", "func(sums *[16]float64, a, b []float32)", "is Dot.")
	s, a, b := lanes("sums"), pointer("a"), pointer("b")
	loop("a", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x, y := widened(a, i, k), widened(b, i, k)
			VMULPD(y, x, x)
			s.add(k, x)
		}
	}, s.write)

	kernel("simdDotWide", "func(sums *[16]float64, a, b []float64)", "is DotWide.")
	s, a, b = lanes("sums"), pointer("a"), pointer("b")
	loop("a", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x := YMM()
			VMOVUPD(at(a, i, 8, k), x)
			VMULPD(at(b, i, 8, k), x, x)
			s.add(k, x)
		}
	}, s.write)

	kernel("simdDots", "func(aa, ab, bb *[16]float64, a, b []float32)", "is Dots.")
	aa, ab, bb := lanes("aa"), lanes("ab"), lanes("bb")
	a, b = pointer("a"), pointer("b")
	loop("a", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			x, y, xx := widened(a, i, k), widened(b, i, k), YMM()
			VMULPD(x, x, xx)
			aa.add(k, xx)
			VMULPD(y, x, x)
			ab.add(k, x)
			VMULPD(y, y, y)
			bb.add(k, y)
		}
	}, aa.write, ab.write, bb.write)

	kernel("simdSumKept", "func(all, kept *[16]float64, x, base, key []float32)", "is SumKept.")
	all, kept := lanes("all"), lanes("kept")
	x, base, key := pointer("x"), pointer("base"), pointer("key")
	abs, zero := repeat(64, magnitude), XMM()
	VXORPS(zero, zero, zero)
	loop("x", func(i reg.Register) {
		for k := 0; k < step; k += 4 {
			d := difference(x, base, i, k)
			VANDPD(abs, d, d)
			all.add(k, d)
			unless0(d, key, i, k, zero)
			kept.add(k, d)
		}
	}, all.write, kept.write)
}

// A sum is a Lanes: the pointer to it, and its numbers in registers.
type sum struct {
	to reg.Register
	in [4]reg.VecVirtual
}

func lanes(name string) *sum {
	s := &sum{to: Load(Param(name), GP64())}
	for k := range s.in {
		s.in[k] = YMM()
		VMOVUPD(operand.Mem{Base: s.to, Disp: 32 * k}, s.in[k])
	}
	return s
}

// add adds x to the four lanes from k on.
func (s *sum) add(k int, x reg.VecVirtual) { VADDPD(x, s.in[k/4], s.in[k/4]) }

func (s *sum) write() {
	for k, in := range s.in {
		VMOVUPD(in, operand.Mem{Base: s.to, Disp: 32 * k})
	}
}
