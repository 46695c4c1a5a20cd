package truth

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// mostTies is the share of elements that may be undecidable. One tensor of seven has few magnitudes, so that votes
// cancel there.
const mostTies = 1.0 / 500

// Every method, written as every type, is as near to its formula as one rounding and a sum in float64 allow.
func TestAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes under the race detector, for numbers in which no race shows")
	}
	for _, m := range merge.Methods() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			rows, err := measure(t.Context(), m, DTypes, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				if row.DType != DTypes[i] || row.Elements == 0 {
					t.Errorf("row %d is of %v, with %d elements", i, row.DType, row.Elements)
				}
				if row.Beyond > 0 {
					t.Errorf("%v: %d of %d elements are too far from the formula: %s", row.DType, row.Beyond, row.Elements, row.Worst)
				}
				if share := float64(row.Ties) / float64(row.Elements); share > mostTies {
					t.Errorf("%v: %d of %d elements are ties, which nothing is known of", row.DType, row.Ties, row.Elements)
				}
			}
		})
	}
}

func TestMeasureAsksForAReference(t *testing.T) {
	_, err := Measure(t.Context(), recipe.Method{Name: "karcher"}, dtype.BF16, 1)
	const want = "karcher has no reference: write its formula in a file of cmd/lazymerge/internal/bench/truth, as slerp.go does, and add it to the list in truth.go"
	if err == nil || err.Error() != want {
		t.Errorf("Measure = %v, want %s", err, want)
	}
	for _, r := range references {
		if recipe.Find(merge.Methods(), r.method) == nil {
			t.Errorf("there is a reference for %s, which is no method", r.method)
		}
	}
}

// What the engine did once is found: task vectors rounded to float32 before they are added, and results rounded to float32
// before they are rounded to float16.
func TestCompareFindsRoundings(t *testing.T) {
	models := newModels(4, dtype.F32, 1)
	in := input{setting: ties.settings[0], name: kinds[3].name, rows: models.rows(kinds[3].name)}
	want := ties.values(in)
	written := func(d dtype.DType, of func(x float64) float64) []float64 {
		out := make([]float64, len(want))
		for i, v := range want {
			out[i] = of(v.float())
		}
		dtype.Round(out, d)
		return out
	}
	exact := func(x float64) float64 { return x }
	narrow := func(x float64) float64 { return float64(float32(x)) }
	deltas := input{setting: in.setting, name: in.name, rows: models.rows(in.name)}
	for i := range deltas.rows[0] {
		for j := 1; j < 4; j++ {
			deltas.rows[j][i] = deltas.rows[0][i] + narrow(in.rows[j][i]-in.rows[0][i])
		}
	}
	var rounded []float64
	for _, v := range ties.values(deltas) {
		rounded = append(rounded, narrow(v.float()))
	}
	large := slices.Clone(written(dtype.F32, exact))
	large[17] = math.Nextafter(large[17], 1) + unitOf(large[17], dtype.F32)
	lost := slices.Clone(written(dtype.BF16, exact))
	lost[5] = math.NaN()
	tests := []struct {
		name string
		as   dtype.DType
		got  []float64
		good bool
	}{
		{"bf16, rounded once", dtype.BF16, written(dtype.BF16, exact), true},
		{"f16, rounded once", dtype.F16, written(dtype.F16, exact), true},
		{"f32, rounded once", dtype.F32, written(dtype.F32, exact), true},
		{"f64", dtype.F64, written(dtype.F64, exact), true},
		{"f64 from float32", dtype.F64, written(dtype.F64, narrow), false},
		{"f32 from rounded task vectors", dtype.F32, rounded, false},
		{"one element off by a unit", dtype.F32, large, false},
		{"a NaN", dtype.BF16, lost, false},
	}
	for _, tt := range tests {
		row := Row{DType: tt.as}
		if row.compare("w", tt.got, want); (row.Beyond == 0) != tt.good || (row.Worst == "") != tt.good {
			t.Errorf("%s: %d elements of %d are beyond the rule, %s", tt.name, row.Beyond, row.Elements, row.Worst)
		}
	}

	// Rounded twice: 1 + 2⁻¹¹ is half way between two float16s, and what is a little more than that goes up.
	row := Row{DType: dtype.F16}
	row.compare("w", []float64{1, 1}, []value{{number: exactly(1 + 0x1p-11), terms: 1}, {number: exactly(1 + 0x1p-11 + 0x1p-30), terms: 1}})
	if row.Beyond != 1 || row.Elements != 2 || !strings.HasPrefix(row.Worst, "w: element 1 is 1, want 1.0004882821813226") {
		t.Errorf("1 for the half and a little more in float16: %+v", row)
	}
}

