package fmath

import "math"

// Atan2 returns the angle in radians between the positive x axis and the direction of (x, y), from -π to
// π, with the signs of zeros and the infinities as math.Atan2 has them. It is as good for nearly parallel directions as
// for others, which the arc cosine of their inner product is not.
func Atan2(y, x float64) float64 {
	angle := atan2(math.Abs(y), x)
	if math.Signbit(y) {
		return -angle
	}
	return angle
}

// atan2 is Atan2 for y that is not negative.
func atan2(y, x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN()
	case math.IsInf(y, 1) && math.IsInf(x, 0):
		if x > 0 {
			return pio4Hi
		}
		return piHi - pio4Hi
	case y == 0 || math.IsInf(x, 0):
		if math.Signbit(x) {
			return piHi
		}
		return 0
	case math.IsInf(y, 1):
		return pio2Hi
	}

	// The angle is base ± atan(low/high), and low is not above high.
	low, high := y, math.Abs(x)
	base, baseLo, sign := 0.0, 0.0, 1.0
	switch {
	case low > high: // around the y axis
		low, high = high, low
		base, baseLo, sign = pio2Hi, pio2Lo, -math.Copysign(1, x)
	case math.Signbit(x): // around the negative x axis
		base, baseLo, sign = piHi, piLo, -1
	}
	if q := float64(low / high); base == 0 && q < 0x1p-30 {
		return q // q - q³/3 rounds to q; and it may be subnormal
	}
	// Away from the ends of the exponents; a low that underflows is lost in base anyway.
	high, exponent := math.Frexp(high)
	low = math.Ldexp(low, -exponent)

	// atan(low/high) = atan(c) + atan(n/d) with d = high + c·low as d + dLo
	n, d, dLo := low, high, 0.0
	var c, cLo float64 // the arc tangent of c
	switch {
	case low < float64(high*0.4375):
	case low < float64(high*0.6875): // c = 1/2; the difference is exact
		c, cLo = 4.63647609000806093515e-01, 2.26987774529616870924e-17
		n = low - float64(high/2)
		d = high + float64(low/2)
		dLo = (high - d) + float64(low/2)
	default: // c = 1
		c, cLo = pio4Hi, pio4Lo
		n = low - high
		d = high + low
		dLo = (high - d) + low
	}
	u := float64(n / d)
	uLo := float64((math.FMA(-u, d, n) - float64(u*dLo)) / d) // what the division lost
	tail := atanTail(u, uLo)

	// base ± (c + u + the tails), the large ones first and what their sums lose kept
	sum, lost := twoSum(base, float64(sign*c))
	lost += baseLo + float64(sign*cLo)
	sum, more := twoSum(sum, float64(sign*u))
	return sum + (more + (lost + float64(sign*tail)))
}

// twoSum returns a + b rounded, and what the rounding lost.
func twoSum(a, b float64) (sum, lost float64) {
	sum = a + b
	a1 := sum - b
	return sum, (a - a1) + (b - (sum - a1))
}

// atanTail returns atan(x + lo) - x for |x| below 0.44 and lo far below it.
//
// Source of the coefficients: msun, s_atan.c.
func atanTail(x, lo float64) float64 {
	const (
		a0  = 3.33333333333329318027e-01
		a1  = -1.99999999998764832476e-01
		a2  = 1.42857142725034663711e-01
		a3  = -1.11111104054623557880e-01
		a4  = 9.09088713343650656196e-02
		a5  = -7.69187620504482999495e-02
		a6  = 6.66107313738753120669e-02
		a7  = -5.83357013379057348645e-02
		a8  = 4.97687799461593236017e-02
		a9  = -3.65315727442169155270e-02
		a10 = 1.62858201153657823623e-02
	)
	z := float64(x * x)
	w := float64(z * z)
	even := a0 + float64(w*(a2+float64(w*(a4+float64(w*(a6+float64(w*(a8+float64(w*a10)))))))))
	odd := a1 + float64(w*(a3+float64(w*(a5+float64(w*(a7+float64(w*a9)))))))
	return float64(lo/(1+z)) - float64(x*(float64(z*even)+float64(w*odd)))
}
