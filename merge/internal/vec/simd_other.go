//go:build !amd64 && !arm64

package vec

// Only amd64 and arm64 have kernels in assembly, see simd_amd64.go and simd_arm64.go. As whole is 0, the compiler leaves out
// every call of one.

var simd = false

func whole(int) int { return 0 }

func simdDecodeBF16([]float32, []byte)      {}
func simdDecodeF16([]float32, []byte)       {}
func simdDecodeF32([]float32, []byte)       {}
func simdDecodeF64([]float64, []byte)       {}
func simdDecodeF64Narrow([]float32, []byte) {}
func simdNarrow([]float32, []float64)       {}
func simdWiden([]float64, []float32)        {}

func simdEncodeBF16([]byte, []float64) bool { return false }
func simdEncodeF16([]byte, []float64) bool  { return false }
func simdEncodeF32([]byte, []float64) bool  { return false }
func simdEncodeF64([]byte, []float64) bool  { return false }
func simdRoundBF16([]float64) bool          { return false }
func simdRoundF16([]float64) bool           { return false }
func simdRoundF32([]float64) bool           { return false }
func simdRoundBF16Narrow([]float32) bool    { return false }
func simdRoundF16Narrow([]float32) bool     { return false }
func simdInfinite([]float64) bool           { return false }
func simdInfiniteNarrow([]float32) bool     { return false }

func simdCombine1([]float64, []float32, float64)                   {}
func simdCombine2(_ []float64, _, _ []float32, _, _ float64)       {}
func simdCombine3(_ []float64, _, _, _ []float32, _, _, _ float64) {}
func simdAdd1([]float64, []float32, float64)                       {}
func simdAdd2(_ []float64, _, _ []float32, _, _ float64)           {}
func simdCarryNaN([]float64, []float32)                            {}
func simdSubtract(_, _, _ []float32)                               {}
func simdSubtractWide(_ []float64, _, _ []float32)                 {}

func simdDot(_ *[16]float64, _, _ []float32)           {}
func simdDotWide(_ *[16]float64, _, _ []float64)       {}
func simdDots(_, _, _ *[16]float64, _, _ []float32)    {}
func simdSumKept(_, _ *[16]float64, _, _, _ []float32) {}

func simdAddTo(_ []float64, _, _ []float32, _ float64)                   {}
func simdAddToKeyed(_ []float64, _, _, _ []float32, _ float64)           {}
func simdAddAndKeep(_, _ []float64, _, _ []float32, _ float64)           {}
func simdAddAndKeepKeyed(_, _ []float64, _, _, _ []float32, _ float64)   {}
func simdAddAgreeing(_, _, _, _ []float64, _ float64)                    {}
func simdFinish(_ []float64, _ []float32, _ []float64, _ float64)        {}
func simdFinishMean(_ []float64, _ []float32, _, _ []float64, _ float64) {}

func simdKeepAbove([]float32, uint32)                                {}
func simdDropAbove([]float32, uint32)                                {}
func simdCountEqual([]float32, uint32) uint32                        { return 0 }
func simdWindow(_, _ []float32, _, _ uint32) (_ int, _, _, _ uint32) { return 0, 0, 0, 0 }

func simdCountTop(_ []float32, _, _ *[TopBins]uint32)      {}
func simdWithPrefix(_ []uint32, _ []float32, _ uint32) int { return 0 }
func simdCountLast([]float32, *[NextBins]uint32, uint32)   {}

func simdDraws(_ []uint32, _, _ uint32, _ uint64) {}
func simdMask([]byte, []uint32, uint32)           {}
func simdKeepMasked([]float32, []byte)            {}
