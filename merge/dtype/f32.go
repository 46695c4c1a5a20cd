package dtype

import (
	"encoding/binary"
	"math"
)

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
		binary.LittleEndian.PutUint32(dst, toF32(src[0]))
		binary.LittleEndian.PutUint32(dst[4:], toF32(src[1]))
		binary.LittleEndian.PutUint32(dst[8:], toF32(src[2]))
		binary.LittleEndian.PutUint32(dst[12:], toF32(src[3]))
		src, dst = src[4:], dst[16:]
	}
	for len(src) >= 1 && len(dst) >= 4 {
		binary.LittleEndian.PutUint32(dst, toF32(src[0]))
		src, dst = src[1:], dst[4:]
	}
}

// toF32 returns the bits of v, and for any NaN the bits of the one that Encode writes.
func toF32(v float32) uint32 {
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
