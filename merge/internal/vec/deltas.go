package vec

import "math"

// Subtract writes x − base to dst, rounded to float32: what the entries of a task vector are ranked by.
func Subtract(dst, x, base []float32) {
	x, base = x[:len(dst)], base[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdSubtract(dst, x, base)
		dst, x, base = dst[n:], x[n:], base[n:]
	}
	for i := range dst {
		dst[i] = x[i] - base[i]
	}
}

// SubtractWide writes x − base to dst, in float64: what is added of a task vector.
func SubtractWide(dst []float64, x, base []float32) {
	x, base = x[:len(dst)], base[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdSubtractWide(dst, x, base)
		dst, x, base = dst[n:], x[n:], base[n:]
	}
	for i := range dst {
		dst[i] = float64(x[i]) - float64(base[i])
	}
}

// A Delta is the task vector d = X − base, in float64. Entries with Key 0 are left out; with a nil Key, those whose magnitude as
// float32 is at most Above, of which 0 leaves out none that matter.
type Delta struct {
	X, Key []float32
	Factor float64 // of d, where it is added; finite
	Weight float64 // of the vector, where sums are divided by weights
	Above  int32   // −1 to Inf
}

// stays returns d, which is x − base, and 0 where v leaves it out.
func (v *Delta) stays(d float64, x, base float32) float64 {
	if int32(math.Float32bits(x-base)&^sign32) <= v.Above {
		return 0
	}
	return d
}

// addTo adds Factor·d of elements lo to hi to sum.
func (v *Delta) addTo(sum []float64, base []float32, lo, hi int) {
	x, f := v.X[lo:hi][:len(sum)], v.Factor
	base = base[lo:hi][:len(sum)]
	if v.Key == nil {
		if n := whole(len(sum)); n > 0 && v.Above <= 0 {
			simdAddTo(sum, x, base, f)
			sum, x, base = sum[n:], x[n:], base[n:]
		}
		for i := range sum {
			sum[i] += float64(f * v.stays(float64(x[i])-float64(base[i]), x[i], base[i]))
		}
		return
	}
	key := v.Key[lo:hi][:len(sum)]
	if n := whole(len(sum)); n > 0 {
		simdAddToKeyed(sum, x, base, key, f)
		sum, x, base, key = sum[n:], x[n:], base[n:], key[n:]
	}
	for i := range sum {
		sum[i] += float64(f * unless0(float64(x[i])-float64(base[i]), key[i]))
	}
}

// addAndKeep is addTo, and writes what it adds to e.
func (v *Delta) addAndKeep(sum, e []float64, base []float32, lo, hi int) {
	x, f := v.X[lo:hi][:len(sum)], v.Factor
	base, e = base[lo:hi][:len(sum)], e[:len(sum)]
	if v.Key == nil {
		if n := whole(len(sum)); n > 0 && v.Above <= 0 {
			simdAddAndKeep(sum, e, x, base, f)
			sum, e, x, base = sum[n:], e[n:], x[n:], base[n:]
		}
		for i := range sum {
			e[i] = float64(f * v.stays(float64(x[i])-float64(base[i]), x[i], base[i]))
			sum[i] += e[i]
		}
		return
	}
	key := v.Key[lo:hi][:len(sum)]
	if n := whole(len(sum)); n > 0 {
		simdAddAndKeepKeyed(sum, e, x, base, key, f)
		sum, e, x, base, key = sum[n:], e[n:], x[n:], base[n:], key[n:]
	}
	for i := range sum {
		e[i] = float64(f * unless0(float64(x[i])-float64(base[i]), key[i]))
		sum[i] += e[i]
	}
}

