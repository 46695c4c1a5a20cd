package dtype

import (
	"math/rand/v2"
	"testing"
)

// The blocks are those of the engine, with values like a model's: normally distributed around zero with a
// deviation of 0.02.

func BenchmarkDecode(b *testing.B) {
	for _, d := range []DType{F16, BF16, F32, F64} {
		b.Run(d.String()+"/float32", func(b *testing.B) { benchmarkDecode[float32](b, d) })
		b.Run(d.String()+"/float64", func(b *testing.B) { benchmarkDecode[float64](b, d) })
	}
}

func benchmarkDecode[R Real](b *testing.B, d DType) {
	src := make([]byte, elements*d.Size())
	Encode(src, weights[float64](), d)
	dst := make([]R, elements)
	for b.Loop() {
		Decode(dst, src, d)
	}
	perElement(b)
}

func BenchmarkEncode(b *testing.B) {
	for _, d := range []DType{F16, BF16, F32, F64} {
		b.Run(d.String(), func(b *testing.B) {
			values := weights[float64]()
			dst := make([]byte, elements*d.Size())
			for b.Loop() {
				Encode(dst, values, d)
			}
			perElement(b)
		})
	}
}

func BenchmarkRound(b *testing.B) {
	for _, d := range []DType{F16, BF16, F32} {
		b.Run(d.String()+"/float32", func(b *testing.B) { benchmarkRound[float32](b, d) })
		b.Run(d.String()+"/float64", func(b *testing.B) { benchmarkRound[float64](b, d) })
	}
}

func benchmarkRound[R Real](b *testing.B, d DType) {
	values, x := weights[R](), make([]R, elements)
	for b.Loop() {
		copy(x, values)
		Round(x, d)
	}
	perElement(b)
}

// elements is the number of them in a block of the engine.
const elements = 1 << 16

func perElement(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/elements, "ns/element")
}

func weights[R Real]() []R {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]R, elements)
	for i := range values {
		values[i] = R(random.NormFloat64() * 0.02)
	}
	return values
}
