package vec

import "os"

// simd tells whether the kernels in assembly do what they can of a call, and the loops in Go the rest, or the loops
// do everything. The environment variable LAZYMERGE_SIMD=off says the latter. Tests set it.
var simd = os.Getenv("LAZYMERGE_SIMD") != "off"

// whole returns how many of n elements the kernels do: the longest multiple of 16, or none.
func whole(n int) int {
	if !simd {
		return 0
	}
	return n &^ 15
}
