package fmath

import (
	"math"
	"math/big"
	"sync"
)

// reduce returns y + tail = x - k·π/2 with |y| up to about π/4, and k mod 4. All are NaN or 0 where x
// is not finite.
func reduce(x float64) (quadrant int, y, tail float64) {
	switch {
	case math.Abs(x) <= pio4Hi:
		return 0, x, 0
	case math.Abs(x) < 1<<19:
		return reduceNear(x)
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, math.NaN(), 0
	}
	return reduceFar(x)
}

// reduceNear takes k·π/2 away in pieces of π/2 that have 33 bits each, so that k·piece is exact up to
// k = 2^20. It needs more pieces the closer x is to a multiple of π/2.
//
// Source: Cody and Waite's method with the constants of msun, e_rem_pio2.c.
func reduceNear(x float64) (quadrant int, y, tail float64) {
	const (
		pio2A     = 1.57079632673412561417e+00 // the first 33 bits
		pio2Atail = 6.07710050650619224932e-11 // π/2 - pio2A
		pio2B     = 6.07710050630396597660e-11 // the next 33 bits
		pio2Btail = 2.02226624879595063154e-21
		pio2C     = 2.02226624871116645580e-21
		pio2Ctail = 8.47842766036889956997e-32
	)
	k := math.RoundToEven(float64(x * (2 / math.Pi)))
	r := x - float64(k*pio2A)
	w := float64(k * pio2Atail)
	y = r - w
	if canceled(x, y) > 16 { // 85 bits of π/2 are not enough
		t := r
		w = float64(k * pio2B)
		r = t - w
		w = float64(k*pio2Btail) - ((t - r) - w)
		y = r - w
		if canceled(x, y) > 49 { // nor are 118
			t = r
			w = float64(k * pio2C)
			r = t - w
			w = float64(k*pio2Ctail) - ((t - r) - w)
			y = r - w
		}
	}
	return int(int64(k) & 3), y, (r - y) - w
}

// canceled tells by how many binary digits y is smaller than x.
func canceled(x, y float64) int {
	exponent := func(v float64) int { return int(math.Float64bits(v) >> 52 & 0x7ff) }
	return exponent(x) - exponent(y)
}

// far is the binary digits after the point in reduceFar: 1024 for the largest x, 53 for its result, as many
// again for the tail, and 62 for how near a float64 comes to a multiple of π/2.
const far = 1280

// reduceFar is slow and exact for any finite x.
func reduceFar(x float64) (quadrant int, y, tail float64) {
	fraction, exponent := math.Frexp(math.Abs(x))
	n := new(big.Int).SetUint64(uint64(math.Ldexp(fraction, 53)))
	n.Lsh(n, uint(far+exponent-53)) // |x| in units of 2^-far

	pi := bigPi()
	k, rest := new(big.Int).QuoRem(n, new(big.Int).Rsh(pi, 1), new(big.Int))
	if rest.Cmp(new(big.Int).Rsh(pi, 2)) > 0 {
		k.Add(k, big.NewInt(1))
		rest.Sub(rest, new(big.Int).Rsh(pi, 1))
	}
	quadrant = int(k.Bit(0) | k.Bit(1)<<1)
	if x < 0 {
		quadrant = -quadrant & 3
		rest.Neg(rest)
	}

	v := new(big.Float).SetInt(rest)
	v.SetMantExp(v, -far)
	y, _ = v.Float64()
	tail, _ = v.Sub(v, big.NewFloat(y)).Float64()
	return quadrant, y, tail
}

// bigPi returns π in units of 2^-far, by Machin's formula π = 16·atan(1/5) - 4·atan(1/239).
var bigPi = sync.OnceValue(func() *big.Int {
	const guard = 64 // digits for the rounding of the terms
	one := new(big.Int).Lsh(big.NewInt(1), far+guard)
	// atan(1/n) = 1/n - 1/3n³ + 1/5n⁵ - ...
	atanInverse := func(n int64) *big.Int {
		sum := new(big.Int)
		power := new(big.Int).Quo(one, big.NewInt(n))
		square := new(big.Int).Mul(big.NewInt(n), big.NewInt(n))
		for i := int64(1); power.Sign() > 0; i += 4 {
			sum.Add(sum, new(big.Int).Quo(power, big.NewInt(i)))
			power.Quo(power, square)
			sum.Sub(sum, new(big.Int).Quo(power, big.NewInt(i+2)))
			power.Quo(power, square)
		}
		return sum
	}
	pi := new(big.Int).Mul(big.NewInt(16), atanInverse(5))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), atanInverse(239)))
	return pi.Rsh(pi, guard)
})
