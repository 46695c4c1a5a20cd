package truth

import "math"

// A number is a float64 and what was rounded off it, some 106 bits together.
//
// Source: Dekker 1971, "A floating-point technique for extending the available precision",
// doi:10.1007/BF01397083; products by a fused multiply-add.
type number struct{ high, low float64 }

func exactly(x float64) number { return number{x, 0} }

// normal returns high + low without a rounding error.
func normal(high, low float64) number {
	sum := high + low
	rest := sum - high
	return number{sum, (high - (sum - rest)) + (low - rest)}
}

func (a number) add(b number) number {
	s := normal(a.high, b.high)
	return normal(s.high, s.low+(a.low+b.low))
}

func (a number) negative() number { return number{-a.high, -a.low} }

func (a number) minus(b number) number { return a.add(b.negative()) }

func (a number) times(b number) number {
	p := float64(a.high * b.high) // which no compiler fuses with what it is added to
	low := math.FMA(a.high, b.high, -p)
	return normal(p, low+(float64(a.high*b.low)+float64(a.low*b.high)))
}

func (a number) over(b number) number {
	q := exactly(a.high / b.high)
	rest := a.minus(q.times(b))
	q = q.add(exactly(rest.high / b.high))
	rest = a.minus(q.times(b))
	return q.add(exactly(rest.high / b.high))
}

func (a number) abs() number {
	if a.high < 0 || a.high == 0 && a.low < 0 {
		return a.negative()
	}
	return a
}

// float returns the float64 nearest to a.
func (a number) float() float64 { return a.high + a.low }

// sum returns the sum of x, in order.
func sum(x []float64) float64 {
	var s number
	for _, v := range x {
		s = s.add(exactly(v))
	}
	return s.float()
}
