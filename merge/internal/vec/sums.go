package vec

import "math"

// Lanes are the partial sums of a long row: element i is added to lane i mod 16, in order. Rows that follow
// each other are summed as one where all but the last have a multiple of 16 elements.
type Lanes [16]float64

// Total returns the sum of the lanes, in order.
func (l *Lanes) Total() float64 {
	sum := 0.0
	for _, x := range l {
		sum += x
	}
	return sum
}

// Dot adds aᵢ·bᵢ to sums.
func Dot(sums *Lanes, a, b []float32) {
	if n := whole(min(len(a), len(b))); n > 0 {
		simdDot((*[16]float64)(sums), a[:n], b)
		a, b = a[n:], b[n:]
	}
	for len(a) >= len(sums) && len(b) >= len(sums) {
		x, y := (*[len(sums)]float32)(a), (*[len(sums)]float32)(b)
		for j := range sums {
			sums[j] += float64(float64(x[j]) * float64(y[j]))
		}
		a, b = a[len(sums):], b[len(sums):]
	}
	b = b[:len(a)]
	for j := range a {
		sums[j%len(sums)] += float64(float64(a[j]) * float64(b[j]))
	}
}

// DotWide adds aᵢ·bᵢ to sums.
func DotWide(sums *Lanes, a, b []float64) {
	if n := whole(min(len(a), len(b))); n > 0 {
		simdDotWide((*[16]float64)(sums), a[:n], b)
		a, b = a[n:], b[n:]
	}
	for len(a) >= len(sums) && len(b) >= len(sums) {
		x, y := (*[len(sums)]float64)(a), (*[len(sums)]float64)(b)
		for j := range sums {
			sums[j] += float64(x[j] * y[j])
		}
		a, b = a[len(sums):], b[len(sums):]
	}
	b = b[:len(a)]
	for j := range a {
		sums[j%len(sums)] += float64(a[j] * b[j])
	}
}

// Dots adds aᵢ², aᵢ·bᵢ and bᵢ² to the three sums, as three calls of [Dot] would; reading once takes 0.6 of
// their time.
func Dots(sums *[3]Lanes, a, b []float32) {
	p, q, r := &sums[0], &sums[1], &sums[2]
	if n := whole(min(len(a), len(b))); n > 0 {
		simdDots((*[16]float64)(p), (*[16]float64)(q), (*[16]float64)(r), a[:n], b)
		a, b = a[n:], b[n:]
	}
	for len(a) >= len(p) && len(b) >= len(p) {
		x, y := (*[len(p)]float32)(a), (*[len(p)]float32)(b)
		for j := range p {
			u, v := float64(x[j]), float64(y[j])
			p[j] += float64(u * u)
			q[j] += float64(u * v)
			r[j] += float64(v * v)
		}
		a, b = a[len(p):], b[len(p):]
	}
	b = b[:len(a)]
	for j := range a {
		u, v := float64(a[j]), float64(b[j])
		p[j%len(p)] += float64(u * u)
		q[j%len(p)] += float64(u * v)
		r[j%len(p)] += float64(v * v)
	}
}

// SumKept adds |dᵢ| to all, and to kept where keyᵢ is not 0, where dᵢ = xᵢ − baseᵢ in float64.
func SumKept(all, kept *Lanes, x, base, key []float32) {
	base, key = base[:len(x)], key[:len(x)]
	if n := whole(len(x)); n > 0 {
		simdSumKept((*[16]float64)(all), (*[16]float64)(kept), x, base, key)
		x, base, key = x[n:], base[n:], key[n:]
	}
	for len(x) >= len(all) && len(base) >= len(all) && len(key) >= len(all) {
		u, v, w := (*[len(all)]float32)(x), (*[len(all)]float32)(base), (*[len(all)]float32)(key)
		for j := range all {
			d := math.Abs(float64(u[j]) - float64(v[j]))
			all[j] += d
			kept[j] += unless0(d, w[j])
		}
		x, base, key = x[len(all):], base[len(all):], key[len(all):]
	}
	base, key = base[:len(x)], key[:len(x)]
	for j := range x {
		d := math.Abs(float64(x[j]) - float64(base[j]))
		all[j%len(all)] += d
		kept[j%len(all)] += unless0(d, key[j])
	}
}

// unless0 returns d, and 0 where key is 0 or −0. The compiler makes a conditional move of it; a branch would be
// mispredicted half the time.
func unless0(d float64, key float32) float64 {
	bits := math.Float64bits(d)
	if math.Float32bits(key)<<1 == 0 {
		bits = 0
	}
	return math.Float64frombits(bits)
}
