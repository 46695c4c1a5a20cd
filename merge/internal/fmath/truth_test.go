package fmath

import (
	"math"
	"math/big"
)

// The true values, by series in math/big that share nothing with the package but its argument.

// precision of the true values in bits: 53, and enough to tell how far from one we are, and 62 for the
// sines of the numbers nearest to multiples of π.
const precision = 240

func exact(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func newReal() *big.Float { return new(big.Float).SetPrec(precision) }

func add(a, b *big.Float) *big.Float { return newReal().Add(a, b) }
func sub(a, b *big.Float) *big.Float { return newReal().Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return newReal().Mul(a, b) }
func div(a, b *big.Float) *big.Float { return newReal().Quo(a, b) }

func scale(a *big.Float, exponent int) *big.Float { return newReal().SetMantExp(a, exponent) }

// series adds terms from first on, each made from the one before, until they no longer count.
func series(first *big.Float, next func(term *big.Float, i int) *big.Float) *big.Float {
	sum, term := newReal().Set(first), first
	for i := 1; ; i++ {
		term = next(term, i)
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-precision {
			return sum
		}
		sum.Add(sum, term)
	}
}

func trueExp(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return exact(1)
	}
	halvings := max(0, x.MantExp(nil)+8)
	small := scale(x, -halvings)
	// The squarings double the error each time, so this works with more digits.
	sum := new(big.Float).SetPrec(precision + 64).SetInt64(1)
	term := new(big.Float).SetPrec(precision + 64).SetInt64(1)
	for i := int64(1); term.Sign() != 0 && term.MantExp(nil) > -precision-64; i++ {
		term.Mul(term, small)
		term.Quo(term, new(big.Float).SetInt64(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return newReal().Set(sum)
}

// trueLog solves e^y = x by Halley's method, which triples the digits of math.Log each time. The
// exponent goes apart, for math.Log is wrong below 2^-1022 on amd64.
func trueLog(x float64) *big.Float {
	fraction, exponent := math.Frexp(x)
	y := exact(math.Log(fraction) + float64(exponent)*math.Ln2)
	for range 3 {
		e := trueExp(y)
		y = add(y, scale(div(sub(exact(x), e), add(exact(x), e)), 1))
	}
	return y
}

// trueAtan takes t from 0 to 1; atan(t) = 2·atan(t / (1+√(1+t²))) makes it small.
func trueAtan(t *big.Float) *big.Float {
	if t.Sign() == 0 {
		return newReal()
	}
	for range 4 {
		t = div(t, add(exact(1), newReal().Sqrt(add(exact(1), mul(t, t)))))
	}
	power := t
	return scale(series(t, func(_ *big.Float, i int) *big.Float {
		power = newReal().Neg(mul(power, mul(t, t)))
		return div(power, exact(float64(2*i+1)))
	}), 4)
}

var truePi = scale(trueAtan(exact(1)), 2)

func trueAtan2(y, x *big.Float) *big.Float {
	if y.Sign() < 0 {
		return newReal().Neg(trueAtan2(newReal().Neg(y), x))
	}
	abs := newReal().Abs(x)
	if y.Cmp(abs) > 0 {
		angle := trueAtan(div(abs, y))
		if x.Sign() > 0 {
			angle.Neg(angle)
		}
		return add(scale(truePi, -1), angle)
	}
	angle := trueAtan(div(y, abs))
	if x.Sign() < 0 {
		return sub(truePi, angle)
	}
	return angle
}

func trueAcos(x float64) *big.Float {
	return trueAtan2(newReal().Sqrt(mul(sub(exact(1), exact(x)), add(exact(1), exact(x)))), exact(x))
}

// trueSin takes any x, with as many digits of π as it needs.
func trueSin(x float64) *big.Float { return sine(x, 0) }

func trueCos(x float64) *big.Float { return sine(x, 1) }

// sine returns sin(x + quarter·π/2).
func sine(x float64, quarter int64) *big.Float {
	const wide = 2400
	pio2 := new(big.Float).SetPrec(wide).SetMantExp(new(big.Float).SetPrec(wide).SetInt(bigPi()), -far-1)
	v := new(big.Float).SetPrec(wide).SetFloat64(x)
	k, _ := new(big.Float).SetPrec(wide).Quo(v, pio2).Int(nil)
	v.Sub(v, new(big.Float).SetPrec(wide).Mul(pio2, new(big.Float).SetPrec(wide).SetInt(k)))
	rest := newReal().Set(v)
	k.Add(k, big.NewInt(quarter)).And(k, big.NewInt(3))
	square := newReal().Neg(mul(rest, rest))
	first, odd := rest, 1.0
	if k.Int64()%2 == 1 {
		first, odd = exact(1), 0
	}
	var sum *big.Float
	if sum = newReal(); first.Sign() != 0 {
		sum = series(first, func(term *big.Float, i int) *big.Float {
			n := 2*float64(i) + odd
			return div(mul(term, square), exact(n*(n-1)))
		})
	}
	if k.Int64() >= 2 {
		sum.Neg(sum)
	}
	return sum
}

// ulps returns how far got is from want, in units of the last place of a float64 near want.
func ulps(got float64, want *big.Float) float64 {
	near, _ := want.Float64()
	if math.IsInf(near, 0) || math.IsInf(got, 0) || got != got {
		if got == near {
			return 0
		}
		return math.Inf(1)
	}
	if want.Sign() == 0 {
		return math.Abs(got) / math.SmallestNonzeroFloat64
	}
	unit := max(want.MantExp(nil)-53, -1074)
	off, _ := scale(sub(exact(got), want), -unit).Float64()
	return math.Abs(off)
}
