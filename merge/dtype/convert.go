package dtype

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// Real is what elements are computed with.
type Real interface{ float32 | float64 }

// Decode reads len(dst) elements of type from out of src, little endian.
//
// float64 holds all of them exactly, and float32 holds F16, BF16 and F32. F64 is rounded to float32 to nearest
// even: values beyond the largest become infinite, values below the smallest become zero of their sign. NaNs
// stay NaN.
//
// It panics unless from is one of the floating types and src has exactly len(dst) elements.
func Decode[R Real](dst []R, src []byte, from DType) {
	check("Decode", len(dst), len(src), from)
	switch dst := any(dst).(type) {
	case []float32:
		decode(dst, src, from)
	case []float64:
		if from == F64 {
			vec.DecodeF64(dst, src)
			return
		}
		var narrow [chunk]float32
		for size := int(from.Size()); len(dst) > 0; {
			n := min(len(dst), chunk)
			decode(narrow[:n], src[:n*size], from)
			vec.Widen(dst[:n], narrow[:n])
			dst, src = dst[n:], src[n*size:]
		}
	}
}

// chunk is the number of elements that are converted in two steps, so that what lies between them stays in the
// first-level cache.
const chunk = 512

func decode(dst []float32, src []byte, from DType) {
	switch from {
	case F16:
		vec.DecodeF16(dst, src)
	case BF16:
		vec.DecodeBF16(dst, src)
	case F32:
		vec.DecodeF32(dst, src)
	case F64:
		vec.DecodeF64(dst, src)
	}
}

// Encode writes src to dst as elements of type to, little endian, and tells whether dst has an Inf or NaN now.
//
// What to does not hold is rounded once, to nearest even, through subnormals; what rounds beyond the largest
// finite value becomes infinite. Every NaN is written as the one quiet NaN
// without sign or payload (f16 7e00, bf16 7fc0, f32 7fc00000, f64 7ff8000000000000): which payload
// arithmetic leaves depends on the processor, and equal plans must give equal bytes.
//
// It panics unless to is one of the floating types and dst has exactly len(src) elements.
func Encode[R Real](dst []byte, src []R, to DType) (infinite bool) {
	check("Encode", len(src), len(dst), to)
	switch src := any(src).(type) {
	case []float64:
		return encode(dst, src, to)
	case []float32:
		var wide [chunk]float64
		for size := int(to.Size()); len(src) > 0; {
			n := min(len(src), chunk)
			vec.Widen(wide[:n], src[:n])
			infinite = encode(dst[:n*size], wide[:n], to) || infinite
			src, dst = src[n:], dst[n*size:]
		}
	}
	return infinite
}

func encode(dst []byte, src []float64, to DType) (infinite bool) {
	switch to {
	case F16:
		return vec.EncodeF16(dst, src)
	case BF16:
		return vec.EncodeBF16(dst, src)
	case F32:
		return vec.EncodeF32(dst, src)
	}
	return vec.EncodeF64(dst, src)
}

// Round replaces every value of x by what to holds of it, which is what Encode and Decode would make of it, and
// tells whether x has an Inf or NaN now.
//
// It panics unless to is one of the floating types.
func Round[R Real](x []R, to DType) (infinite bool) {
	if !to.Float() {
		panic(fmt.Sprintf("dtype: Round to %v, which is not a floating type", to))
	}
	switch to {
	case F16:
		return vec.RoundF16(x)
	case BF16:
		return vec.RoundBF16(x)
	case F32:
		return vec.RoundF32(x)
	}
	return vec.Infinite(x)
}

// Element returns element i of src, a block of elements of type from, exactly.
//
// It panics unless from is one of the floating types and src has that element.
func Element(src []byte, i int64, from DType) float64 {
	size := from.Size()
	var x [1]float64
	Decode(x[:], src[i*size:][:size], from)
	return x[0]
}

func check(op string, elements, bytes int, d DType) {
	if !d.Float() {
		panic(fmt.Sprintf("dtype: %s of %v, which is not a floating type", op, d))
	}
	if size := int(d.Size()); bytes%size != 0 || bytes/size != elements {
		panic(fmt.Sprintf("dtype: %s of %d elements of %v with %d bytes, want %d", op, elements, d, bytes, elements*size))
	}
}
