package vec

import "math"

// Mask writes which of n draws are below keep to dst, n being 8·len(dst): bit i mod 8 of dst[i/8] is 1 if draw i is. Draw i is half
// i mod 2 of draws[i/2], the lower 16 bits first. keep is at most 2¹⁶.
func Mask(dst []byte, draws []uint32, keep uint32) {
	draws = draws[:4*len(dst)]
	if n := whole(len(dst)); n > 0 && keep > 0 {
		simdMask(dst, draws, keep)
		dst, draws = dst[n:], draws[4*n:]
	}
	for i := range dst {
		four := (*[4]uint32)(draws[4*i:])
		bits := uint32(0)
		for j, w := range four {
			bits |= (w&0xffff - keep) >> 31 << (2 * j)
			bits |= (w>>16 - keep) >> 31 << (2*j + 1)
		}
		dst[i] = byte(bits)
	}
}

// KeepMasked makes 0 of the entries of d whose bit in mask is 0; a NaN stays. Entry i has bit i mod 8 of mask[i/8]. No entry
// costs a branch, for half of them would be mispredicted.
func KeepMasked(d []float32, mask []byte) {
	const inf = 0xff << 23
	mask = mask[:(len(d)+7)/8]
	if n := whole(len(d)); n > 0 {
		simdKeepMasked(d, mask)
		d, mask = d[n:], mask[n/8:]
	}
	for i, x := range d {
		bits := math.Float32bits(x)
		stays := -(uint32(mask[i/8]) >> (i % 8) & 1)
		nan := uint32(int32(inf-bits&^(1<<31)) >> 31)
		d[i] = math.Float32frombits(bits & (stays | nan))
	}
}
