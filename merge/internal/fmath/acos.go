package fmath

import "math"

// π and its parts as the sums of two float64s, good to 107 bits.
const (
	piHi   = 3.14159265358979311600e+00
	piLo   = 1.22464679914735317720e-16
	pio2Hi = 1.57079632679489655800e+00
	pio2Lo = 6.12323399573676603587e-17
	pio4Hi = pio2Hi / 2
	pio4Lo = pio2Lo / 2
)

// Acos returns the arc cosine of x in radians, from 0 to π. It is NaN for |x| > 1 and for NaN.
func Acos(x float64) float64 {
	switch {
	case math.Abs(x) < 0.5:
		// π/2 - asin(x)
		z := float64(x * x)
		return pio2Hi - (x - (pio2Lo - float64(x*asinTail(z))))
	case x == 1:
		return 0
	case -1 <= x && x <= -0.5:
		// π - 2·asin(√z) with z = (1+x)/2, which is exact
		z := float64((1 + x) / 2)
		s := math.Sqrt(z)
		return piHi - float64(2*(s+(float64(asinTail(z)*s)-pio2Lo)))
	case 0.5 <= x && x < 1:
		// 2·asin(√z) with z = (1-x)/2, and √z as f + c, for s is rounded
		z := float64((1 - x) / 2)
		s := math.Sqrt(z)
		f := math.Float64frombits(math.Float64bits(s) &^ (1<<32 - 1)) // f*f is exact
		c := float64((z - float64(f*f)) / (s + f))
		return float64(2 * (f + (float64(asinTail(z)*s) + c)))
	}
	return math.NaN()
}

// asinTail approximates (asin(x) - x) / x for z = x², from 0 to 1/4.
//
// Source of the coefficients: msun, e_asin.c.
func asinTail(z float64) float64 {
	const (
		p0 = 1.66666666666666657415e-01
		p1 = -3.25565818622400915405e-01
		p2 = 2.01212532134862925881e-01
		p3 = -4.00555345006794114027e-02
		p4 = 7.91534994289814532176e-04
		p5 = 3.47933107596021167570e-05
		q1 = -2.40339491173441421878e+00
		q2 = 2.02094576023350569471e+00
		q3 = -6.88283971605453293030e-01
		q4 = 7.70381505559019352791e-02
	)
	p := p0 + float64(z*(p1+float64(z*(p2+float64(z*(p3+float64(z*(p4+float64(z*p5)))))))))
	q := 1 + float64(z*(q1+float64(z*(q2+float64(z*(q3+float64(z*q4)))))))
	return float64(float64(z*p) / q)
}
