package fmath

import "math"

// Sin returns the sine of x radians. It is NaN for infinities and NaN, and keeps the sign of zero.
func Sin(x float64) float64 {
	if math.Abs(x) < 0x1p-26 {
		return x // x - x³/6 rounds to x
	}
	quadrant, y, tail := reduce(x)
	switch quadrant {
	case 0:
		return kernelSin(y, tail)
	case 1:
		return kernelCos(y, tail)
	case 2:
		return -kernelSin(y, tail)
	}
	return -kernelCos(y, tail)
}

// Cos returns the cosine of x radians. It is NaN for infinities and NaN.
func Cos(x float64) float64 {
	quadrant, y, tail := reduce(x)
	switch quadrant {
	case 0:
		return kernelCos(y, tail)
	case 1:
		return -kernelSin(y, tail)
	case 2:
		return -kernelCos(y, tail)
	}
	return kernelSin(y, tail)
}

// kernelSin returns sin(x + tail) for |x| up to π/4 and a tail below half a unit in its last place.
//
// Source of the coefficients: msun, k_sin.c.
func kernelSin(x, tail float64) float64 {
	const (
		s1 = -1.66666666666666324348e-01
		s2 = 8.33333333332248946124e-03
		s3 = -1.98412698298579493134e-04
		s4 = 2.75573137070700676789e-06
		s5 = -2.50507602534068634195e-08
		s6 = 1.58969099521155010221e-10
	)
	z := float64(x * x)
	cube := float64(z * x)
	r := s2 + float64(z*(s3+float64(z*(s4+float64(z*(s5+float64(z*s6)))))))
	return x - ((float64(z*(float64(tail/2)-float64(cube*r))) - tail) - float64(cube*s1))
}

// kernelCos returns cos(x + tail), as kernelSin the sine.
//
// Source of the coefficients: msun, k_cos.c.
func kernelCos(x, tail float64) float64 {
	const (
		c1 = 4.16666666666666019037e-02
		c2 = -1.38888888888741095749e-03
		c3 = 2.48015872894767294178e-05
		c4 = -2.75573143513906633035e-07
		c5 = 2.08757232129817482790e-09
		c6 = -1.13596475577881948265e-11
	)
	z := float64(x * x)
	r := c1 + float64(z*(c2+float64(z*(c3+float64(z*(c4+float64(z*(c5+float64(z*c6)))))))))
	half := float64(z / 2)
	w := 1 - half // and (1-w)-half is what it lost
	return w + (((1 - w) - half) + (float64(float64(z*z)*r) - float64(x*tail)))
}
