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
	if n := whole(len(d)); n >= piece { // else it is not worth the room
		var others [TopBins]uint32
		simdCountTop(d, bins, &others)
		d = d[n:]
	}
	for _, x := range d {
		bins[math.Float32bits(x)>>20&(TopBins-1)]++
	}
}

// CountNext counts the entries whose upper 11 bits are prefix by the next 10.
//
//go:noinline // within a larger function the loop runs out of registers and takes 1.2 of the time
func CountNext(bins *[NextBins]uint32, d []float32, prefix uint32) {
	var found [piece]uint32
	for {
		n := whole(min(len(d), piece))
		if n == 0 {
			break
		}
		for _, m := range found[:simdWithPrefix(found[:], d[:n], prefix)] {
			bins[m>>10&(NextBins-1)]++
		}
		d = d[n:]
	}
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
	if n := whole(len(d)); n > 0 {
		simdCountLast(d, bins, prefix)
		d = d[n:]
	}
	for _, x := range d {
		if bits := math.Float32bits(x); bits&^sign32>>10 == prefix {
			bins[bits&(NextBins-1)]++
		}
	}
}

// Places says how many entries lie where as to a window of magnitudes.
type Places struct {
	Above  int64 // it
	High   int64 // on its upper end
	Inside int64 // between its ends
	Low    int64 // on its lower end, where that is another one
}

// Add adds the counts of q to p's.
func (p *Places) Add(q Places) {
	p.Above += q.Above
	p.High += q.High
	p.Inside += q.Inside
	p.Low += q.Low
}

// Window counts the entries of d as to the window of magnitudes from low to high, and writes the magnitudes of those inside to
// dst, in order. low is at most high, and high is at most Inf. dst has room for all entries of d; what follows those inside may be
// overwritten.
func Window(dst, d []float32, low, high uint32) (p Places) {
	dst = dst[:len(d)]
	for {
		n := whole(min(len(d), 1<<30)) // its counts have 32 bits
		if n == 0 {
			break
		}
		inside, below, onHigh, onLow := simdWindow(dst[p.Inside:], d[:n], low, high)
		p.Above += int64(n) - int64(below) - int64(onHigh)
		p.High += int64(onHigh)
		p.Inside += int64(inside)
		if low < high {
			p.Low += int64(onLow)
		}
		d = d[n:]
	}
	// No entry costs a branch, for most windows have about as many entries above as below.
	for _, x := range d {
		m := math.Float32bits(x) &^ sign32
		dst[p.Inside] = math.Float32frombits(m)
		p.Inside += int64((low - m) >> 31 & ((m - high) >> 31))
		p.Above += int64((high - m) >> 31)
		onHigh := ((m ^ high) - 1) >> 31
		p.High += int64(onHigh)
		p.Low += int64(((m ^ low) - 1) >> 31 &^ onHigh)
	}
	return p
}

// KeepTop makes 0 of every entry of d whose magnitude is below threshold, and of those equal to it after the
// first left. It returns what is left of left.
func KeepTop(d []float32, threshold uint32, left int64) int64 {
	if n := whole(len(d)); n > 0 && threshold <= Inf {
		left = inPieces(d[:n], threshold, left, simdKeepAbove, keepTop)
		d = d[n:]
	}
	return keepTop(d, threshold, left)
}

// keepTop is KeepTop one by one.
func keepTop(d []float32, threshold uint32, left int64) int64 {
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
	if n := whole(len(d)); n > 0 && threshold <= Inf {
		left = inPieces(d[:n], threshold, left, simdDropAbove, dropTop)
		d = d[n:]
	}
	return dropTop(d, threshold, left)
}

// dropTop is DropTop one by one.
func dropTop(d []float32, threshold uint32, left int64) int64 {
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

// inPieces is KeepTop or DropTop of a multiple of 16 entries. Where all of a piece that are equal to the threshold are treated alike,
// it is what above, a kernel, does with them; else it is for loop, which counts them.
func inPieces(d []float32, threshold uint32, left int64, above func([]float32, uint32), loop func([]float32, uint32, int64) int64) int64 {
	for ; len(d) > 0; d = d[min(len(d), piece):] {
		d := d[:min(len(d), piece)]
		if left <= 0 {
			above(d, threshold)
		} else if equal := int64(simdCountEqual(d, threshold)); equal <= left {
			above(d, threshold-1) // of threshold 0, that is −1
			left -= equal
		} else {
			left = loop(d, threshold, left)
		}
	}
	return left
}
