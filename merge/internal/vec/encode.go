package vec

import (
	"encoding/binary"
	"math"
)

// The encoders write float64s as elements of a type, little endian, rounded once to nearest even: through
// subnormals, and to Inf from half a unit above the largest finite value. Every NaN becomes the one quiet NaN
// without sign or payload. They tell whether dst has an Inf or NaN now. dst holds exactly the elements of src.

// EncodeBF16 writes src as bf16.
func EncodeBF16(dst []byte, src []float64) (infinite bool) {
	if n := whole(min(len(src), len(dst)/2)); n > 0 {
		infinite = simdEncodeBF16(dst, src[:n])
		dst, src = dst[2*n:], src[n:]
	}
	i := 0
	for ; i+4 <= len(src) && 2*i+8 <= len(dst); i += 4 {
		x := src[i : i+4 : i+4]
		a, b := math.Float64bits(x[0]), math.Float64bits(x[1])
		c, d := math.Float64bits(x[2]), math.Float64bits(x[3])
		if normalBF16(a) && normalBF16(b) && normalBF16(c) && normalBF16(d) {
			ac, bd := roundBF16(a)|roundBF16(c)<<32, roundBF16(b)|roundBF16(d)<<32
			ac = ac>>(bf16Top-15)&(0xc000<<32|0xc000) | ac&(0x3fff<<32|0x3fff)
			bd = bd>>(bf16Top-15)&(0xc000<<32|0xc000) | bd&(0x3fff<<32|0x3fff)
			binary.LittleEndian.PutUint64(dst[2*i:], ac|bd<<16)
		} else {
			infinite = bf16.encode(dst[2*i:2*i+8], x) || infinite
		}
	}
	return bf16.encode(dst[2*i:], src[i:]) || infinite
}

// EncodeF16 writes src as f16.
func EncodeF16(dst []byte, src []float64) (infinite bool) {
	if n := whole(min(len(src), len(dst)/2)); n > 0 {
		infinite = simdEncodeF16(dst, src[:n])
		dst, src = dst[2*n:], src[n:]
	}
	i := 0
	for ; i+4 <= len(src) && 2*i+8 <= len(dst); i += 4 {
		x := src[i : i+4 : i+4]
		a, b := math.Float64bits(x[0]), math.Float64bits(x[1])
		c, d := math.Float64bits(x[2]), math.Float64bits(x[3])
		if normalF16(a) && normalF16(b) && normalF16(c) && normalF16(d) {
			ac, bd := roundF16(a)|roundF16(c)<<32, roundF16(b)|roundF16(d)<<32
			ac = ac>>(f16Top-15)&(0xc000<<32|0xc000) | ac&(0x3fff<<32|0x3fff)
			bd = bd>>(f16Top-15)&(0xc000<<32|0xc000) | bd&(0x3fff<<32|0x3fff)
			binary.LittleEndian.PutUint64(dst[2*i:], ac|bd<<16)
		} else {
			infinite = f16.encode(dst[2*i:2*i+8], x) || infinite
		}
	}
	return f16.encode(dst[2*i:], src[i:]) || infinite
}

// EncodeF32 writes src as f32.
func EncodeF32(dst []byte, src []float64) (infinite bool) {
	if n := whole(min(len(src), len(dst)/4)); n > 0 {
		infinite = simdEncodeF32(dst, src[:n])
		dst, src = dst[4*n:], src[n:]
	}
	for len(src) >= 4 && len(dst) >= 16 {
		a, b, c, d := float32(src[0]), float32(src[1]), float32(src[2]), float32(src[3])
		if (a-a)+(b-b)+(c-c)+(d-d) == 0 {
			binary.LittleEndian.PutUint32(dst, math.Float32bits(a))
			binary.LittleEndian.PutUint32(dst[4:], math.Float32bits(b))
			binary.LittleEndian.PutUint32(dst[8:], math.Float32bits(c))
			binary.LittleEndian.PutUint32(dst[12:], math.Float32bits(d))
		} else {
			infinite = true
			encodeF32(dst[:16], src[:4])
		}
		src, dst = src[4:], dst[16:]
	}
	return encodeF32(dst, src) || infinite
}

