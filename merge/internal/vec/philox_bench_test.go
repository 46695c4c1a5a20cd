package vec

import "testing"

// BenchmarkDraws draws as the masks of a tensor do, 512 words at a time.
func BenchmarkDraws(b *testing.B) {
	var dst [512]uint32
	b.ReportAllocs()
	for b.Loop() {
		Draws(dst[:], DrawKey{1, 2}, 12345)
	}
	b.ReportMetric(float64(len(dst))*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gdraws/s")
}
