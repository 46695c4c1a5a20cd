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
// F64 hold every float32, so x stays as it is. Of F16 and BF16 it tells whether x has an Inf or NaN now.
//
// It panics unless to is one of the floating types.
func Round(x []float32, to DType) (infinite bool) {
	if !to.Float() {
		panic(fmt.Sprintf("dtype: Round to %v, which is not a floating type", to))
	}
	switch to {
	case F16:
		return roundF16(x)
	case BF16:
		return roundBF16(x)
	}
	return false
}

// Element returns element i of src, a block of elements of type from, exactly.
//
// It panics unless from is one of the floating types and src has that element.
func Element(src []byte, i int64, from DType) float64 {
	size := from.Size()
	src = src[i*size:][:size]
	if from == F64 {
		return math.Float64frombits(binary.LittleEndian.Uint64(src))
	}
	var x [1]float32
	Decode(x[:], src, from)
	return float64(x[0])
}

// The loops of this package take eight bytes or more at a time and cut the slices as they go: so
// the compiler proves every index, and no element costs a bounds check or a call.

func check(op string, elements, bytes int, d DType) {
	if !d.Float() {
		panic(fmt.Sprintf("dtype: %s of %v, which is not a floating type", op, d))
	}
	if size := int(d.Size()); bytes%size != 0 || bytes/size != elements {
		panic(fmt.Sprintf("dtype: %s of %d elements of %v with %d bytes, want %d", op, elements, d, bytes, elements*size))
	}
}
