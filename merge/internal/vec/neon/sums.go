package main

func sums() {
	kernel("simdDot", "func(sums *[16]float64, a, b []float32)", "is Dot.")
	sum := lanesAt("sums")
	a, b := float32sAt("a"), float32sAt("b")
	loop("a", 4, func(k int) { sum.add(k, fmul2d.ofFour(a.widened(k), b.widened(k))) }, sum.write)

	kernel("simdDotWide", "func(sums *[16]float64, a, b []float64)", "is DotWide.")
	sum = lanesAt("sums")
	a, b = float64sAt("a"), float64sAt("b")
	loop("a", 4, func(k int) { sum.add(k, fmul2d.ofFour(a.loadFour(k), b.loadFour(k))) }, sum.write)

	kernel("simdDots", "func(aa, ab, bb *[16]float64, a, b []float32)", "is Dots.")
	aa, ab, bb := lanesAt("aa"), lanesAt("ab"), lanesAt("bb")
	a, b = float32sAt("a"), float32sAt("b")
	loop("a", 4, func(k int) {
		x, y := a.widened(k), b.widened(k)
		for h := range x { // one after the other, as 24 vectors hold the sums
			product := fmul2d.of(x[h], x[h])
			aa.addHalf(k, h, product)
			fmul2d.to(product, x[h], y[h])
			ab.addHalf(k, h, product)
			fmul2d.to(product, y[h], y[h])
			bb.addHalf(k, h, product)
			vectors-- // free again
		}
	}, aa.write, ab.write, bb.write)

	kernel("simdSumKept", "func(all, kept *[16]float64, x, base, key []float32)", "is SumKept.")
	all, kept := lanesAt("all"), lanesAt("kept")
	x, base, key := float32sAt("x"), float32sAt("base"), float32sAt("key")
	loop("x", 4, func(k int) {
		d := fabs2d.ofFour(difference(x, base, k))
		all.add(k, d)
		unless0(d, key, k)
		kept.add(k, d)
	}, all.write, kept.write)
}

// Lanes are a Lanes: the address, and its numbers in vectors.
type lanes struct {
	to *pointer
	in [8]vector
}

func lanesAt(name string) *lanes {
	l := &lanes{to: addressOf(name, 8)}
	for j := range l.in {
		l.in[j] = l.to.load(2 * j)
	}
	return l
}

// add adds x to the four lanes from k on.
func (l *lanes) add(k int, x four) {
	for h, v := range x {
		l.addHalf(k, h, v)
	}
}

// addHalf adds half h of a four.
func (l *lanes) addHalf(k, h int, v vector) {
	sum := l.in[k/2+h]
	fadd2d.to(sum, sum, v)
}

func (l *lanes) write() {
	for j, v := range l.in {
		l.to.store(2*j, v)
	}
}
