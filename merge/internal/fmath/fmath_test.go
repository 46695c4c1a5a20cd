package fmath

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// one is a function of one argument, with its truth and where the tests look at it.
type one struct {
	name   string
	f      func(float64) float64
	truth  func(float64) *big.Float
	ranges [][2]float64 // evenly spread random arguments
	points []float64    // and their neighbors
}

var ones = []one{
	{"Acos", Acos, trueAcos,
		[][2]float64{{-1, 1}, {-1, -0.999}, {0.999, 1}, {-1e-3, 1e-3}, {0.45, 0.55}},
		[]float64{-1, -0.5, 0, 0x1p-60, 0.5, 1, math.Sqrt2 / 2}},
	{"Sin", Sin, trueSin,
		[][2]float64{{-math.Pi / 4, math.Pi / 4}, {-4 * math.Pi, 4 * math.Pi}, {-1e6, 1e6}, {3.14159, 3.1416}, {6.28318, 6.2832}},
		[]float64{0, 0x1p-26, math.Pi / 4, math.Pi / 2, math.Pi, 3 * math.Pi / 2, 2 * math.Pi, 4 * math.Pi, 1 << 19, 355, 5.319372648326541e+255, math.MaxFloat64, math.SmallestNonzeroFloat64}},
	{"Cos", Cos, trueCos,
		[][2]float64{{-math.Pi / 4, math.Pi / 4}, {-4 * math.Pi, 4 * math.Pi}, {-1e6, 1e6}, {1.5707, 1.5709}, {4.7123, 4.7125}},
		[]float64{0, 0x1p-26, math.Pi / 4, math.Pi / 2, math.Pi, 3 * math.Pi / 2, 5 * math.Pi / 2, 4 * math.Pi, 1 << 19, 355.0 / 2, 5.319372648326541e+255, math.MaxFloat64}},
	{"Exp", Exp, func(x float64) *big.Float { return trueExp(exact(x)) },
		[][2]float64{{-1, 1}, {-1e-6, 1e-6}, {-40, 40}, {-745, 709}, {-745.2, -708}, {709, 709.79}},
		[]float64{0, 0x1p-28, math.Ln2 / 2, math.Ln2, 1, 7.09782712893383973096e+02, -7.45133219101941108420e+02, -7.08396418532264106224e+02}},
	{"Log", Log, trueLog,
		[][2]float64{{0, 1e-300}, {0, 1}, {0.5, 2}, {0.999, 1.001}, {0.7, 0.71}, {1, 1000}, {0, math.MaxFloat64}},
		[]float64{1, 0.5, 2, math.E, math.Sqrt2 / 2, math.Sqrt2, math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1022}},
}

// arguments returns n random ones of each range, and the points with their neighbors.
func (o one) arguments(n int) []float64 {
	random := rand.New(rand.NewPCG(17, 4))
	var xs []float64
	for _, r := range o.ranges {
		for range n {
			xs = append(xs, r[0]+random.Float64()*(r[1]-r[0]))
		}
	}
	for _, p := range o.points {
		down, up := math.Nextafter(p, math.Inf(-1)), math.Nextafter(p, math.Inf(1))
		for _, x := range []float64{p, down, up} {
			if !math.IsInf(x, 0) && !math.IsNaN(o.f(x)) && !math.IsInf(o.f(x), 0) {
				xs = append(xs, x)
			}
		}
	}
	return xs
}

func TestWithinOneULP(t *testing.T) {
	for _, o := range ones {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			worst, at := 0.0, 0.0
			for _, x := range o.arguments(400) {
				if off := ulps(o.f(x), o.truth(x)); off > worst {
					worst, at = off, x
				}
			}
			if worst > 1 {
				t.Errorf("%s(%v) = %v is %.3f ulp off", o.name, at, o.f(at), worst)
			}
			t.Logf("%s is %.3f ulp off at most, at %v", o.name, worst, at)
		})
	}
	t.Run("Atan2", func(t *testing.T) {
		t.Parallel()
		worst, where := 0.0, [2]float64{}
		for _, yx := range directions(1500) {
			if off := ulps(Atan2(yx[0], yx[1]), trueAtan2(exact(yx[0]), exact(yx[1]))); off > worst {
				worst, where = off, yx
			}
		}
		if worst > 1 {
			t.Errorf("Atan2(%v, %v) = %v is %.3f ulp off", where[0], where[1], Atan2(where[0], where[1]), worst)
		}
		t.Logf("Atan2 is %.3f ulp off at most, at %v", worst, where)
	})
}

