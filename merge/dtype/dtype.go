// Package dtype knows the element types of safetensors files and turns blocks of the
// floating ones into float32 or float64 and back.
package dtype

import "fmt"

// A DType is the element type of a tensor. The zero value, Invalid, is no type.
type DType uint8

const (
	Invalid DType = iota
	Bool
	U8
	I8
	F8E5M2
	F8E4M3
	I16
	U16
	F16
	BF16
	I32
	U32
	F32
	C64
	F64
	I64
	U64
)

// names are the safetensors header's, by DType.
var names = [...]string{"", "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64"}

var sizes = [...]int64{0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8, 8}

// String returns the name that a safetensors header uses, for example "BF16".
func (d DType) String() string {
	if int(d) < len(names) && d != Invalid {
		return names[d]
	}
	return "invalid"
}

// Size returns the bytes of one element, and 0 for Invalid.
func (d DType) Size() int64 { return sizes[d] }

// Float tells whether d is one of the types that merges work on: F16, BF16, F32, F64.
func (d DType) Float() bool { return d == F16 || d == BF16 || d == F32 || d == F64 }

// unsupported are the header's names of types that the format knows and we do not read.
var unsupported = map[string]string{
	"F4":          "its elements are smaller than a byte",
	"F6_E2M3":     "its elements are smaller than a byte",
	"F6_E3M2":     "its elements are smaller than a byte",
	"F8_E8M0":     "it is a scale of quantized blocks",
	"F8_E4M3FNUZ": "it is a quantized type of some accelerators",
	"F8_E5M2FNUZ": "it is a quantized type of some accelerators",
}

// Parse returns the type that a safetensors header calls name.
func Parse(name string) (DType, error) {
	for d, n := range names {
		if n == name && n != "" {
			return DType(d), nil
		}
	}
	if why, ok := unsupported[name]; ok {
		return Invalid, fmt.Errorf("dtype %s is not supported: %s", name, why)
	}
	return Invalid, fmt.Errorf("unknown dtype %.40q", name)
}

// Torch returns the name that PyTorch and config.json use, for example "bfloat16", or "" for
// a type that a config cannot ask for.
func (d DType) Torch() string {
	switch d {
	case F16:
		return "float16"
	case BF16:
		return "bfloat16"
	case F32:
		return "float32"
	case F64:
		return "float64"
	}
	return ""
}

// FromTorch returns the floating type that PyTorch calls name, or Invalid.
func FromTorch(name string) DType {
	for _, d := range []DType{F16, BF16, F32, F64} {
		if d.Torch() == name {
			return d
		}
	}
	return Invalid
}

// MarshalText writes the safetensors name; Invalid is empty.
func (d DType) MarshalText() ([]byte, error) { return []byte(names[d]), nil }

// UnmarshalText reads what MarshalText writes.
func (d *DType) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Invalid
		return nil
	}
	var err error
	*d, err = Parse(string(text))
	return err
}
