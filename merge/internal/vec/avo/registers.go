package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// constants are in memory once each.
var constants = map[uint64]operand.Mem{}

// repeat returns a register full of a constant of this many bits.
func repeat(bits int, x uint64) reg.VecVirtual {
	for ; bits < 64; bits *= 2 {
		x |= x << bits
	}
	m, ok := constants[x]
	if !ok {
		m = ConstData(fmt.Sprintf("x%016x", x), operand.U64(x))
		constants[x] = m
	}
	r := YMM()
	VPBROADCASTQ(m, r)
	return r
}

// returnAny makes the result whether any bit of v is set.
func returnAny(v reg.VecVirtual) {
	any := GP8()
	VPTEST(v, v)
	SETNE(any)
	Store(any, ReturnIndex(0))
}

// replaceNaN puts nan in place of every NaN of the float32s f.
func replaceNaN(f, nan reg.VecVirtual) {
	m := YMM()
	VCMPPS(operand.U8(unordered), f, f, m)
	VBLENDVPS(m, nan, f, f)
}

// A rounder holds in registers what rounding to a type takes.
type rounder struct{ abs, beyond, least, exponent, unit reg.VecVirtual }

func newRounder(h half) rounder {
	return rounder{
		repeat(64, magnitude), repeat(64, h.beyond), repeat(64, h.least), repeat(64, exponent), repeat(64, uint64(h.cut)<<52),
	}
}

// round returns the float64s x rounded to nearest even, with the power of 2 beyond the largest finite number in
// place of Inf. It adds and takes away the power of 2 whose last place is the unit that x is rounded to, which is no
// less than that of the smallest normal number.
func (r rounder) round(x reg.VecVirtual) reg.VecVirtual {
	a, sign, power := YMM(), YMM(), YMM()
	VANDPD(r.abs, x, a)
	VANDNPD(x, r.abs, sign)
	VMINPD(a, r.beyond, a) // the second of the two, which is written first, if one is NaN
	VMAXPD(r.least, a, power)
	VANDPD(r.exponent, power, power)
	VPADDQ(r.unit, power, power)
	VADDPD(power, a, a)
	VSUBPD(power, a, a)
	VORPD(sign, a, a)
	return a
}

// number returns a register full of the parameter of this name, a float64.
func number(name string) reg.VecVirtual {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := YMM()
	VBROADCASTSD(p.Addr, r)
	return r
}

// widened returns four float32s from element i+k of row on as float64s.
func widened(row, i reg.Register, k int) reg.VecVirtual {
	v := YMM()
	VCVTPS2PD(at(row, i, 4, k), v)
	return v
}

// difference returns x − base of four elements from i+k on.
func difference(x, base, i reg.Register, k int) reg.VecVirtual {
	d := widened(x, i, k)
	VSUBPD(widened(base, i, k), d, d)
	return d
}

// unless0 makes 0 of those of d whose key is 0 or −0.
func unless0(d reg.VecVirtual, key, i reg.Register, k int, zero reg.VecVirtual) {
	m := YMM()
	VCMPPS(operand.U8(notEqual), at(key, i, 4, k), zero, m.AsX())
	VPMOVSXDQ(m.AsX(), m)
	VANDPD(m, d, d)
}

// integer returns a register full of the parameter of this name, of 32 bits.
func integer(name string) reg.VecVirtual {
	r := YMM()
	VMOVD(Load(Param(name), GP32()), r.AsX())
	VPBROADCASTD(r.AsX(), r)
	return r
}

var lists = map[[4]uint64]operand.Mem{}

// list returns a register of four numbers.
func list(x [4]uint64) reg.VecVirtual {
	m, ok := lists[x]
	if !ok {
		m = GLOBL(fmt.Sprintf("x%x_%x_%x_%x", x[0], x[1], x[2], x[3]), attr.RODATA|attr.NOPTR)
		for k, x := range x {
			DATA(8*k, operand.U64(x))
		}
		lists[x] = m
	}
	r := YMM()
	VMOVDQU(m, r)
	return r
}
