package merge_test

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestTIES(t *testing.T) {
	zero := func(n int) []float32 { return make([]float32, n) }
	run(t, "ties", []example{
		{"a vote of 0 elects +", "weight=1,1", 0, [][]float32{zero(3), {1, 1, 0}, {-1, 1, 0}}, []float32{1, 1, 0}},
		{"in either order", "weight=1,1", 0, [][]float32{zero(3), {-1, 1, 0}, {1, 1, 0}}, []float32{1, 1, 0}},
		{"a negative weight turns a vote, and a sum of 0 divides by 1", "weight=1,-1", 0, [][]float32{zero(3), {1, 1, 0}, {-1, 1, 0}}, []float32{2, 1, 0}},
		{"a single agreeing model's weight cancels", "weight=0.3,0.7", 0, [][]float32{{1}, {3}, {1}}, []float32{3}},
		{"lambda comes after normalize", "weight=0.7,0.3 lambda=0.5", 0, [][]float32{zero(2), {1, 2}, {1, -3}}, []float32{0.5, 1}},
		{"without normalize weights stay", "weight=0.7,0.3 normalize=0", 0, [][]float32{zero(2), {1, 2}, {1, -3}}, []float32{1, 1.4}},
		{"the outvoted sign is dropped", "weight=1,1", 0, [][]float32{{10}, {12}, {4}}, []float32{4}},
		{"half of each is kept", "weight=1,1 density=0.5,0.5", 0, [][]float32{zero(4), {4, -3, 2, -1}, {-1, 2, 3, 4}}, []float32{4, -3, 3, 4}},
		{"an input with no weight takes no part", "weight=1,0", 0, [][]float32{zero(2), {1, 2}, {-9, 9}}, []float32{1, 2}},
		{"density 0 is the base", "weight=1,1 density=0,0", 0, [][]float32{{5, 6}, {1, 2}, {3, 4}}, []float32{5, 6}},
		{"a negative density too", "weight=1,1 density=-1,-1", 0, [][]float32{{5, 6}, {1, 2}, {3, 4}}, []float32{5, 6}},
		{"a small density keeps one entry", "density=0.001", 0, [][]float32{zero(4), {4, -3, 2, -1}}, []float32{4, 0, 0, 0}},
		{"of one element too", "density=0.5", 0, [][]float32{{1}, {3}}, []float32{3}},
		{"a share of an entry is none", "density=0.74", 0, [][]float32{zero(4), {4, -3, 2, -1}}, []float32{4, -3, 0, 0}},
		{"equal magnitudes are kept lowest index first", "density=0.5", 0, [][]float32{zero(4), {1, 1, 1, 1}}, []float32{1, 1, 0, 0}},
		{"whatever their sign", "density=0.5", 0, [][]float32{zero(4), {-1, 1, -1, 2}}, []float32{-1, 0, 0, 2}},
		{"rescale keeps the L1 norm", "density=0.5 rescale=1", 0, [][]float32{zero(4), {4, -3, 2, -1}}, []float32{40. / 7, -30. / 7, 0, 0}},
		{"rescale leaves a short vector", "density=0.5 rescale=1", 0, [][]float32{zero(2), {9e-8, 1e-9}}, []float32{9e-8, 0}},
		{"rescale without trimming changes nothing", "density=1 rescale=1", 0, [][]float32{zero(2), {4, -3}}, []float32{4, -3}},
		{"int8_mask has no effect", "weight=1,1 density=0.5,0.5 int8_mask=1", 0, [][]float32{zero(4), {4, -3, 2, -1}, {-1, 2, 3, 4}}, []float32{4, -3, 3, 4}},
	})
}

func TestTIESDensityOfOneAndMore(t *testing.T) {
	rows := [][]float32{{1, 2, 3, 4}, {1.5, 2, 2, 8}, {0, 2.25, 3.5, 4}}
	want := merged(t, "ties", arguments(t, "ties", 3, 0, "weight=0.4,0.6"), []int64{4}, rows)
	for _, density := range []string{"1,1", "1.0001,1", "2,1e9"} {
		got := merged(t, "ties", arguments(t, "ties", 3, 0, "weight=0.4,0.6 rescale=1 density="+density), []int64{4}, rows)
		if !slices.Equal(got, want) {
			t.Errorf("ties with densities %s = %v, want %v as without", density, got, want)
		}
	}
}

