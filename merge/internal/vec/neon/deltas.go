package main

func deltas() {
	for _, keep := range []bool{false, true} {
		for _, keyed := range []bool{false, true} {
			addDelta(keep, keyed)
		}
	}

	kernel("simdAddAgreeing", "func(num, den, vote, e []float64, w float64)", "is addAgreeing.")
	num, den, vote, e, w := float64sAt("num"), float64sAt("den"), float64sAt("vote"), float64sAt("e"), number("w")
	loop("num", 2, func(k int) {
		x := e.load(k)
		bic.to(x, x, sshr63.of(eor.of(x, vote.load(k))))
		num.store(k, fadd2d.of(num.load(k), x))
		den.store(k, fadd2d.of(den.load(k), bic.of(w, fcmeq2d0.of(x))))
	})

	for _, mean := range []bool{false, true} {
		finish(mean)
	}
}

// addDelta is a kernel that is addTo, or addAndKeep, with a key or without.
func addDelta(keep, keyed bool) {
	name, params, doc := "simdAddTo", "sum", "is addTo"
	if keep {
		name, params, doc = "simdAddAndKeep", "sum, e", "is addAndKeep"
	}
	params += " []float64, x, base"
	if keyed {
		name, params, doc = name+"Keyed", params+", key", doc+" with a key"
	}
	kernel(name, "func("+params+" []float32, f float64)", doc+".")
	sum, x, base, f := float64sAt("sum"), float32sAt("x"), float32sAt("base"), number("f")
	var e, key *pointer
	if keep {
		e = float64sAt("e")
	}
	if keyed {
		key = float32sAt("key")
	}
	loop("sum", 4, func(k int) {
		d := difference(x, base, k)
		if keyed {
			unless0(d, key, k)
		}
		d = fmul2d.ofFour(four{f, f}, d)
		if keep {
			e.storeFour(k, d)
		}
		sum.storeFour(k, fadd2d.ofFour(sum.loadFour(k), d))
	})
}

// finish is a kernel that is finish, or finishMean.
func finish(mean bool) {
	if mean {
		kernel("simdFinishMean", "func(dst []float64, base []float32, vote, den []float64, factor float64)", "is finishMean.")
	} else {
		kernel("simdFinish", "func(dst []float64, base []float32, vote []float64, factor float64)", "is finish.")
	}
	dst, base, vote, factor := float64sAt("dst"), float32sAt("base"), float64sAt("vote"), number("factor")
	var den *pointer
	if mean {
		den = float64sAt("den")
	}
	loop("dst", 4, func(k int) {
		for h, b := range base.widened(k) {
			m, v := dst.load(k+2*h), vote.load(k+2*h)
			if mean {
				w := den.load(k + 2*h)
				bif.to(m, fdiv2d.of(m, w), fcmeq2d0.of(w))
			}
			sum := fadd2d.of(b, fmul2d.of(factor, m))
			bit.to(sum, b, fcmeq2d0.of(m))
			bif.to(sum, v, fcmeq2d.of(v, v)) // where it is NaN
			dst.store(k+2*h, sum)
		}
	})
}
