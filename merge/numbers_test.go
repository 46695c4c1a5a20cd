package merge_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// example is a merge that can be checked by head.
type example struct {
	name     string
	settings string
	base     int
	rows     [][]float32
	want     []float32
}

// run compares within one part in a hundred thousand, for examples are written with few digits.
func run(t *testing.T, method string, tests []example) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := merged(t, method, arguments(t, method, len(tt.rows), tt.base, tt.settings), []int64{int64(len(tt.want))}, tt.rows)
			for i, want := range tt.want {
				if !(math.Abs(float64(got[i]-want)) <= 5e-5*max(1, math.Abs(float64(want)))) {
					t.Errorf("%s(%v, base %d, %s) = %v, want %v", method, tt.rows, tt.base, tt.settings, got, tt.want)
					break
				}
			}
		})
	}
}

// inputs are made for comparisons with a formula written from its definition.
var inputs = []struct {
	name string
	make func(r *rand.Rand, i int) float32
}{
	{"independent", func(r *rand.Rand, _ int) float32 { return float32(r.NormFloat64()) }},
	{"alike", func(r *rand.Rand, i int) float32 { return float32(math.Sin(float64(i)) + 0.002*r.NormFloat64()) }},
	{"hardly different", func(r *rand.Rand, i int) float32 { return float32(math.Sin(float64(i)) + 1e-7*r.NormFloat64()) }},
	{"of few values", func(r *rand.Rand, _ int) float32 { return float32(r.IntN(7)-3) / 8 }},
	{"of all magnitudes", func(r *rand.Rand, _ int) float32 {
		return float32(math.Ldexp(r.Float64()-0.5, r.IntN(160)-100))
	}},
	{"mostly zero", func(r *rand.Rand, _ int) float32 {
		if r.IntN(50) > 0 {
			return 0
		}
		return float32(r.NormFloat64())
	}},
}

// lengths are of less than a run of 8,192 elements, of exactly one, and of more.
var lengths = []int{1, 2, 100, 8192, 9001}

// agree compares a method with a formula in float64 on all inputs. The sums of both are in float64, so what
// may differ is the one rounding to float32, and a share of the largest term where terms cancel.
func agree(t *testing.T, method string, args recipe.Args, truth func(rows [][]float64) []float64) {
	t.Helper()
	for _, in := range inputs {
		for _, n := range lengths {
			r := rand.New(rand.NewPCG(uint64(n), 7))
			rows := make([][]float32, len(args.PerModel))
			exact := make([][]float64, len(rows))
			for j := range rows {
				rows[j], exact[j] = make([]float32, n), make([]float64, n)
				for i := range n {
					rows[j][i] = in.make(r, i)
					exact[j][i] = float64(rows[j][i])
				}
			}
			got := merged(t, method, args, []int64{int64(n)}, rows)
			for i, want := range truth(exact) {
				most := math.Abs(want)
				for _, x := range exact {
					most = max(most, math.Abs(x[i]))
				}
				ulp := float64(math.Nextafter32(float32(math.Abs(want)), math.MaxFloat32)) - float64(float32(math.Abs(want)))
				if diff := math.Abs(float64(got[i]) - want); !(diff <= 0.51*ulp+1e-12*most) {
					t.Fatalf("%s of %d inputs %s: element %d of %d is %v, want %v", method, len(rows), in.name, i, n, got[i], want)
				}
			}
		}
	}
}

func TestLinear(t *testing.T) {
	run(t, "linear", []example{
		{"weights are divided by their sum", "weight=0.3,0.7", -1, [][]float32{{1, 2, 3}, {2, 3, 5}}, []float32{1.7, 2.7, 4.4}},
		{"without normalize they are not", "weight=0.3,0.3 normalize=0", -1, [][]float32{{1, 2, 3}, {2, 3, 5}}, []float32{0.9, 1.5, 2.4}},
		{"one input is itself", "weight=0.3", -1, [][]float32{{1, 2, 3}}, []float32{1, 2, 3}},
		{"a weight may be negative", "weight=2,-1", -1, [][]float32{{1, 2, 3}, {2, 3, 5}}, []float32{0, 1, 1}},
		{"a weight of 0 leaves an input out", "weight=1,0,3", -1, [][]float32{{4}, {100}, {8}}, []float32{7}},
		{"sum of 0 without normalize", "weight=1,-1 normalize=0", -1, [][]float32{{1, 5}, {2, 3}}, []float32{-1, 2}},
		{"four inputs", "weight=1,2,3,4", -1, [][]float32{{10}, {20}, {30}, {40}}, []float32{30}},
	})
}