// directions returns n random pairs, evenly around the circle and of very different lengths, and
// those at which the method changes.
func directions(n int) [][2]float64 {
	random := rand.New(rand.NewPCG(17, 4))
	var out [][2]float64
	for i := range n {
		y, x := random.NormFloat64(), random.NormFloat64()
		switch i % 3 {
		case 1:
			y = math.Ldexp(y, random.IntN(160)-80)
		case 2:
			y, x = math.Ldexp(y, random.IntN(2000)-1000), math.Ldexp(x, random.IntN(2000)-1000)
		}
		out = append(out, [2]float64{y, x})
	}
	for _, q := range []float64{1, 0.4375, 0.6875, 0x1p-30, 0.5, 1 / 0.4375, 1 / 0.6875, 0x1p30, 0x1p-1074, 0x1p1000} {
		for _, y := range []float64{q, math.Nextafter(q, 0), math.Nextafter(q, 2*q)} {
			if y == 0 {
				continue // TestSpecialValues
			}
			out = append(out, [2]float64{y, 1}, [2]float64{y, -1}, [2]float64{-y, 1}, [2]float64{-y, -1})
		}
	}
	return append(out, [2]float64{math.MaxFloat64, math.MaxFloat64}, [2]float64{math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64},
		[2]float64{math.SmallestNonzeroFloat64, math.MaxFloat64}, [2]float64{math.SmallestNonzeroFloat64, -math.MaxFloat64}, [2]float64{math.MaxFloat64, math.SmallestNonzeroFloat64})
}

func TestSpecialValues(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	tests := []struct {
		name      string
		got, want float64
	}{
		{"Acos(1)", Acos(1), 0},
		{"Acos(-1)", Acos(-1), math.Pi},
		{"Acos(0)", Acos(0), math.Pi / 2},
		{"Acos(just above 1)", Acos(math.Nextafter(1, 2)), nan},
		{"Acos(just below -1)", Acos(math.Nextafter(-1, -2)), nan},
		{"Acos(Inf)", Acos(inf), nan},
		{"Acos(NaN)", Acos(nan), nan},
		{"Sin(0)", Sin(0), 0},
		{"Sin(-0)", Sin(zero), zero},
		{"Sin(Inf)", Sin(inf), nan},
		{"Sin(-Inf)", Sin(-inf), nan},
		{"Sin(NaN)", Sin(nan), nan},
		{"Cos(0)", Cos(0), 1},
		{"Cos(Inf)", Cos(inf), nan},
		{"Cos(NaN)", Cos(nan), nan},
		{"Exp(0)", Exp(0), 1},
		{"Exp(-0)", Exp(zero), 1},
		{"Exp(710)", Exp(710), inf},
		{"Exp(Inf)", Exp(inf), inf},
		{"Exp(-746)", Exp(-746), 0},
		{"Exp(-Inf)", Exp(-inf), 0},
		{"Exp(NaN)", Exp(nan), nan},
		{"Log(1)", Log(1), 0},
		{"Log(0)", Log(0), -inf},
		{"Log(-0)", Log(zero), -inf},
		{"Log(-1)", Log(-1), nan},
		{"Log(Inf)", Log(inf), inf},
		{"Log(NaN)", Log(nan), nan},
		{"Log(2)", Log(2), math.Ln2},
	}
	for _, tt := range tests {
		if math.Float64bits(tt.got) != math.Float64bits(tt.want) && !(tt.got != tt.got && tt.want != tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	// All pairs of these are exact or correctly rounded in package math.
	values := []float64{0, zero, 1, -1, inf, -inf, nan}
	for _, y := range values {
		for _, x := range values {
			got, want := Atan2(y, x), math.Atan2(y, x)
			if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
				t.Errorf("Atan2(%v, %v) = %v, want %v", y, x, got, want)
			}
		}
	}
}

func FuzzOne(f *testing.F) {
	for i, o := range ones {
		for _, p := range o.points {
			f.Add(i, math.Float64bits(p))
		}
	}
	f.Fuzz(func(t *testing.T, i int, bits uint64) {
		if i < 0 || i >= len(ones) {
			return
		}
		o, x := ones[i], math.Float64frombits(bits)
		got := o.f(x)
		inside := x == x && !math.IsInf(x, 0)
		switch o.name {
		case "Acos":
			inside = math.Abs(x) <= 1
		case "Log":
			inside = inside && x > 0
		case "Exp":
			inside = math.Abs(x) < 1000 // beyond, the truth takes long
		}
		if !inside {
			return // TestSpecialValues
		}
		if off := ulps(got, o.truth(x)); off > 1 {
			t.Errorf("%s(%v) = %v is %.3f ulp off", o.name, x, got, off)
		}
	})
}

func FuzzAtan2(f *testing.F) {
	for _, yx := range directions(20) {
		f.Add(math.Float64bits(yx[0]), math.Float64bits(yx[1]))
	}
	f.Fuzz(func(t *testing.T, ybits, xbits uint64) {
		y, x := math.Float64frombits(ybits), math.Float64frombits(xbits)
		if y == 0 || x == 0 || math.IsNaN(y) || math.IsNaN(x) || math.IsInf(y, 0) || math.IsInf(x, 0) {
			return // TestSpecialValues
		}
		if off := ulps(Atan2(y, x), trueAtan2(exact(y), exact(x))); off > 1 {
			t.Errorf("Atan2(%v, %v) = %v is %.3f ulp off", y, x, Atan2(y, x), off)
		}
	})
}

func Benchmark(b *testing.B) {
	for _, o := range ones {
		xs := o.arguments(1000)[:1000]
		b.Run(o.name, func(b *testing.B) {
			i, sum := 0, 0.0
			for b.Loop() {
				sum += o.f(xs[i])
				if i++; i == len(xs) {
					i = 0
				}
			}
			if sum == math.Pi {
				fmt.Println(sum)
			}
		})
	}
}
