//go:build !amd64

package vec

// ElectsAbove is false: deltas with a key have kernels.
func ElectsAbove() bool { return false }

// electKernel does nothing: the loops of Elect have kernels.
func electKernel([]float64, []float32, []Delta, float64, bool, []float64) int { return 0 }
