package dtype

import (
	"encoding/binary"
	"math"
)

// A bf16 is the upper half of a float32.

func decodeBF16(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 8 {
		w := binary.LittleEndian.Uint64(src)
		dst[0] = math.Float32frombits(uint32(w) << 16)
		dst[1] = math.Float32frombits(uint32(w) & 0xffff0000)
		dst[2] = math.Float32frombits(uint32(w>>32) << 16)
		dst[3] = math.Float32frombits(uint32(w>>32) & 0xffff0000)
		dst, src = dst[4:], src[8:]
	}
	for len(dst) >= 1 && len(src) >= 2 {
		dst[0] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src)) << 16)
		dst, src = dst[1:], src[2:]
	}
}

func encodeBF16(dst []byte, src []float32) {
	for len(src) >= 4 && len(dst) >= 8 {
		a, b, c, d := src[0], src[1], src[2], src[3]
		lo := toBF16(a)>>16 | toBF16(b)&0xffff0000
		hi := toBF16(c)>>16 | toBF16(d)&0xffff0000
		binary.LittleEndian.PutUint64(dst, uint64(lo)|uint64(hi)<<32)
		src, dst = src[4:], dst[8:]
	}
	for len(src) >= 1 && len(dst) >= 2 {
		binary.LittleEndian.PutUint16(dst, uint16(toBF16(src[0])>>16))
		src, dst = src[1:], dst[2:]
	}
}

func roundBF16(x []float32) (infinite bool) {
	top := uint32(0)
	for i, v := range x {
		u := toBF16(v) & 0xffff0000
		top = max(top, u&0x7fffffff)
		x[i] = math.Float32frombits(u)
	}
	return top >= 0x7f800000
}

// toBF16 returns the bf16 nearest to v in its upper half; the lower half is noise. A carry out of
// the significand raises the exponent, at the top to infinity, as it should.
func toBF16(v float32) uint32 {
	if v != v {
		return 0x7fc00000
	}
	u := math.Float32bits(v)
	return u + 0x7fff + u>>16&1
}
