package dtype_test

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// Read bf16, add, and write f16.
func Example() {
	src := []byte{0x80, 0x3f, 0x00, 0x40} // 1 and 2
	x := make([]float32, 2)
	dtype.Decode(x, src, dtype.BF16)
	for i := range x {
		x[i] += 0.5
	}
	dst := make([]byte, 4)
	dtype.Encode(dst, x, dtype.F16)
	fmt.Printf("%v % x\n", x, dst)
	// Output: [1.5 2.5] 00 3e 00 41
}

// bf16 has eight bits of precision, so 1.7 is the nearest of its 128 values between 1 and 2.
func ExampleRound() {
	x := []float32{1.7}
	dtype.Round(x, dtype.BF16)
	fmt.Println(x)
	// Output: [1.703125]
}

func ExamplePromote() {
	fmt.Println(dtype.Promote(dtype.BF16, dtype.F16))
	// Output: F32
}

func ExampleHolds() {
	fmt.Println(dtype.Holds(dtype.F32, dtype.BF16), dtype.Holds(dtype.F16, dtype.BF16))
	// Output: true false
}
