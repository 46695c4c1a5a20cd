package vec

import "math"

// The magnitude of a float32 is its bits without the sign, whose order as integers is the order of the
// magnitudes; a NaN's is above all others. A search for one of them goes down three levels of bits.
const (
	TopBins  = 1 << 11 // of the upper 11 bits
	NextBins = 1 << 10 // of the next 10, and of the last 10

	Inf    = 0x7f800000 // the magnitude of Inf
	sign32 = 1 << 31
)

// CountTop counts the entries of d by the upper 11 bits of their magnitude.
func CountTop(bins *[TopBins]uint32, d []float32) {
	for _, x := range d {
		bins[math.Float32bits(x)>>20&(TopBins-1)]++
	}
}

// CountNext counts the entries whose upper 11 bits are prefix by the next 10.
//
//go:noinline // within a larger function the loop runs out of registers and takes 1.2 of the time
func CountNext(bins *[NextBins]uint32, d []float32, prefix uint32) {
	for _, x := range d {
		if bits := math.Float32bits(x); bits&^sign32>>20 == prefix {
			bins[bits>>10&(NextBins-1)]++
		}
	}
}

// CountLast counts the entries whose upper 21 bits are prefix by the last 10.
//
//go:noinline // as CountNext
func CountLast(bins *[NextBins]uint32, d []float32, prefix uint32) {
	for _, x := range d {
		if bits := math.Float32bits(x); bits&^sign32>>10 == prefix {
			bins[bits&(NextBins-1)]++
		}
	}
}

// KeepTop makes 0 of every entry of d whose magnitude is below threshold, and of those equal to it after the
// first left. It returns what is left of left.
func KeepTop(d []float32, threshold uint32, left int64) int64 {
	for i, x := range d {
		bits := math.Float32bits(x)
		magnitude := bits &^ sign32
		keep := uint32(int32(threshold-magnitude) >> 31) // all ones above the threshold, without a branch
		if magnitude == threshold && left > 0 {
			left--
			keep = ^uint32(0)
		}
		d[i] = math.Float32frombits(bits & keep)
	}
	return left
}

// DropTop makes 0 of every entry of d that KeepTop would keep, but for NaN, and leaves the others.
func DropTop(d []float32, threshold uint32, left int64) int64 {
	for i, x := range d {
		bits := math.Float32bits(x)
		magnitude := bits &^ sign32
		drop := uint32(int32(threshold-magnitude)>>31) &^ uint32(int32(Inf-magnitude)>>31)
		if magnitude == threshold && left > 0 {
			left--
			drop = ^uint32(0)
		}
		d[i] = math.Float32frombits(bits &^ drop)
	}
	return left
}
