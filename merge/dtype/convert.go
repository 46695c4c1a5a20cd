package dtype

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Decode reads len(dst) elements of type from out of src, little endian, as float32.
//
// F16, BF16 and F32 are exact. F64 is rounded to nearest even: values beyond the largest float32 become
// infinite, values below the smallest become zero of their sign. NaNs stay NaN.
//
// It panics unless from is one of the floating types and src has exactly len(dst) elements.
func Decode(dst []float32, src []byte, from DType) {
	check("Decode", len(dst), len(src), from)
	switch from {
	case F16:
		decodeF16(dst, src)
	case BF16:
		decodeBF16(dst, src)
	case F32:
		decodeF32(dst, src)
	case F64:
		decodeF64(dst, src)
	}
}

// Encode writes src to dst as elements of type to, little endian.
//
// F16 and BF16 are rounded once, to nearest even, through subnormals; what rounds beyond the largest
// finite value becomes infinite. F32 and F64 are exact. Every NaN is written as the one quiet NaN
// without sign or payload (f16 7e00, bf16 7fc0, f32 7fc00000, f64 7ff8000000000000): which payload
// arithmetic leaves depends on the processor, and equal plans must give equal bytes.
//
// It panics unless to is one of the floating types and dst has exactly len(src) elements.
func Encode(dst []byte, src []float32, to DType) {
	check("Encode", len(src), len(dst), to)
	switch to {
	case F16:
		encodeF16(dst, src)
	case BF16:
		encodeBF16(dst, src)
	case F32:
		encodeF32(dst, src)
	case F64:
		encodeF64(dst, src)
	}
}

// Round replaces every value of x by what to holds of it: the result of Encode and Decode. F32 and
// F64 hold every float32, so x stays as it is.
//
// It panics unless to is one of the floating types.
func Round(x []float32, to DType) {
	if !to.Float() {
		panic(fmt.Sprintf("dtype: Round to %v, which is not a floating type", to))
	}
	switch to {
	case F16:
		for i, v := range x {
			x[i] = math.Float32frombits(widenF16(narrowF16(math.Float32bits(v))))
		}
	case BF16:
		for i, v := range x {
			x[i] = math.Float32frombits(uint32(narrowBF16(math.Float32bits(v))) << 16)
		}
	}
}

func check(op string, elements, bytes int, d DType) {
	if !d.Float() {
		panic(fmt.Sprintf("dtype: %s of %v, which is not a floating type", op, d))
	}
	if size := int(d.Size()); bytes%size != 0 || bytes/size != elements {
		panic(fmt.Sprintf("dtype: %s of %d elements of %v with %d bytes, want %d", op, elements, d, bytes, elements*size))
	}
}

// The loops below take eight bytes or more at a time and cut the slices as they go: so the
// compiler proves every index, and no element costs a bounds check or a call.

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
		lo := uint64(narrowBF16(math.Float32bits(src[0]))) | uint64(narrowBF16(math.Float32bits(src[1])))<<16
		hi := uint64(narrowBF16(math.Float32bits(src[2]))) | uint64(narrowBF16(math.Float32bits(src[3])))<<16
		binary.LittleEndian.PutUint64(dst, lo|hi<<32)
		src, dst = src[4:], dst[8:]
	}
	for len(src) >= 1 && len(dst) >= 2 {
		binary.LittleEndian.PutUint16(dst, narrowBF16(math.Float32bits(src[0])))
		src, dst = src[1:], dst[2:]
	}
}

// narrowBF16 rounds the float32 with the bits u to nearest even. A carry out of the
// significand raises the exponent, at the top to infinity, as it should.
func narrowBF16(u uint32) uint16 {
	if u&0x7fffffff > 0x7f800000 {
		return 0x7fc0
	}
	return uint16((u + 0x7fff + u>>16&1) >> 16)
}

func decodeF16(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 8 {
		w := binary.LittleEndian.Uint64(src)
		dst[0] = math.Float32frombits(widenF16(uint16(w)))
		dst[1] = math.Float32frombits(widenF16(uint16(w >> 16)))
		dst[2] = math.Float32frombits(widenF16(uint16(w >> 32)))
		dst[3] = math.Float32frombits(widenF16(uint16(w >> 48)))
		dst, src = dst[4:], src[8:]
	}
	for len(dst) >= 1 && len(src) >= 2 {
		dst[0] = math.Float32frombits(widenF16(binary.LittleEndian.Uint16(src)))
		dst, src = dst[1:], src[2:]
	}
}