func TestLinearAgreesWithItsFormula(t *testing.T) {
	for _, settings := range []string{"weight=0.7", "weight=0.5,0.3", "weight=0.5,0.3,0.4", "weight=1,-0.3,0.4,2", "weight=1,0,-0.3,0.4,2 normalize=0"} {
		weights := strings.Count(settings, ",") + 1
		args := arguments(t, "linear", weights, -1, settings)
		agree(t, "linear", args, func(rows [][]float64) []float64 {
			out := make([]float64, len(rows[0]))
			for i := range out {
				sum, weight := 0.0, 0.0
				for j, x := range rows {
					w := args.PerModel[j]["weight"]
					sum += w * x[i]
					weight += w
				}
				if args.Shared["normalize"] == 0 {
					weight = 1
				}
				out[i] = sum / weight
			}
			return out
		})
	}
}

func TestLinearRefusesWeightsThatSumToZero(t *testing.T) {
	m, _ := method(t, "linear")
	tests := []struct{ settings, want string }{
		{"weight=1,-1", "the weights sum to 0, and normalize divides by that sum; change a weight or set normalize: false"},
		{"weight=1e-9,5e-9", "the weights sum to 6e-09, and normalize divides by that sum; change a weight or set normalize: false"},
		{"weight=1,-1 normalize=0", ""},
		{"weight=1,-0.9", ""},
		{"weight=-1,-1", "warning: the weights sum to -2, so normalize flips their signs; set normalize: false if you don't want that"},
		{"weight=-1,-1 normalize=0", ""},
	}
	for _, tt := range tests {
		got := ""
		if err := m.Check(arguments(t, "linear", 2, -1, tt.settings)); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Check(%s) = %q, want %q", tt.settings, got, tt.want)
		}
	}
}

func TestSLERP(t *testing.T) {
	near := func(cosine float64) []float32 {
		return []float32{float32(cosine), float32(math.Sqrt(1 - cosine*cosine))}
	}
	// For vectors with cosine c the two formulas differ; each row says which one is right.
	angle := math.Acos(0.9994)
	share := math.Sin(0.7*angle) / math.Sin(angle)
	other := math.Sin(0.3*angle) / math.Sin(angle)
	run(t, "slerp", []example{
		{"a right angle", "t=0.5", 0, [][]float32{{1, 0}, {0, 1}}, []float32{0.70711, 0.70711}},
		{"norms are not made equal", "t=0.25", 0, [][]float32{{1, 0}, {0, 2}}, []float32{0.92388, 0.76537}},
		{"the base is t = 0 where it is listed second", "t=0.25", 1, [][]float32{{0, 2}, {1, 0}}, []float32{0.92388, 0.76537}},
		{"opposite vectors are interpolated linearly", "t=0.25", 0, [][]float32{{1, 0}, {-1, 0}}, []float32{0.5, 0}},
		{"a zero vector is at a right angle", "t=0.3", 0, [][]float32{{1, 2, 3}, {0, 0, 0}}, []float32{0.89101, 1.78201, 2.67302}},
		{"a zero base is too", "t=0.7", 0, [][]float32{{0, 0, 0}, {1, 2, 3}}, []float32{0.89101, 1.78201, 2.67302}},
		{"vectors shorter than 1e-8 are too", "t=0.5", 0, [][]float32{{1e-9, 0}, {1e-9, 0}}, []float32{0, 0}},
		{"a cosine below 0.9995 is an angle", "t=0.3", 0, [][]float32{{1, 0}, near(0.9994)}, []float32{float32(share + other*0.9994), float32(other * 0.034636)}},
		{"t beyond 1", "t=2", 0, [][]float32{{1, 0}, {0, 1}}, []float32{-1, 0}},
	})
	// Above 0.9995 the result is (1−t)b + t·o to the last bit; below it is not.
	for _, tt := range []struct {
		cosine float64
		linear bool
	}{{0.9994, false}, {0.9996, true}, {-0.9994, false}, {-0.9996, true}, {1, true}} {
		rows := [][]float32{{1, 0}, near(tt.cosine)}
		got := merged(t, "slerp", arguments(t, "slerp", 2, 0, "t=0.3"), []int64{2}, rows)
		linear := float32(0.3 * float64(rows[1][1]))
		if is := got[1] == linear && got[0] == float32(0.7+0.3*float64(rows[1][0])); is != tt.linear {
			t.Errorf("slerp of vectors with cosine %v is linear: %v, want %v", tt.cosine, is, tt.linear)
		}
	}
}