// encodeF32 is EncodeF32 one by one.
func encodeF32(dst []byte, src []float64) (infinite bool) {
	for len(src) >= 1 && len(dst) >= 4 {
		x := float32(src[0])
		u := math.Float32bits(x)
		if x != x {
			u = 0x7fc00000
		}
		binary.LittleEndian.PutUint32(dst, u)
		infinite = infinite || x-x != 0
		src, dst = src[1:], dst[4:]
	}
	return infinite
}

// EncodeF64 writes src as f64.
func EncodeF64(dst []byte, src []float64) (infinite bool) {
	if n := whole(min(len(src), len(dst)/8)); n > 0 {
		infinite = simdEncodeF64(dst, src[:n])
		dst, src = dst[8*n:], src[n:]
	}
	for len(src) >= 1 && len(dst) >= 8 {
		x := src[0]
		u := math.Float64bits(x)
		if x-x != 0 {
			infinite = true
			if x != x {
				u = 0x7ff8 << 48
			}
		}
		binary.LittleEndian.PutUint64(dst, u)
		src, dst = src[1:], dst[8:]
	}
	return infinite
}

// A half is a floating type of 16 bits, in terms of the bits of float64s.
type half struct {
	cut   int     // bits of the significand that the type does not have
	least uint64  // its smallest normal number
	over  uint64  // half a unit above its largest finite one
	unit  float64 // a number whose last place is the type's smallest subnormal number
	inf   uint16
	nan   uint16
}

const (
	signBit = 1 << 63
	inf     = 0x7ff << 52

	bf16Cut, bf16Least, bf16Over = 52 - 7, (1023 - 126) << 52, (1023+127)<<52 | 0xff<<44
	f16Cut, f16Least, f16Over    = 52 - 10, (1023 - 14) << 52, (1023+15)<<52 | 0x7ff<<41

	bf16Top, f16Top = 63 - bf16Cut, 63 - f16Cut // where the sign is, once the cut bits are gone
)

var (
	bf16 = half{bf16Cut, bf16Least, bf16Over, 0x1p-133 * 0x1p52, 0x7f80, 0x7fc0}
	f16  = half{f16Cut, f16Least, f16Over, 0x1p-24 * 0x1p52, 0x7c00, 0x7e00}
)

// normalBF16 tells whether the float64 with the bits u becomes a normal bf16.
func normalBF16(u uint64) bool { return u<<1-bf16Least<<1 < (bf16Over-bf16Least)<<1 }

func normalF16(u uint64) bool { return u<<1-f16Least<<1 < (f16Over-f16Least)<<1 }

// roundBF16 rounds such a float64 and cuts off the bits that bf16 does not have: half a unit is added, less one bit where the
// last place is even. A carry out of the significand raises the exponent. Of the exponent bf16 has the highest bit and
// the lowest seven, as the bits between them are those of its own bias wherever it is normal, and f16 the
// highest and the lowest four. So both are the upper two bits and the lower fourteen of what this returns.
func roundBF16(u uint64) uint64 { return (u + (1<<(bf16Cut-1) - 1) + u>>bf16Cut&1) >> bf16Cut }

func roundF16(u uint64) uint64 { return (u + (1<<(f16Cut-1) - 1) + u>>f16Cut&1) >> f16Cut }

// encode is the encoder of any values.
func (h *half) encode(dst []byte, src []float64) (infinite bool) {
	for len(src) >= 1 && len(dst) >= 2 {
		code := h.nearest(math.Float64bits(src[0]))
		infinite = infinite || code&0x7fff >= h.inf
		binary.LittleEndian.PutUint16(dst, code)
		src, dst = src[1:], dst[2:]
	}
	return infinite
}

// nearest returns the code of the float64 with the bits u.
func (h *half) nearest(u uint64) uint16 {
	sign, a := uint16(u>>48&0x8000), u&^signBit
	switch {
	case a > inf:
		return h.nan
	case a >= h.over:
		return sign | h.inf
	case a < h.least: // the addition rounds to the unit of the subnormal numbers, which count up from 0
		return sign | uint16(math.Float64bits(math.Float64frombits(a)+h.unit)-math.Float64bits(h.unit))
	}
	// As in roundBF16, but that the exponent of the smallest normal number becomes 1.
	return sign | uint16((a-h.least+1<<52+1<<(h.cut-1)-1+a>>h.cut&1)>>h.cut)
}
