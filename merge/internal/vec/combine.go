package vec

// A Term is a row and its coefficient.
type Term struct {
	Row []float32
	C   float64
}

// Combine writes Σ C·Row over at least one term to dst, in float64, terms in order.
func Combine(dst []float64, terms []Term) {
	for lo := 0; lo < len(dst); lo += piece {
		hi := min(lo+piece, len(dst))
		dst, t := dst[lo:hi], terms
		switch len(t) {
		case 1:
			combine1(dst, t[0].Row[lo:hi], t[0].C)
			continue
		case 2:
			combine2(dst, t[0].Row[lo:hi], t[1].Row[lo:hi], t[0].C, t[1].C)
			continue
		}
		combine3(dst, t[0].Row[lo:hi], t[1].Row[lo:hi], t[2].Row[lo:hi], t[0].C, t[1].C, t[2].C)
		for t = t[3:]; len(t) >= 2; t = t[2:] {
			add2(dst, t[0].Row[lo:hi], t[1].Row[lo:hi], t[0].C, t[1].C)
		}
		if len(t) > 0 {
			add1(dst, t[0].Row[lo:hi], t[0].C)
		}
	}
}

func combine1(dst []float64, x []float32, a float64) {
	x = x[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdCombine1(dst, x, a)
		dst, x = dst[n:], x[n:]
	}
	for i := range dst {
		dst[i] = a * float64(x[i])
	}
}

func combine2(dst []float64, x, y []float32, a, b float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdCombine2(dst, x, y, a, b)
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	for i := range dst {
		dst[i] = float64(a*float64(x[i])) + float64(b*float64(y[i]))
	}
}

func combine3(dst []float64, x, y, z []float32, a, b, c float64) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdCombine3(dst, x, y, z, a, b, c)
		dst, x, y, z = dst[n:], x[n:], y[n:], z[n:]
	}
	for i := range dst {
		dst[i] = float64(a*float64(x[i])) + float64(b*float64(y[i])) + float64(c*float64(z[i]))
	}
}

func add1(dst []float64, x []float32, a float64) {
	x = x[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdAdd1(dst, x, a)
		dst, x = dst[n:], x[n:]
	}
	for i := range dst {
		dst[i] += float64(a * float64(x[i]))
	}
}

func add2(dst []float64, x, y []float32, a, b float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdAdd2(dst, x, y, a, b)
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	for i := range dst {
		dst[i] = dst[i] + float64(a*float64(x[i])) + float64(b*float64(y[i]))
	}
}

// CarryNaN makes dst NaN where x is NaN or Inf, as adding 0·x would, and leaves the other bits.
func CarryNaN(dst []float64, x []float32) {
	x = x[:len(dst)]
	if n := whole(len(dst)); n > 0 {
		simdCarryNaN(dst, x)
		dst, x = dst[n:], x[n:]
	}
	for i := range dst {
		dst[i] -= float64(x[i] - x[i])
	}
}
