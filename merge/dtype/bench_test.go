package dtype

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The blocks are those of the engine, a quarter of a million elements with values like a model's:
// normally distributed around zero with a deviation of 0.02. B/s count the encoded side.

func BenchmarkDecode(b *testing.B) {
	values := weights(1 << 18)
	for _, d := range []DType{F16, BF16, F32, F64} {
		b.Run(d.String(), func(b *testing.B) {
			src := make([]byte, len(values)*int(d.Size()))
			Encode(src, values, d)
			dst := make([]float32, len(values))
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				Decode(dst, src, d)
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	values := weights(1 << 18)
	for _, d := range []DType{F16, BF16, F32, F64} {
		b.Run(d.String(), func(b *testing.B) {
			dst := make([]byte, len(values)*int(d.Size()))
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				Encode(dst, values, d)
			}
		})
	}
}

func BenchmarkRound(b *testing.B) {
	for _, d := range []DType{F16, BF16} {
		b.Run(fmt.Sprint(d), func(b *testing.B) {
			values := weights(1 << 18)
			b.SetBytes(int64(len(values)) * 2)
			for b.Loop() {
				Round(values, d)
			}
		})
	}
}

func weights(n int) []float32 {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(random.NormFloat64() * 0.02)
	}
	return values
}
