package merge_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// The laws hold for every shape of kernel: for rows of any length, for trimmers that need whole rows, for scans that span
// models, for ranks in between, for values at ranks, for passes that follow from what the first one finds, and for elements by
// themselves.
func TestLawsOfOtherKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("no merge is made with them")
	}
	for _, k := range []merge.TestKernel{merge.RowSLERP, merge.RowStock, merge.Stock, merge.Band, merge.RowTop, merge.Varied, merge.Salient, merge.Cautious} {
		t.Run(k.Method.Name, func(t *testing.T) { mergetest.TestMethod(t, k.Method, k.New) })
	}
}

// alike returns rows that differ by little, in many units.
func alike(inputs, n int) [][]float32 {
	r := rand.New(rand.NewPCG(5, uint64(n)))
	rows := make([][]float32, inputs)
	for j := range rows {
		rows[j] = make([]float32, n)
		for i := range n {
			if j == 0 {
				rows[0][i] = float32(0.02 * r.NormFloat64())
			} else {
				rows[j][i] = rows[0][i] + float32(r.IntN(7)-3)/1024*float32(i%97)
			}
		}
	}
	return rows
}

func runKernel(t *testing.T, k merge.TestKernel, a recipe.Args, shape []int64, rows [][]float32) []float64 {
	t.Helper()
	return mergetest.Run(t, k.Method, k.New, merge.Spec{Shape: shape, Args: a}, rows, mergetest.Cut{Block: 8192, Workers: 2, Shuffle: 1})
}

// A kernel that works on rows makes of each what one that works on tensors makes of a tensor of that row.
func TestRowsAreLikeTensors(t *testing.T) {
	slerp, newSLERP := method(t, "slerp")
	ties, newTIES := method(t, "ties")
	tests := []struct {
		rows, whole merge.TestKernel
		inputs      int
		set         func(recipe.Args) recipe.Args
	}{
		{merge.RowSLERP, merge.TestKernel{Method: slerp, New: newSLERP}, 2, func(a recipe.Args) recipe.Args { return a }},
		{merge.RowStock, merge.Stock, 4, func(a recipe.Args) recipe.Args { return a }},
		{merge.RowTop, merge.TestKernel{Method: ties, New: newTIES}, 4, func(a recipe.Args) recipe.Args {
			return mergetest.With(mergetest.With(mergetest.WithEach(a, "density", 0.5, 0.21, 0.9), "rescale", 0), "normalize", 0)
		}},
	}
	for _, tt := range tests {
		for _, shape := range [][]int64{{40, 700}, {3, 5000}, {2, 17001}, {900, 7}, {5, 3, 1100}} {
			row := int(shape[len(shape)-1])
			n := 1
			for _, d := range shape {
				n *= int(d)
			}
			rows := alike(tt.inputs, n)
			got := runKernel(t, tt.rows, tt.set(mergetest.Args(tt.rows.Method, tt.inputs, 0)), shape, rows)
			for at := 0; at < n; at += row {
				var one [][]float32
				for _, x := range rows {
					one = append(one, x[at:at+row])
				}
				want := runKernel(t, tt.whole, tt.set(mergetest.Args(tt.whole.Method, tt.inputs, 0)), []int64{int64(row)}, one)
				if !slices.Equal(got[at:at+row], want) {
					t.Fatalf("%s of shape %d: row %d is not what %s makes of it", tt.rows.Method.Name, shape, at/row, tt.whole.Method.Name)
				}
			}
		}
	}
}

// order returns the indices of x from the largest on, of equal ones the lowest first.
func order(x []float32) []int {
	index := make([]int, len(x))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(i, j int) int { return cmp.Compare(x[j], x[i]) })
	return index
}

