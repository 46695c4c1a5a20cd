package vec

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/x448/float16"
)

// The decoders read elements of a type, little endian, of which src holds exactly as many as dst has room for.
// They and the encoders take eight bytes or more at a time and cut the slices as they go: so the compiler proves
// every index, and no element costs a bounds check or a call.

// DecodeBF16 reads bf16s, each the upper half of a float32.
func DecodeBF16(dst []float32, src []byte) {
	if n := whole(min(len(dst), len(src)/2)); n > 0 {
		simdDecodeBF16(dst[:n], src)
		dst, src = dst[n:], src[2*n:]
	}
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

// DecodeF16 reads f16s.
func DecodeF16(dst []float32, src []byte) {
	if n := whole(min(len(dst), len(src)/2)); n > 0 {
		simdDecodeF16(dst[:n], src)
		dst, src = dst[n:], src[2*n:]
	}
	table := f16s()
	for len(dst) >= 4 && len(src) >= 8 {
		w := binary.LittleEndian.Uint64(src)
		dst[0] = table[uint16(w)]
		dst[1] = table[uint16(w>>16)]
		dst[2] = table[uint16(w>>32)]
		dst[3] = table[uint16(w>>48)]
		dst, src = dst[4:], src[8:]
	}
	for len(dst) >= 1 && len(src) >= 2 {
		dst[0] = table[binary.LittleEndian.Uint16(src)]
		dst, src = dst[1:], src[2:]
	}
}

// f16s holds the float32 of every f16: 256 KiB, which the second-level cache keeps, and
// more than twice as fast as taking the bits apart.
var f16s = sync.OnceValue(func() *[1 << 16]float32 {
	table := new([1 << 16]float32)
	for h := range table {
		table[h] = float16.Frombits(uint16(h)).Float32()
	}
	return table
})

// DecodeF32 reads f32s.
func DecodeF32(dst []float32, src []byte) {
	if n := whole(min(len(dst), len(src)/4)); n > 0 {
		simdDecodeF32(dst[:n], src)
		dst, src = dst[n:], src[4*n:]
	}
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

// DecodeF64 reads f64s, as they are or, as float32s, rounded to nearest even.
func DecodeF64[F float32 | float64](dst []F, src []byte) {
	if n := whole(min(len(dst), len(src)/8)); n > 0 {
		switch dst := any(dst).(type) {
		case []float32:
			simdDecodeF64Narrow(dst[:n], src)
		case []float64:
			simdDecodeF64(dst[:n], src)
		}
		dst, src = dst[n:], src[8*n:]
	}
	for len(dst) >= 1 && len(src) >= 8 {
		dst[0] = F(math.Float64frombits(binary.LittleEndian.Uint64(src)))
		dst, src = dst[1:], src[8:]
	}
}

// Narrow writes src to dst, which has its length, rounded to nearest even.
func Narrow(dst []float32, src []float64) {
	dst = dst[:len(src)]
	if n := whole(len(src)); n > 0 {
		simdNarrow(dst[:n], src)
		dst, src = dst[n:], src[n:]
	}
	for i, x := range src {
		dst[i] = float32(x)
	}
}

// Widen writes src to dst, which has its length.
func Widen(dst []float64, src []float32) {
	dst = dst[:len(src)]
	if n := whole(len(src)); n > 0 {
		simdWiden(dst[:n], src)
		dst, src = dst[n:], src[n:]
	}
	for i, x := range src {
		dst[i] = float64(x)
	}
}