func TestSLERPAgreesWithItsFormula(t *testing.T) {
	for _, base := range []int{0, 1} {
		for _, at := range []float64{0.3, 0, 1, -0.5} {
			args := mergetest.With(arguments(t, "slerp", 2, base, ""), "t", at)
			agree(t, "slerp", args, func(rows [][]float64) []float64 {
				b, o := rows[base], rows[1-base]
				length := func(x []float64) float64 {
					s := 0.0
					for _, v := range x {
						s += v * v
					}
					if s = math.Sqrt(s); s > 1e-8 {
						return s
					}
					return 1
				}
				nb, no, c := length(b), length(o), 0.0
				for i := range b {
					c += (b[i] / nb) * (o[i] / no)
				}
				c = max(-1, min(1, c))
				out := make([]float64, len(b))
				for i := range out {
					if math.Abs(c) > 0.9995 {
						out[i] = (1-at)*b[i] + at*o[i]
					} else {
						angle := math.Acos(c)
						out[i] = (math.Sin((1-at)*angle)*b[i] + math.Sin(at*angle)*o[i]) / math.Sin(angle)
					}
				}
				return out
			})
		}
	}
}

func TestEndsAreCopies(t *testing.T) {
	negativeZero := float32(math.Copysign(0, -1))
	b := []float32{1, negativeZero, math.SmallestNonzeroFloat32, -1.5e38, 3e-41, 0, 0.1, float32(math.Inf(-1))}
	o := []float32{2, 1, -1, 1.5e38, negativeZero, 5, 0.3, 7}
	tests := []struct {
		method, settings string
		rows             [][]float32
		base             int
		want             []float32
	}{
		{"slerp", "t=0", [][]float32{b, o}, 0, b},
		{"slerp", "t=0", [][]float32{o, b}, 1, b},
		{"slerp", "t=1", [][]float32{o, b}, 0, b},
		{"linear", "weight=0.7,0", [][]float32{b, o}, -1, b},
		{"linear", "weight=0.7", [][]float32{b}, -1, b},
		{"passthrough", "scale=1", [][]float32{b}, -1, b},
		{"passthrough", "", [][]float32{b}, -1, b},
		{"task_arithmetic", "weight=1", [][]float32{o, b}, 0, b},
		{"task_arithmetic", "weight=0,0", [][]float32{b, o, o}, 0, b},
		{"task_arithmetic", "lambda=0 weight=1,2", [][]float32{b, o, o}, 0, b},
		{"ties", "weight=1,0.5 density=0,0", [][]float32{b, o, o}, 0, b},
		{"ties", "weight=0,0", [][]float32{b, o, o}, 0, b},
		{"ties", "", [][]float32{b}, 0, b},
		{"dare_ties", "weight=1,2 density=0,0", [][]float32{b, o, o}, 0, b},
		{"dare_linear", "weight=1,2 density=0,0", [][]float32{b, o, o}, 0, b},
		{"dare_linear", "weight=0,0 density=0.5,0.5", [][]float32{b, o, o}, 0, b},
	}
	for _, tt := range tests {
		got := merged(t, tt.method, arguments(t, tt.method, len(tt.rows), tt.base, tt.settings), []int64{int64(len(b))}, tt.rows)
		for i, want := range tt.want {
			if math.Float32bits(got[i]) != math.Float32bits(want) && i != len(b)-1 { // of an Inf more below
				t.Errorf("%s with %s: element %d is %v, want %v", tt.method, tt.settings, i, got[i], want)
			}
		}
		if last := got[len(b)-1]; last-last == 0 {
			t.Errorf("%s with %s: the Inf became %v", tt.method, tt.settings, last)
		}
	}
}

