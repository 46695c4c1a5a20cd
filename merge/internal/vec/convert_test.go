package vec_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// What the decoders, encoders and rounders make of fixed inputs is the same to the bit on every processor. Package dtype tests
// that it is right.
func TestBitsOfConversions(t *testing.T) {
	const n = 20011
	r := rand.New(rand.NewPCG(5, 6))
	raw := make([]byte, 8*n)
	wide := make([]float64, n) // half of them near 1, half of all magnitudes
	for i := range wide {
		binary.LittleEndian.PutUint64(raw[8*i:], r.Uint64())
		bits := r.Uint64()
		if i%2 == 0 {
			bits = bits&^(0x7ff<<52) | uint64(1023-20+r.IntN(40))<<52
		}
		wide[i] = math.Float64frombits(bits)
	}
	decode := func(do func([]float32, []byte), size int) func() any {
		return func() any {
			dst := make([]float32, n)
			do(dst, raw[:n*size])
			return bitsOf(dst)
		}
	}
	encode := func(do func([]byte, []float64) bool, size int) func() any {
		return func() any {
			dst := make([]byte, n*size)
			do(dst, wide)
			return dst
		}
	}
	round := func(do func([]float64) bool) func() any {
		return func() any {
			x := append([]float64(nil), wide...)
			do(x)
			return bitsOf(x)
		}
	}
	tests := []struct {
		name string
		do   func() any
		want string // the first 8 bytes of a sha256
	}{
		{"DecodeBF16", decode(vec.DecodeBF16, 2), "c3008c7b45f8ec34"},
		{"DecodeF16", decode(vec.DecodeF16, 2), "00fc7fd63d3652f6"},
		{"DecodeF32", decode(vec.DecodeF32, 4), "0ba0165e64217918"},
		{"DecodeF64", decode(vec.DecodeF64[float32], 8), "2f7ea0aefc5677c6"},
		{"EncodeBF16", encode(vec.EncodeBF16, 2), "7935fadf564d109b"},
		{"EncodeF16", encode(vec.EncodeF16, 2), "9baef34cb0ebadb7"},
		{"EncodeF32", encode(vec.EncodeF32, 4), "8b28d66b32d65c01"},
		{"EncodeF64", encode(vec.EncodeF64, 8), "4346e27b6ab711c8"},
		{"RoundBF16", round(vec.RoundBF16[float64]), "5e9e5451f52863df"},
		{"RoundF16", round(vec.RoundF16[float64]), "f963d44dd4d94a3f"},
		{"RoundF32", round(vec.RoundF32[float64]), "668ba477d9f4470b"},
	}
	for _, tt := range tests {
		if got := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, tt.do())))[:16]; got != tt.want {
			t.Errorf("%s: the sha256 of its result begins with %s, want %s", tt.name, got, tt.want)
		}
	}
}

// bitsOf returns the bits of x, and 1 for any NaN, whose payload no rule fixes.
func bitsOf[F float32 | float64](x []F) []uint64 {
	u := make([]uint64, len(x))
	for i, v := range x {
		if u[i] = math.Float64bits(float64(v)); v != v {
			u[i] = 1
		}
	}
	return u
}