// AddDeltas writes base + λ · Σ Factor·d to dst, deltas in order from 0 on; where the sum is 0, base alone.
func AddDeltas(dst []float64, base []float32, deltas []Delta, lambda float64) {
	for lo := 0; lo < len(dst); lo += piece {
		hi := min(lo+piece, len(dst))
		sum := dst[lo:hi]
		clear(sum)
		for j := range deltas {
			deltas[j].addTo(sum, base, lo, hi)
		}
		finish(sum, base[lo:hi], sum, lambda)
	}
}

// Elect writes base + λ · Σ e / Σ Weight to dst, where e = Factor·d, and both sums are over the deltas whose e
// is not 0 and has the sign of the vote, which is that of Σ e over all, + for 0. It divides only if normalize is set and
// where the sum of weights is not 0. Where the sum of e is 0 it writes base alone, and where the vote is NaN, NaN.
// All sums are in order from 0 on.
//
// room is memory for [ElectRoom] of as many deltas.
func Elect(dst []float64, base []float32, deltas []Delta, lambda float64, normalize bool, room []float64) {
	vote, den, e := room[:piece], room[piece:][:piece], room[2*piece:]
	for lo := electKernel(dst, base, deltas, lambda, normalize, e); lo < len(dst); lo += piece {
		hi := min(lo+piece, len(dst))
		num, vote, den := dst[lo:hi], vote[:hi-lo], den[:hi-lo]
		clear(vote)
		for j := range deltas {
			deltas[j].addAndKeep(vote, e[j*piece:][:hi-lo], base, lo, hi)
		}
		clear(num)
		clear(den)
		for j := range deltas {
			addAgreeing(num, den, vote, e[j*piece:][:hi-lo], deltas[j].Weight)
		}
		if normalize {
			finishMean(num, base[lo:hi], vote, den, lambda)
		} else {
			finish(num, base[lo:hi], vote, lambda)
		}
	}
}

// ElectRoom is how many numbers [Elect] of n deltas needs.
func ElectRoom(n int) int { return (2 + n) * piece }

// addAgreeing adds e to num and w to den where e is not 0 and has the sign of vote. Signs are compared as bits, for
// they are a coin toss and a branch would be mispredicted half the time.
func addAgreeing(num, den, vote, e []float64, w float64) {
	den, vote, e = den[:len(num)], vote[:len(num)], e[:len(num)]
	if n := whole(len(num)); n > 0 {
		simdAddAgreeing(num, den, vote, e, w)
		num, den, vote, e = num[n:], den[n:], vote[n:], e[n:]
	}
	weights := [2]float64{0, w}
	for i := range num {
		bits := math.Float64bits(e[i])
		bits &^= uint64(int64(bits^math.Float64bits(vote[i])) >> 63)
		agrees := 0
		if bits<<1 != 0 {
			agrees = 1
		}
		num[i] += math.Float64frombits(bits)
		den[i] += weights[agrees&1]
	}
}

// finish makes base + λ·dst of dst: NaN where vote is, and base where dst is 0.
func finish(dst []float64, base []float32, vote []float64, lambda float64) {
	base, vote = base[:len(dst)], vote[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdFinish(dst, base, vote, lambda)
		dst, base, vote = dst[n:], base[n:], vote[n:]
	}
	for i, m := range dst {
		dst[i] = merged(float64(base[i]), vote[i], m, lambda)
	}
}

// finishMean is finish of dst/den for each den that is not 0.
func finishMean(dst []float64, base []float32, vote, den []float64, lambda float64) {
	base, vote, den = base[:len(dst)], vote[:len(dst)], den[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdFinishMean(dst, base, vote, den, lambda)
		dst, base, vote, den = dst[n:], base[n:], vote[n:], den[n:]
	}
	for i, m := range dst {
		if w := den[i]; w != 0 {
			m /= w
		}
		dst[i] = merged(float64(base[i]), vote[i], m, lambda)
	}
}

func merged(base, vote, m, lambda float64) float64 {
	switch {
	case vote != vote:
		return vote
	case m == 0:
		return base
	}
	return base + float64(lambda*m)
}