func TestTaskArithmetic(t *testing.T) {
	run(t, "task_arithmetic", []example{
		{"weights are not normalized", "weight=0.5,0.5", 0, [][]float32{{1, 1}, {1, 2}, {1, -3}}, []float32{1, -0.5}},
		{"normalize divides by their sum", "weight=1,3 normalize=1", 0, [][]float32{{1, 1}, {5, 1}, {1, 9}}, []float32{2, 7}},
		{"a sum of 0 divides by 1", "weight=1,-1 normalize=1", 0, [][]float32{{0, 0}, {1, 2}, {1, -3}}, []float32{0, 5}},
		{"lambda comes after normalize", "weight=1,3 normalize=1 lambda=0.5", 0, [][]float32{{1, 1}, {5, 1}, {1, 9}}, []float32{1.5, 4}},
		{"a negative weight takes away", "weight=-1", 1, [][]float32{{3, 0}, {1, 1}}, []float32{-1, 2}},
		{"no other model is the base", "", 0, [][]float32{{3, 4}}, []float32{3, 4}},
		{"density, rescale and int8_mask have no effect", "weight=0.5,0.5 density=0.1,0 rescale=1 int8_mask=1", 0, [][]float32{{1, 1}, {1, 2}, {1, -3}}, []float32{1, -0.5}},
	})
}

func TestTaskArithmeticAgreesWithItsFormula(t *testing.T) {
	for _, tt := range []struct {
		base     int
		settings string
	}{{0, "weight=0.6"}, {1, "weight=0.5,-0.3"}, {3, "weight=0.5,0.3,0.4 normalize=1 lambda=0.8"}, {0, "weight=0.5,0.5,-1,0.3"}} {
		n := strings.Count(strings.Fields(tt.settings)[0], ",") + 2
		args := arguments(t, "task_arithmetic", n, tt.base, tt.settings)
		agree(t, "task_arithmetic", args, func(rows [][]float64) []float64 {
			out := make([]float64, len(rows[0]))
			for i := range out {
				sum, weight := 0.0, 0.0
				for j, x := range rows {
					if j != tt.base {
						w := args.PerModel[j]["weight"]
						sum += w * (x[i] - rows[tt.base][i])
						weight += w
					}
				}
				if args.Shared["normalize"] == 0 {
					weight = 1
				}
				out[i] = rows[tt.base][i] + args.Shared["lambda"]*sum/weight
			}
			return out
		})
	}
}

func TestPassthrough(t *testing.T) {
	run(t, "passthrough", []example{
		{"without scale it is a copy", "", -1, [][]float32{{1, -2, 0}}, []float32{1, -2, 0}},
		{"scale multiplies", "scale=0.5", -1, [][]float32{{1, -2, 0}}, []float32{0.5, -1, 0}},
		{"scale 0 counts", "scale=0", -1, [][]float32{{1, -2, 0}}, []float32{0, 0, 0}},
	})
	args := arguments(t, "passthrough", 1, -1, "scale=-0.3")
	agree(t, "passthrough", args, func(rows [][]float64) []float64 {
		out := make([]float64, len(rows[0]))
		for i, x := range rows[0] {
			out[i] = -0.3 * x
		}
		return out
	})
}

func TestIdentityIsTheOnlyInput(t *testing.T) {
	tests := []struct {
		method, settings string
		inputs, base     int
		want             bool
	}{
		{"passthrough", "", 1, -1, true},
		{"passthrough", "scale=1", 1, -1, true},
		{"passthrough", "scale=0", 1, -1, false},
		{"linear", "weight=0.3", 1, -1, true},
		{"linear", "weight=0.3 normalize=0", 1, -1, false},
		{"linear", "weight=1 normalize=0", 1, -1, true},
		{"linear", "", 2, -1, false},
		{"task_arithmetic", "", 1, 0, true},
		{"task_arithmetic", "", 2, 0, false},
		{"dare_ties", "", 1, 0, true},
		{"dare_linear", "", 2, 0, false},
		{"ties", "", 1, 0, true},
		{"ties", "", 2, 1, false},
	}
	for _, tt := range tests {
		m, _ := method(t, tt.method)
		if got := m.Identity(arguments(t, tt.method, tt.inputs, tt.base, tt.settings)); got != tt.want {
			t.Errorf("Identity of %s with %d inputs and %q is %v, want %v", tt.method, tt.inputs, tt.settings, got, tt.want)
		}
	}
}