func TestTIESPasses(t *testing.T) {
	m, _ := method(t, "ties")
	tests := []struct {
		settings string
		want     int
	}{
		{"density=1,1", 0},
		{"density=1,1 rescale=1", 0},
		{"density=0,1", 0},
		{"density=0.5,1", 3},
		{"density=1,0.5 rescale=1", 4},
		{"density=0.5,0.5", 3},
	}
	for _, tt := range tests {
		if usual, worst := m.Passes([]int64{9}, arguments(t, "ties", 3, 0, tt.settings)); usual != tt.want || worst != tt.want {
			t.Errorf("Passes(%s) = %d, %d, want %d", tt.settings, usual, worst, tt.want)
		}
	}
	if usual, _ := m.Passes([]int64{9}, recipe.Args{PerModel: []map[string]float64{nil}}); usual != 0 {
		t.Errorf("Passes of the base alone = %d, want 0", usual)
	}
}

// One model with density 1 and lambda 1 is that model.
func TestTIESOfOneModel(t *testing.T) {
	args := arguments(t, "ties", 2, 0, "weight=0.3")
	agree(t, "ties", args, func(rows [][]float64) []float64 {
		return rows[1]
	})
}

func TestTIESAgreesWithItsFormula(t *testing.T) {
	for _, tt := range []struct {
		base     int
		settings string
	}{
		{0, "weight=1 density=0.5"},
		{1, "weight=0.5,0.3 density=0.2,0.9"},
		{3, "weight=0.5,0.3,0.4 density=0.5,0.4,0.7 normalize=0 rescale=1 lambda=0.8"},
		{0, "weight=0.5,-0.3,0.4 density=0.01,1,0.7 rescale=1"},
		{0, "weight=0.5,0.25,-0.75,1 density=0.99,0.33,0,0.5"},
	} {
		args := arguments(t, "ties", strings.Count(strings.Fields(tt.settings)[0], ",")+2, tt.base, tt.settings)
		agree(t, "ties", args, func(rows [][]float64) []float64 { return naiveTIES(rows, args) })
	}
}

// naiveTIES is the definition: whole tensors, a stable sort of task vectors as float32, one element
// after the other.
func naiveTIES(rows [][]float64, args recipe.Args) []float64 {
	b := rows[args.Base]
	n := len(b)
	var deltas [][]float64
	var weights []float64
	for j, x := range rows {
		if j == args.Base {
			continue
		}
		d := make([]float64, n)
		key, order := make([]float64, n), make([]int, n)
		for i := range d {
			d[i] = x[i] - b[i]
			key[i] = math.Abs(float64(float32(x[i]) - float32(b[i])))
			order[i] = i
		}
		if density := args.PerModel[j]["density"]; density < 1 {
			slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(key[j], key[i]) })
			k := max(1, int(density*float64(n)))
			if density <= 0 {
				k = 0
			}
			before, after := 0.0, 0.0
			for place, i := range order {
				before += math.Abs(d[i])
				if place >= k {
					d[i] = 0
				}
				after += math.Abs(d[i])
			}
			if args.Shared["rescale"] != 0 && before >= 1e-7 && after >= 1e-7 {
				for i := range d {
					d[i] *= before / after
				}
			}
		}
		deltas = append(deltas, d)
		weights = append(weights, args.PerModel[j]["weight"])
	}
	out := make([]float64, n)
	for i := range out {
		vote := 0.0
		for j, d := range deltas {
			vote += weights[j] * d[i]
		}
		majority := 1.0
		if vote < 0 {
			majority = -1
		}
		sum, weight := 0.0, 0.0
		for j, d := range deltas {
			if e := weights[j] * d[i]; e*majority > 0 {
				sum += e
				weight += weights[j]
			}
		}
		if weight == 0 || args.Shared["normalize"] == 0 {
			weight = 1
		}
		out[i] = b[i] + args.Shared["lambda"]*sum/weight
	}
	return out
}