func TestBandAgreesWithItsFormula(t *testing.T) {
	const n = 20000
	rows := alike(3, n)
	args := mergetest.WithEach(mergetest.WithEach(mergetest.Args(merge.Band.Method, 3, 0), "density", 0.5, 0.2), "gamma", 0.01, 0.3)
	got := runKernel(t, merge.Band, args, []int64{n}, rows)
	want := make([]float64, n)
	for i, b := range rows[0] {
		want[i] = float64(b)
	}
	for j, x := range rows[1:] {
		keys := make([]float32, n)
		all, kept := 0.0, 0.0
		for i := range keys {
			keys[i] = float32(math.Abs(float64(x[i] - rows[0][i])))
			all += float64(keys[i])
		}
		top := int([]float64{0.01, 0.3}[j] * n)
		stay := order(keys)[top : top+int([]float64{0.5, 0.2}[j]*n)]
		for _, i := range stay {
			kept += float64(keys[i])
		}
		for _, i := range stay {
			want[i] += args.PerModel[j+1]["weight"] * all / kept * (float64(x[i]) - float64(rows[0][i]))
		}
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-6*math.Abs(want[i])+1e-9 {
			t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestVariedAgreesWithItsFormula(t *testing.T) {
	const n = 20000
	rows := alike(4, n)
	args := mergetest.WithEach(mergetest.Args(merge.Varied.Method, 4, 0), "weight", 1, 1, 1)
	got := runKernel(t, merge.Varied, args, []int64{n}, rows)
	variance, varying := make([]float32, n), 0
	for i := range variance {
		mean, squares := 0.0, 0.0
		for _, x := range rows[1:] {
			mean += float64(x[i]-rows[0][i]) / 3
		}
		for _, x := range rows[1:] {
			squares += (float64(x[i]-rows[0][i]) - mean) * (float64(x[i]-rows[0][i]) - mean)
		}
		if variance[i] = float32(squares / 3); squares > 1e-12 {
			varying++
		} else {
			variance[i] = 0
		}
	}
	index := order(variance)
	k := int(0.3 * float64(varying))
	threshold := variance[index[k-1]]
	for place, i := range index {
		near := math.Abs(float64(variance[i]/threshold)-1) < 1e-5 // whose order is a matter of the last digits
		if changed := got[i] != float64(rows[0][i]); !near && changed != (place < k) {
			t.Fatalf("element %d is %v of base %v: its variance has rank %d of %d", i, got[i], rows[0][i], place, k)
		}
	}
}

func TestSalientAgreesWithItsFormula(t *testing.T) {
	const n, row = 20000, 500
	rows := alike(2, n)
	got := runKernel(t, merge.Salient, mergetest.Args(merge.Salient.Method, 2, 0), []int64{n / row, row}, rows)
	score := make([]float32, n)
	for at := 0; at < n; at += row {
		length := 0.0
		for i := at; i < at+row; i++ {
			length += math.Abs(float64(rows[1][i]) - float64(rows[0][i]))
		}
		for i := at; i < at+row; i++ {
			score[i] = float32(math.Abs(float64(rows[1][i])-float64(rows[0][i])) * min(length, 1))
		}
	}
	sorted := slices.Sorted(slices.Values(score))
	at := func(q float64) float64 { return float64(sorted[int(q*(n-1))]) }
	threshold := at(0.5) + 0.5*(at(0.75)-at(0.25))
	taken := 0
	for i := range got {
		want := float64(rows[0][i])
		if float64(score[i]) >= threshold {
			want = float64(rows[0][i]) + (float64(rows[1][i]) - float64(rows[0][i]))
			taken++
		}
		if got[i] != want {
			t.Fatalf("element %d with score %v is %v, want %v at a threshold of %v", i, score[i], got[i], want, threshold)
		}
	}
	if taken < n/20 || taken > n/2 {
		t.Errorf("%d of %d elements are taken", taken, n)
	}
}

func TestCautiousAgreesWithItsFormula(t *testing.T) {
	const n, limit = 20_000, 0.1
	rows, a := alike(2, n), mergetest.With(mergetest.Args(merge.Cautious.Method, 2, 1), "t", limit)
	moved := 0
	for i, got := range runKernel(t, merge.Cautious, a, []int64{n}, rows) {
		o, b := float64(rows[0][i]), float64(rows[1][i])
		want := o
		if math.Abs(o-b) > limit {
			want = b + math.Copysign(limit, o-b)
			moved++
		}
		if !(math.Abs(got-want) <= 1e-15) {
			t.Fatalf("element %d is %v, want %v", i, got, want)
		}
	}
	if moved < n/4 || moved > n*3/4 {
		t.Errorf("%d of %d elements are at the limit, want about half", moved, n)
	}
}
