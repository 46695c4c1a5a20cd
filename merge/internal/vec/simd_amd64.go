package vec

import (
	"os"

	"golang.org/x/sys/cpu"
)

// simd tells whether the kernels in assembly do what they can of a call, and the loops in Go the rest, or the loops
// do everything. The environment variable LAZYMERGE_SIMD=off says the latter. Tests set it.
var simd = cpu.X86.HasAVX2 && cpu.X86.HasF16C && os.Getenv("LAZYMERGE_SIMD") != "off"

// whole returns how many of n elements the kernels do: the longest multiple of 16, or none.
func whole(n int) int {
	if !simd {
		return 0
	}
	return n &^ 15
}