func TestUnitOf(t *testing.T) {
	tests := []struct {
		x    float64
		d    dtype.DType
		want float64
	}{
		{1, dtype.BF16, 0x1p-7}, {1.99, dtype.BF16, 0x1p-7}, {math.Nextafter(1, 0), dtype.BF16, 0x1p-8}, {-2, dtype.F16, 0x1p-9},
		{1, dtype.F32, 0x1p-23}, {1, dtype.F64, 0x1p-52}, {0, dtype.F16, 0x1p-24}, {1e-7, dtype.F16, 0x1p-24}, {0x1p-14, dtype.F16, 0x1p-24},
		{0x1p-13, dtype.F16, 0x1p-23}, {1e-40, dtype.BF16, 0x1p-133}, {1e-40, dtype.F32, 0x1p-149}, {0, dtype.F64, 0x1p-1074},
	}
	for _, tt := range tests {
		if got := unitOf(tt.x, tt.d); got != tt.want {
			t.Errorf("unitOf(%v, %v) = %v, want %v", tt.x, tt.d, got, tt.want)
		}
	}
}

// The numbers of twice the precision agree with math/big to a hundred bits.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	big2 := func(a number) *big.Float {
		x := new(big.Float).SetPrec(400).SetFloat64(a.high)
		return x.Add(x, new(big.Float).SetFloat64(a.low))
	}
	random := func() number {
		x := math.Ldexp(r.Float64()-0.5, r.IntN(40)-20)
		return normal(x, x*0x1p-54*(r.Float64()-0.5))
	}
	for range 10_000 {
		a, b := random(), random()
		x, y := big2(a), big2(b)
		scale := new(big.Float).Abs(x)
		scale.Add(scale, new(big.Float).Abs(y))
		near := func(what string, got number, want, scale *big.Float) {
			t.Helper()
			off := new(big.Float).Sub(big2(got), want)
			off.Quo(off.Abs(off), new(big.Float).Abs(scale))
			if share, _ := off.Float64(); share > 0x1p-100 {
				t.Fatalf("%v %s %v = %v, off by a share of %g", a, what, b, got, share)
			}
		}
		new400 := func() *big.Float { return new(big.Float).SetPrec(400) }
		near("+", a.add(b), new400().Add(x, y), scale)
		near("-", a.minus(b), new400().Sub(x, y), scale)
		product := new400().Mul(x, y)
		near("*", a.times(b), product, product)
		quotient := new400().Quo(x, y)
		near("/", a.over(b), quotient, quotient)
	}
	if got := sum([]float64{1e17, 1, -1e17}); got != 1 {
		t.Errorf("1e17 + 1 − 1e17 = %v", got)
	}
}

// The draws are those of Random123's known answers for seven rounds, and of the halves of a block in order.
func TestDraws(t *testing.T) {
	for i, want := range []uint32{0xb709, 0x5f6f, 0x3f64, 0x0d89, 0x1f81, 0x4f12, 0x0a48, 0x4f73} {
		if got := draw(0, uint64(i)); got != want {
			t.Errorf("draw %d with key 0 = %04x, want %04x", i, got, want)
		}
	}
}

