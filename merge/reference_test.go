package merge_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// merged runs a method over rows of one shape, in small blocks.
func merged(t testing.TB, name string, a recipe.Args, shape []int64, rows [][]float32) []float32 {
	t.Helper()
	return narrow(merged64(t, name, a, shape, rows))
}

// merged64 is merged before the rounding.
func merged64(t testing.TB, name string, a recipe.Args, shape []int64, rows [][]float32) []float64 {
	t.Helper()
	m, kernel := method(t, name)
	s := merge.Spec{Name: "w", Shape: shape, Args: a}
	return mergetest.Run(t, m, kernel, s, rows, mergetest.Cut{Block: 8192, Workers: 2, Shuffle: 1})
}

// narrow rounds x to float32.
func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, x := range x {
		out[i] = float32(x)
	}
	return out
}

// arguments returns the defaults of a method with settings such as "lambda=0.5 weight=1,2": one value for
// a shared parameter, one for each input but the base for one of the models.
func arguments(t testing.TB, name string, inputs, base int, settings string) recipe.Args {
	t.Helper()
	m, _ := method(t, name)
	a := mergetest.Args(m, inputs, base)
	for _, setting := range strings.Fields(settings) {
		key, text, _ := strings.Cut(setting, "=")
		var values []float64
		for _, s := range strings.Split(text, ",") {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		switch p := m.Param(key); {
		case p == nil:
			t.Fatalf("%s has no parameter %s", name, key)
		case p.Scope == recipe.Shared:
			a = mergetest.With(a, key, values[0])
		default:
			a = mergetest.WithEach(a, key, values...)
		}
	}
	return a
}

// sample is an input of the reference values: twelve elements, as a 3×4 matrix.
func sample(f func(i float64) float64) []float32 {
	x := make([]float32, 12)
	for i := range x {
		x[i] = float32(f(float64(i)))
	}
	return x
}

var samples = map[string][]float32{
	"b":  sample(func(i float64) float64 { return math.Sin(i + 1) }),
	"x1": sample(func(i float64) float64 { return math.Sin(i+1) + 0.1*math.Cos(3*i+1) }),
	"x2": sample(func(i float64) float64 { return math.Sin(i+1) + 0.2*math.Sin(5*i+2) }),
	"x3": sample(func(i float64) float64 { return math.Sin(i+1) - 0.15*math.Cos(2*i+0.5) }),
	"y":  sample(func(i float64) float64 { return math.Cos(2 * i) }),
}

// The values are those of mergekit 0.1.5 with torch 2.13, run in float64 and printed with six
// decimals; only the inputs are float32 here.
func TestReferenceValues(t *testing.T) {
	tests := []struct {
		method, inputs string
		base           int
		settings, want string
	}{
		{"linear", "x1 x2 x3", -1, "weight=0.5,0.3,0.4",
			"0.865569 0.954969 0.156244 -0.888663 -0.891456 -0.247722 0.675864 0.933263 0.442712 -0.624927 -0.908566 -0.506457"},
		{"linear", "x1 x2 x3", -1, "weight=0.5,0.3,0.4 normalize=0",
			"1.038683 1.145963 0.187492 -1.066396 -1.069747 -0.297267 0.811037 1.119915 0.531255 -0.749913 -1.090280 -0.607748"},
		{"slerp", "b x2", 0, "t=0.3",
			"0.899750 0.952624 0.109308 -0.817884 -0.963336 -0.222827 0.692922 0.954521 0.358472 -0.538763 -0.944490 -0.512420"},
		{"slerp", "b y", 0, "t=0.3",
			"1.196920 0.618992 -0.169352 -0.238612 -0.916075 -0.625895 0.962935 0.939120 -0.065974 -0.184993 -0.703066 -0.926473"},
		{"slerp", "y b", 1, "t=0.3",
			"1.196920 0.618992 -0.169352 -0.238612 -0.916075 -0.625895 0.962935 0.939120 -0.065974 -0.184993 -0.703066 -0.926473"},
		{"task_arithmetic", "b x1 x2 x3", 0, "weight=0.5,0.3,-0.4",
			"0.975699 0.867966 0.133973 -0.797845 -0.950204 -0.298448 0.799375 0.879452 0.364544 -0.528366 -0.899829 -0.605230"},
		{"task_arithmetic", "x1 x2 x3 b", 3, "weight=0.5,0.3,-0.4",
			"0.975699 0.867966 0.133973 -0.797845 -0.950204 -0.298448 0.799375 0.879452 0.364544 -0.528366 -0.899829 -0.605230"},
		{"ties", "b x1 x2 x3", 0, "weight=0.5,0.3,0.4 density=0.5,0.4,0.7",
			"0.709834 1.029469 0.141120 -0.922916 -0.868622 -0.088140 0.507317 0.889362 0.514012 -0.660134 -0.868822 -0.405577"},
		{"ties", "x1 b x2 x3", 1, "weight=0.5,0.3,0.4 density=0.5,0.4,0.7",
			"0.709834 1.029469 0.141120 -0.922916 -0.868622 -0.088140 0.507317 0.889362 0.514012 -0.660134 -0.868822 -0.405577"},
		{"ties", "b x1 x2 x3", 0, "weight=0.5,0.3,0.4 density=0.5,0.4,0.7 normalize=0 rescale=1 lambda=0.8",
			"0.792373 0.954118 0.141120 -0.904283 -0.925244 -0.187057 0.727432 0.918111 0.522039 -0.665170 -0.839534 -0.487715"},
		{"passthrough", "b", -1, "",
			"0.841471 0.909297 0.141120 -0.756802 -0.958924 -0.279415 0.656987 0.989358 0.412118 -0.544021 -0.999990 -0.536573"},
	}
	for _, tt := range tests {
		var rows [][]float32
		for _, name := range strings.Fields(tt.inputs) {
			rows = append(rows, samples[name])
		}
		got := merged(t, tt.method, arguments(t, tt.method, len(rows), tt.base, tt.settings), []int64{3, 4}, rows)
		for i, text := range strings.Fields(tt.want) {
			want, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(float64(got[i])-want) > 1e-6 {
				t.Errorf("%s of %s with %q: element %d is %v, want %v", tt.method, tt.inputs, tt.settings, i, got[i], want)
			}
		}
	}
}

// The same with inputs and result in bfloat16, as words. mergekit rounds a float32 result there as we do; no
// value of these lies at a half.
func TestReferenceWords(t *testing.T) {
	tests := []struct {
		method, inputs string
		base           int
		settings, want string
	}{
		{"linear", "x1 x2 x3", -1, "weight=0.5,0.3,0.4", "3f5e 3f74 3e20 bf63 bf64 be7e 3f2d 3f6f 3ee2 bf20 bf69 bf02"},
		{"slerp", "b x2", 0, "t=0.3", "3f66 3f74 3de0 bf52 bf76 be64 3f31 3f74 3eb7 bf0a bf72 bf03"},
		{"slerp", "b y", 0, "t=0.3", "3f99 3f1f be2c be75 bf6a bf20 3f76 3f70 bd87 be3d bf34 bf6d"},
		{"slerp", "b y", 0, "t=0", "3f57 3f69 3e11 bf42 bf75 be8f 3f28 3f7d 3ed3 bf0b bf80 bf09"},
		{"task_arithmetic", "b", 0, "", "3f57 3f69 3e11 bf42 bf75 be8f 3f28 3f7d 3ed3 bf0b bf80 bf09"},
	}
	for _, tt := range tests {
		var rows [][]float32
		for _, name := range strings.Fields(tt.inputs) {
			x := append([]float32(nil), samples[name]...)
			dtype.Round(x, dtype.BF16)
			rows = append(rows, x)
		}
		got := merged(t, tt.method, arguments(t, tt.method, len(rows), tt.base, tt.settings), []int64{12}, rows)
		dtype.Round(got, dtype.BF16)
		for i, text := range strings.Fields(tt.want) {
			word, err := strconv.ParseUint(text, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			if math.Float32bits(got[i])>>16 != uint32(word) {
				t.Errorf("%s of %s with %q: element %d is %04x, want %s", tt.method, tt.inputs, tt.settings, i, math.Float32bits(got[i])>>16, text)
			}
		}
	}
}
