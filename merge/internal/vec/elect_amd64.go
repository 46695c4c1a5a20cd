package vec

import "unsafe"

// ElectsAbove tells whether [Elect] is faster of deltas with a magnitude than of those with a key.
func ElectsAbove() bool { return simd }

// electKernel is Elect of the first elements, and returns how many.
func electKernel(dst []float64, base []float32, deltas []Delta, lambda float64, normalize bool, e []float64) int {
	n := whole(len(dst))
	if n == 0 || len(deltas) == 0 {
		return 0
	}
	keyed, above := deltas[0].Key != nil, false
	for i := range deltas {
		d := &deltas[i]
		if (d.Key != nil) != keyed {
			return 0
		}
		if _ = d.X[:n]; keyed {
			_ = d.Key[:n]
		}
		above = above || d.Above > 0
	}
	kernel := simdElect
	switch {
	case keyed && normalize:
		kernel = simdElectKeyedMean
	case keyed:
		kernel = simdElectKeyed
	case above && normalize:
		kernel = simdElectAboveMean
	case above:
		kernel = simdElectAbove
	case normalize:
		kernel = simdElectMean
	}
	kernel(dst[:n], base[:n], (*byte)(unsafe.Pointer(unsafe.SliceData(deltas))), len(deltas), lambda, e[:8*len(deltas)])
	return n
}

// The kernels know where the fields after X are: at these places, or this does not compile.
const (
	_ = -(unsafe.Offsetof(Delta{}.Key) ^ 24)
	_ = -(unsafe.Offsetof(Delta{}.Factor) ^ 48)
	_ = -(unsafe.Offsetof(Delta{}.Weight) ^ 56)
	_ = -(unsafe.Offsetof(Delta{}.Above) ^ 64)
	_ = -(unsafe.Sizeof(Delta{}) ^ 72)
)