func encodeF16(dst []byte, src []float32) {
	for len(src) >= 4 && len(dst) >= 8 {
		lo := uint64(narrowF16(math.Float32bits(src[0]))) | uint64(narrowF16(math.Float32bits(src[1])))<<16
		hi := uint64(narrowF16(math.Float32bits(src[2]))) | uint64(narrowF16(math.Float32bits(src[3])))<<16
		binary.LittleEndian.PutUint64(dst, lo|hi<<32)
		src, dst = src[4:], dst[8:]
	}
	for len(src) >= 1 && len(dst) >= 2 {
		binary.LittleEndian.PutUint16(dst, narrowF16(math.Float32bits(src[0])))
		src, dst = src[1:], dst[2:]
	}
}

// widenF16 returns the float32 bits of the half h.
func widenF16(h uint16) uint32 {
	em := uint32(h & 0x7fff)
	u := uint32(h&0x8000)<<16 | (em<<13 + (127-15)<<23)
	if em-0x0400 < 0x7800 {
		return u // exponent 1 to 30: a normal number
	}
	return widenRareF16(h)
}

// widenRareF16 is widenF16 for zeros, subnormals, infinities and NaNs. Inlined, it would keep
// widenF16 from being so.
//
//go:noinline
func widenRareF16(h uint16) uint32 {
	sign, em := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case em < 0x0400: // em units of 2^-24, which float32 holds exactly
		return sign | math.Float32bits(float32(em)*(1.0/(1<<24)))
	case em == 0x7c00:
		return sign | 0x7f800000
	}
	return sign | 0x7fc00000 | em<<13
}

// narrowF16 rounds the float32 with the bits u to nearest even.
func narrowF16(u uint32) uint16 {
	a := u & 0x7fffffff
	if a-0x38800000 < 0x47800000-0x38800000 {
		// From 2^-14 to below 2^16: a carry out of the significand raises the exponent,
		// from 65520 on to infinity.
		return uint16(u>>16&0x8000 | (a-(127-15)<<23+0xfff+a>>13&1)>>13)
	}
	return narrowRareF16(u)
}

// narrowRareF16 is narrowF16 for what is subnormal, too large or NaN.
//
//go:noinline
func narrowRareF16(u uint32) uint16 {
	sign, a := uint16(u>>16&0x8000), u&0x7fffffff
	switch {
	case a > 0x7f800000:
		return 0x7e00
	case a >= 0x47800000:
		return sign | 0x7c00
	}
	// Below 2^-14 the unit is 2^-24, which is also the unit of float32 from 1/2 to 1:
	// the addition rounds as we need it.
	return sign | uint16(math.Float32bits(math.Float32frombits(a)+0.5)-math.Float32bits(0.5))
}

func decodeF32(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 16 {
		dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(src))
		dst[1] = math.Float32frombits(binary.LittleEndian.Uint32(src[4:]))
		dst[2] = math.Float32frombits(binary.LittleEndian.Uint32(src[8:]))
		dst[3] = math.Float32frombits(binary.LittleEndian.Uint32(src[12:]))
		dst, src = dst[4:], src[16:]
	}
	for len(dst) >= 1 && len(src) >= 4 {
		dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(src))
		dst, src = dst[1:], src[4:]
	}
}

func encodeF32(dst []byte, src []float32) {
	for len(src) >= 4 && len(dst) >= 16 {
		binary.LittleEndian.PutUint32(dst, quiet(src[0]))
		binary.LittleEndian.PutUint32(dst[4:], quiet(src[1]))
		binary.LittleEndian.PutUint32(dst[8:], quiet(src[2]))
		binary.LittleEndian.PutUint32(dst[12:], quiet(src[3]))
		src, dst = src[4:], dst[16:]
	}
	for len(src) >= 1 && len(dst) >= 4 {
		binary.LittleEndian.PutUint32(dst, quiet(src[0]))
		src, dst = src[1:], dst[4:]
	}
}

// quiet returns the bits of v, and those of the canonical NaN for any NaN.
func quiet(v float32) uint32 {
	if v != v {
		return 0x7fc00000
	}
	return math.Float32bits(v)
}

func decodeF64(dst []float32, src []byte) {
	for len(dst) >= 1 && len(src) >= 8 {
		dst[0] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src)))
		dst, src = dst[1:], src[8:]
	}
}

func encodeF64(dst []byte, src []float32) {
	for len(src) >= 1 && len(dst) >= 8 {
		u := math.Float64bits(float64(src[0]))
		if src[0] != src[0] {
			u = 0x7ff8000000000000
		}
		binary.LittleEndian.PutUint64(dst, u)
		src, dst = src[1:], dst[8:]
	}
}
