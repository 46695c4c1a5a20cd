package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func draws() {
	kernel("simdDraws", "func(dst []uint32, k0, k1 *[7]uint64, block uint64)", "is Draws with the keys of the rounds.")
	dst, p := pointer("dst"), newPhilox()
	counter, four := p.counters([4]uint64{0, 2, 1, 3}), repeat(64, 4) // in this order, both halves of a register hold blocks that follow on each other
	loop("dst", func(i reg.Register) {
		w := p.blocks(counter)
		VPADDQ(four, counter, counter)
		first, second := YMM(), YMM()
		VPUNPCKLQDQ(w[0].cd, w[0].ab, first)
		VPUNPCKHQDQ(w[0].cd, w[0].ab, second)
		VMOVDQU(first, at(dst, i, 4, 0))
		VMOVDQU(second, at(dst, i, 4, 8))
	})
}

// A philox is what drawing takes: the keys of the rounds in memory, the multipliers in registers.
type philox struct {
	k0, k1     reg.Register
	mul0, mul1 reg.VecVirtual
}

func newPhilox() *philox {
	return &philox{Load(Param("k0"), GP64()), Load(Param("k1"), GP64()), repeat(64, 0xD2511F53), repeat(64, 0xCD9E8D57)}
}

// counters returns the parameter block plus each of these, in 64 bits.
func (p *philox) counters(plus [4]uint64) reg.VecVirtual {
	c := YMM()
	VMOVQ(Load(Param("block"), GP64()), c.AsX())
	VPBROADCASTQ(c.AsX(), c)
	VPADDQ(list(plus), c, c)
	return c
}

// words are four blocks, two words of each in 64 bits of a register.
type words struct{ ab, cd reg.VecVirtual }

// blocks returns the blocks at the counters, four to a register.
//
// Words are in the lower halves of 64 bits. What the upper ones hold does not matter until the last round, since
// products are of the lower ones.
func (p *philox) blocks(counters ...reg.VecVirtual) []words {
	const rounds = 7
	type state struct{ a, b, c, d reg.VecVirtual }
	out, states := make([]words, len(counters)), make([]state, len(counters))
	key := func(k reg.Register, r int) reg.VecVirtual {
		v := YMM()
		VPBROADCASTQ(operand.Mem{Base: k, Disp: 8 * r}, v)
		return v
	}
	k0, k1 := key(p.k0, 0), key(p.k1, 0)
	for j, counter := range counters { // words 2 and 3 are 0
		s := state{a: YMM(), c: YMM(), d: YMM()}
		VPMULUDQ(p.mul0, counter, s.d)
		VPSRLQ(operand.U8(32), counter, s.a)
		VPXOR(k0, s.a, s.a)
		VPSRLQ(operand.U8(32), s.d, s.c)
		VPXOR(k1, s.c, s.c)
		states[j] = s
	}
	for r := 1; r < rounds-1; r++ {
		k0, k1 = key(p.k0, r), key(p.k1, r)
		for j, s := range states {
			next := state{YMM(), YMM(), YMM(), YMM()}
			VPMULUDQ(p.mul0, s.a, next.d)
			VPMULUDQ(p.mul1, s.c, next.b)
			VPXOR(k1, s.d, s.d)
			VPSRLQ(operand.U8(32), next.b, next.a)
			if s.b == nil { // 0
				VPXOR(k0, next.a, next.a)
			} else {
				VPXOR(k0, s.b, s.b)
				VPXOR(s.b, next.a, next.a)
			}
			VPSRLQ(operand.U8(32), next.d, next.c)
			VPXOR(s.d, next.c, next.c)
			states[j] = next
		}
	}
	k0, k1 = key(p.k0, rounds-1), key(p.k1, rounds-1)
	zero := YMM()
	VPXOR(zero, zero, zero)
	for j, s := range states { // the halves of a product swap places, and so become two words
		w := words{YMM(), YMM()}
		for _, half := range []struct{ mul, x, other, k, out reg.VecVirtual }{
			{p.mul1, s.c, s.b, k0, w.ab}, {p.mul0, s.a, s.d, k1, w.cd},
		} {
			VPMULUDQ(half.mul, half.x, half.out)
			VPBLENDD(operand.U8(0xaa), zero, half.other, half.other)
			VPXOR(half.k, half.other, half.other)
			VPSHUFD(operand.U8(0xb1), half.out, half.out)
			VPXOR(half.other, half.out, half.out)
		}
		out[j] = w
	}
	return out
}
