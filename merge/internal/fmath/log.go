package fmath

import "math"

// Log returns the natural logarithm of x. It is -Inf for 0, +Inf for +Inf, and NaN for negative numbers
// and NaN.
//
// Source of the method and its coefficients: msun, e_log.c.
func Log(x float64) float64 {
	const (
		sqrtHalf = math.Sqrt2 / 2

		l1 = 6.666666666666735130e-01
		l2 = 3.999999999940941908e-01
		l3 = 2.857142874366239149e-01
		l4 = 2.222219843214978396e-01
		l5 = 1.818357216161805012e-01
		l6 = 1.531383769920937332e-01
		l7 = 1.479819860511658591e-01
	)
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	// x = 2^k·(1+f), 1+f from √½ to √2
	fraction, exponent := math.Frexp(x)
	if fraction < sqrtHalf {
		fraction = float64(fraction * 2)
		exponent--
	}
	f, k := fraction-1, float64(exponent)
	// log(1+f) = f - f²/2 + s·(f²/2 + R), R even in s = f/(2+f)
	s := float64(f / (2 + f))
	z := float64(s * s)
	u := float64(z * z)
	r := float64(z*(l1+float64(u*(l3+float64(u*(l5+float64(u*l7))))))) + float64(u*(l2+float64(u*(l4+float64(u*l6)))))
	half := float64(float64(f*f) / 2)
	return float64(k*ln2Hi) - ((half - (float64(s*(half+r)) + float64(k*ln2Lo))) - f)
}
