package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func draws() {
	kernel("simdDraws", "func(dst []uint32, k0, k1 uint32, block uint64)", "is Draws, of a multiple of 32 words.")
	dst, p := pointer("dst"), newPhilox()
	counter, four := p.counters([4]uint64{0, 2, 1, 3}), repeat(64, 4) // so both halves of a register hold blocks that follow on each other
	loopOf(32, "dst", func(i reg.Register) {
		next := YMM()
		VPADDQ(four, counter, next)
		for j, w := range p.blocks(counter, next) {
			first, second := YMM(), YMM()
			VPUNPCKLQDQ(w.cd, w.ab, first)
			VPUNPCKHQDQ(w.cd, w.ab, second)
			VMOVDQU(first, at(dst, i, 4, 16*j))
			VMOVDQU(second, at(dst, i, 4, 16*j+8))
		}
		VPADDQ(four, next, counter)
	})
}

// rounds is how many Draws makes.
const rounds = 7

// A philox is what drawing takes: the keys of the rounds in memory, one to 64 bits, and the multipliers in registers.
type philox struct {
	k0, k1     operand.Mem
	mul0, mul1 reg.VecVirtual
}

func newPhilox() *philox {
	return &philox{keys("k0", 0x9E3779B9), keys("k1", 0xBB67AE85), repeat(64, 0xD2511F53), repeat(64, 0xCD9E8D57)}
}

// keys writes the parameter of this name, and what it grows to, to the stack.
func keys(name string, growth uint32) operand.Mem {
	k := YMM()
	VMOVD(Load(Param(name), GP32()), k.AsX())
	VPBROADCASTQ(k.AsX(), k)
	to := AllocLocal(2 * 4 * 8)
	for r := uint32(0); r < rounds; r += 4 {
		var plus [4]uint64
		for j := range plus {
			plus[j] = uint64((r + uint32(j)) * growth)
		}
		grown := YMM()
		VPADDD(list(plus), k, grown)
		VMOVDQU(grown, to.Offset(8*int(r)))
	}
	return to
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
	type state struct{ a, b, c, d reg.VecVirtual }
	out, states := make([]words, len(counters)), make([]state, len(counters))
	key := func(k operand.Mem, r int) reg.VecVirtual {
		v := YMM()
		VPBROADCASTQ(k.Offset(8*r), v)
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
	// add is what a round does to words b and d, once the products are made: the upper half of one, and a key.
	add := func(product, x, k reg.VecVirtual) reg.VecVirtual {
		upper := YMM()
		VPSRLQ(operand.U8(32), product, upper)
		if x == nil { // 0
			VPXOR(k, upper, upper)
			return upper
		}
		VPXOR(k, x, x)
		VPXOR(upper, x, x)
		return x
	}
	for r := 1; r < rounds; r++ {
		for _, s := range states {
			VPMULUDQ(p.mul0, s.a, s.a)
			VPMULUDQ(p.mul1, s.c, s.c)
		}
		if r == rounds-1 {
			break
		}
		k := key(p.k0, r)
		for j := range states {
			states[j].b = add(states[j].c, states[j].b, k)
		}
		k = key(p.k1, r)
		for j, s := range states {
			states[j] = state{s.b, s.c, add(s.a, s.d, k), s.a}
		}
	}
	zero := YMM()
	VPXOR(zero, zero, zero)
	// last does the same and joins what it makes with the lower half of the product.
	last := func(product, x, k reg.VecVirtual) reg.VecVirtual {
		VPBLENDD(operand.U8(0xaa), zero, x, x)
		VPXOR(k, x, x)
		VPSHUFD(operand.U8(0xb1), product, product)
		VPXOR(x, product, product)
		return product
	}
	k := key(p.k0, rounds-1)
	for j, s := range states {
		out[j].ab = last(s.c, s.b, k)
	}
	k = key(p.k1, rounds-1)
	for j, s := range states {
		out[j].cd = last(s.a, s.d, k)
	}
	return out
}
