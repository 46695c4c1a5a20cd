package vec

import "math"

// Drop makes 0 of the entries of d whose draw is keep or more; a NaN stays. The draw of entry i is half i mod 2 of
// draws[i/2], the lower 16 bits first. keep is at most 2¹⁶. No entry costs a branch, for half of them would be
// mispredicted.
func Drop(d []float32, draws []uint32, keep uint32) {
	if n := whole(min(len(d), 2*len(draws))); n > 0 {
		simdDrop(d[:n], draws, keep)
		d, draws = d[n:], draws[n/2:]
	}
	for len(d) >= 8 && len(draws) >= 4 {
		x, w := (*[8]float32)(d), (*[4]uint32)(draws)
		x[0], x[1] = stay(x[0], w[0]&0xffff, keep), stay(x[1], w[0]>>16, keep)
		x[2], x[3] = stay(x[2], w[1]&0xffff, keep), stay(x[3], w[1]>>16, keep)
		x[4], x[5] = stay(x[4], w[2]&0xffff, keep), stay(x[5], w[2]>>16, keep)
		x[6], x[7] = stay(x[6], w[3]&0xffff, keep), stay(x[7], w[3]>>16, keep)
		d, draws = d[8:], draws[4:]
	}
	for i, x := range d {
		d[i] = stay(x, draws[i/2]>>(i%2*16)&0xffff, keep)
	}
}

// stay returns x if draw is below keep or x is NaN, and else 0.
func stay(x float32, draw, keep uint32) float32 {
	const inf = 0xff << 23
	bits := math.Float32bits(x)
	stays := uint32(int32(draw-keep) >> 31)
	nan := uint32(int32(inf-bits&^(1<<31)) >> 31)
	return math.Float32frombits(bits & (stays | nan))
}