// The references make what mergekit 0.1.5 with torch 2.13 made in float64, printed with six decimals.
func TestReferencesAgreeWithMergekit(t *testing.T) {
	of := func(f func(i float64) float64) []float64 {
		x := make([]float64, 12)
		for i := range x {
			x[i] = f(float64(i))
		}
		return x
	}
	b := of(func(i float64) float64 { return math.Sin(i + 1) })
	x1 := of(func(i float64) float64 { return math.Sin(i+1) + 0.1*math.Cos(3*i+1) })
	x2 := of(func(i float64) float64 { return math.Sin(i+1) + 0.2*math.Sin(5*i+2) })
	x3 := of(func(i float64) float64 { return math.Sin(i+1) - 0.15*math.Cos(2*i+0.5) })
	y := of(func(i float64) float64 { return math.Cos(2 * i) })
	weights := parameters{"weight": {0.5, 0.3, 0.4}}
	masks := parameters{"weight": {0.5, 0.3, 0.4}, "density": {0.5, 0.4, 0.7}}
	tests := []struct {
		reference reference
		setting   setting
		rows      [][]float64
		want      string
	}{
		{linear, setting{per: weights, base: none}, [][]float64{x1, x2, x3},
			"0.865569 0.954969 0.156244 -0.888663 -0.891456 -0.247722 0.675864 0.933263 0.442712 -0.624927 -0.908566 -0.506457"},
		{linear, setting{per: weights, base: none, shared: map[string]float64{"normalize": 0}}, [][]float64{x1, x2, x3},
			"1.038683 1.145963 0.187492 -1.066396 -1.069747 -0.297267 0.811037 1.119915 0.531255 -0.749913 -1.090280 -0.607748"},
		{slerp, setting{base: 0, shared: map[string]float64{"t": 0.3}}, [][]float64{b, x2},
			"0.899750 0.952624 0.109308 -0.817884 -0.963336 -0.222827 0.692922 0.954521 0.358472 -0.538763 -0.944490 -0.512420"},
		{slerp, setting{base: 1, shared: map[string]float64{"t": 0.3}}, [][]float64{y, b},
			"1.196920 0.618992 -0.169352 -0.238612 -0.916075 -0.625895 0.962935 0.939120 -0.065974 -0.184993 -0.703066 -0.926473"},
		{taskArithmetic, setting{base: 0, per: parameters{"weight": {0.5, 0.3, -0.4}}}, [][]float64{b, x1, x2, x3},
			"0.975699 0.867966 0.133973 -0.797845 -0.950204 -0.298448 0.799375 0.879452 0.364544 -0.528366 -0.899829 -0.605230"},
		{ties, setting{base: 0, per: masks}, [][]float64{b, x1, x2, x3},
			"0.709834 1.029469 0.141120 -0.922916 -0.868622 -0.088140 0.507317 0.889362 0.514012 -0.660134 -0.868822 -0.405577"},
		{ties, setting{base: 1, per: masks, shared: map[string]float64{"normalize": 0, "rescale": 1, "lambda": 0.8}}, [][]float64{x1, b, x2, x3},
			"0.792373 0.954118 0.141120 -0.904283 -0.925244 -0.187057 0.727432 0.918111 0.522039 -0.665170 -0.839534 -0.487715"},
	}
	for _, tt := range tests {
		got := tt.reference.values(input{setting: tt.setting, name: "w", rows: tt.rows})
		for i, text := range strings.Fields(tt.want) {
			want, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got[i].float()-want) > 5.1e-7 || got[i].tie {
				t.Errorf("%s, %+v: element %d is %v, a tie: %v, mergekit has %v", tt.reference.method, tt.setting, i, got[i].float(), got[i].tie, want)
			}
		}
	}
}

// Entries are ranked as float32, and those that are equal there by their index: nothing about it is open.
func TestRanks(t *testing.T) {
	got := ties.values(input{setting: setting{base: 0, per: parameters{"weight": {1}, "density": {0.5}}},
		rows: [][]float64{{0x1p-30, 0, 0, 0}, {1, 1, 3, 0}}})
	for i, want := range []float64{1, 0, 3, 0} { // though 1 is larger than 1 - 0x1p-30
		if got[i].float() != want || got[i].tie {
			t.Errorf("element %d is %v, a tie: %v, want %v", i, got[i].float(), got[i].tie, want)
		}
	}
}

// A tie is what the formula leaves to the rounding.
func TestTies(t *testing.T) {
	of := func(setting setting, rows ...[]float64) (out []bool) {
		for _, v := range ties.values(input{setting: setting, rows: rows}) {
			out = append(out, v.tie)
		}
		return out
	}
	zero := make([]float64, 4)
	tests := []struct {
		name    string
		setting setting
		rows    [][]float64
		want    []bool
	}{
		{"where two votes cancel, or there is one or none, there is no tie", setting{per: parameters{"weight": {1, 1}}},
			[][]float64{zero, {1, 1, 0, 0.5}, {-1, 0, 0, -0.25}}, []bool{false, false, false, false}},
		{"where two votes cancel but for a float64's rounding, there is one", setting{per: parameters{"weight": {1, 1}}},
			[][]float64{zero, {1, 1, 1, 1}, {-1 + 0x1p-50, -1 + 0x1p-48, 1, -1}}, []bool{true, false, false, false}},
		{"where three votes cancel, there is one", setting{per: parameters{"weight": {1, 1, 1}}},
			[][]float64{zero, {1, 1, 0, 3}, {1, 1, 0, 1}, {-2, 2, 0, -1}}, []bool{true, false, false, false}},
		{"where magnitudes are equal, there is none", setting{per: parameters{"weight": {1}, "density": {0.5}}},
			[][]float64{zero, {1, 1, -1, 1}}, []bool{false, false, false, false}},
	}
	for _, tt := range tests {
		if got := of(tt.setting, tt.rows...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: ties are %v, want %v", tt.name, got, tt.want)
		}
	}
}
