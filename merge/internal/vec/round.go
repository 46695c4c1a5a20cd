package vec

import "math"

// The rounders make of every value what a narrower type holds of it, as the encoders would: rounded once to
// nearest even. A NaN stays one. They tell whether x has an Inf or NaN now.

// RoundBF16 rounds x to bf16.
func RoundBF16[F float32 | float64](x []F) (infinite bool) {
	if n := whole(len(x)); n > 0 {
		switch whole := any(x[:n]).(type) {
		case []float32:
			infinite = simdRoundBF16Narrow(whole)
		case []float64:
			infinite = simdRoundBF16(whole)
		}
		x = x[n:]
	}
	for i, v := range x {
		u := math.Float64bits(float64(v))
		if normalBF16(u) {
			x[i] = F(math.Float64frombits(roundBF16(u) << bf16Cut))
		} else {
			r := bf16.round(u)
			x[i] = F(r)
			infinite = infinite || r-r != 0
		}
	}
	return infinite
}

// RoundF16 rounds x to f16.
func RoundF16[F float32 | float64](x []F) (infinite bool) {
	if n := whole(len(x)); n > 0 {
		switch whole := any(x[:n]).(type) {
		case []float32:
			infinite = simdRoundF16Narrow(whole)
		case []float64:
			infinite = simdRoundF16(whole)
		}
		x = x[n:]
	}
	for i, v := range x {
		u := math.Float64bits(float64(v))
		if normalF16(u) {
			x[i] = F(math.Float64frombits(roundF16(u) << f16Cut))
		} else {
			r := f16.round(u)
			x[i] = F(r)
			infinite = infinite || r-r != 0
		}
	}
	return infinite
}

// RoundF32 rounds x to f32.
func RoundF32[F float32 | float64](x []F) (infinite bool) {
	if n := whole(len(x)); n > 0 {
		switch whole := any(x[:n]).(type) {
		case []float32: // it stays as it is
			infinite = simdInfiniteNarrow(whole)
		case []float64:
			infinite = simdRoundF32(whole)
		}
		x = x[n:]
	}
	for i, v := range x {
		r := float32(v)
		x[i] = F(r)
		infinite = infinite || r-r != 0
	}
	return infinite
}

// Infinite tells whether x has an Inf or NaN.
func Infinite[F float32 | float64](x []F) bool {
	if n := whole(len(x)); n > 0 {
		infinite := false
		switch whole := any(x[:n]).(type) {
		case []float32:
			infinite = simdInfiniteNarrow(whole)
		case []float64:
			infinite = simdInfinite(whole)
		}
		if infinite {
			return true
		}
		x = x[n:]
	}
	for i := range x {
		if v := float64(x[i]); v-v != 0 {
			return true
		}
	}
	return false
}

// round returns what h holds of the float64 with the bits u, which is not normal there.
func (h *half) round(u uint64) float64 {
	a := math.Float64frombits(u &^ signBit)
	switch {
	case a < math.Float64frombits(h.least):
		a = a + h.unit - h.unit
	case a >= math.Float64frombits(h.over):
		a = math.Inf(1)
	}
	return math.Copysign(a, math.Float64frombits(u))
}
