package merge_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var dareMethods = []string{"dare_linear", "dare_ties"}

func dareCases(m recipe.Method) []mergetest.Case {
	half := mergetest.WithEach(mergetest.Args(m, 4, 0), "density", 0.5, 0.25, 0.9)
	return []mergetest.Case{
		{Name: "densities", Args: half},
		{Name: "some densities of 0 and 1", Args: mergetest.WithEach(half, "density", 0, 0.3, 1)},
		{Name: "densities of 0 and 1 only", Args: mergetest.WithEach(half, "density", 0, 1, 1)},
		{Name: "densities of nearly 0 and 1", Args: mergetest.WithEach(half, "density", 1e-12, 0.999999, 1-1e-16)},
		{Name: "not rescaled", Args: mergetest.With(half, "rescale", 0)},
		{Name: "normalized", Args: mergetest.With(mergetest.With(half, "normalize", 1), "lambda", 0.6)},
		{Name: "negative and no weight", Args: mergetest.WithEach(half, "weight", 1, 0, -1)},
		{Name: "weights that sum to 0", Args: mergetest.With(mergetest.WithEach(half, "weight", 1, 1, -2), "normalize", 1)},
		{Name: "base in the middle", Args: mergetest.WithEach(mergetest.Args(m, 4, 2), "density", 0.5, 0.25, 0.9)},
	}
}

// draws is the definition: the draw of every element of a task vector.
func draws(seed uint64, stage int, name string, row, n int) []uint32 {
	key := dareKey(seed, stage, row, name)
	u := make([]uint32, n)
	for i := range u {
		u[i] = drawOf(key, uint64(i))
	}
	return u
}

func dareKey(seed uint64, stage, row int, name string) vec.DrawKey {
	text := []byte("dare")
	for _, x := range []uint64{seed, uint64(stage), uint64(row)} {
		text = binary.LittleEndian.AppendUint64(text, x)
	}
	sum := sha256.Sum256(append(text, name...))
	return vec.DrawKey{binary.LittleEndian.Uint32(sum[:4]), binary.LittleEndian.Uint32(sum[4:8])}
}

// drawOf is the draw of element i: 16 bits, eight a block, the lower half of a word before the upper.
func drawOf(key vec.DrawKey, i uint64) uint32 {
	words := vec.DrawBlock([4]uint32{uint32(i / 8), uint32(i / 8 >> 32)}, key)
	return words[i%8/2] >> (16 * (i % 2)) & 0xffff
}

// kept is how many of the 65,536 draws keep an entry.
func kept(density float64) uint32 {
	k := math.Floor(density*65536 + 0.5)
	switch {
	case density <= 0:
		return 0
	case density >= 1:
		return 65536
	case k < 1:
		return 1
	case k > 65535:
		return 65535
	}
	return uint32(k)
}

// masked returns which entries of each of some models are kept. Model j has the task vector 2ʲ, so that one merge shows them all.
func masked(t *testing.T, seed uint64, name string, n int, density ...float64) [][]bool {
	t.Helper()
	return maskedAt(t, seed, 0, name, n, density...)
}

func maskedAt(t *testing.T, seed uint64, stage int, name string, n int, density ...float64) [][]bool {
	t.Helper()
	m, kernel := method(t, "dare_linear")
	args := mergetest.With(mergetest.Args(m, len(density)+1, 0), "rescale", 0)
	ones := slices.Repeat([]float64{1}, len(density))
	args = mergetest.WithEach(mergetest.WithEach(args, "density", density...), "weight", ones...)
	rows := [][]float32{make([]float32, n)}
	for j := range density {
		rows = append(rows, slices.Repeat([]float32{float32(int(1) << j)}, n))
	}
	s := merge.Spec{Name: name, Shape: []int64{int64(n)}, Args: args, Seed: seed, Stage: stage}
	kept := make([][]bool, len(density))
	for _, x := range mergetest.Run(t, m, kernel, s, rows, mergetest.Cut{Block: 8192, Workers: 2, Shuffle: 3}) {
		for j := range kept {
			kept[j] = append(kept[j], int(x)>>j&1 == 1)
		}
	}
	return kept
}

func count(kept []bool) int {
	n := 0
	for _, k := range kept {
		if k {
			n++
		}
	}
	return n
}

func TestDareMasksFollowTheirDefinition(t *testing.T) {
	const n = 20003
	densities := []float64{0.5, 0.53, 0.1, 1e-12, 1 - 1e-12, 0, 1, 2, -1, 0x1p-17}
	for _, seed := range []uint64{0, 1, math.MaxUint64} {
		for stage, name := range []string{"w", "model.layers.0.mlp.up_proj.weight"} {
			for j, mask := range maskedAt(t, seed, stage, name, n, densities...) {
				for i, u := range draws(seed, stage, name, j, n) {
					if want := u < kept(densities[j]); mask[i] != want {
						t.Fatalf("seed %d, stage %d, %s, model %d: element %d with draw %d and density %v is kept: %v", seed, stage, name, j, i, u, densities[j], mask[i])
					}
				}
			}
		}
	}
}

// A density is rounded to a number of draws, and an entry stays if its draw is below it and not if it is equal.
func TestDareDensityIsRounded(t *testing.T) {
	const n = 8192
	var at [1 << 16]int // elements of the first model by their draw
	u := draws(0, 0, "w", 0, n)
	for _, x := range u {
		at[x]++
	}
	edge := slices.Max(u)
	below := func(k uint32) (sum int) {
		for _, c := range at[:k] {
			sum += c
		}
		return sum
	}
	tests := []struct {
		density float64
		keeps   uint32
	}{
		{0, 0}, {math.SmallestNonzeroFloat64, 1}, {0x1p-17, 1}, {1.49 * 0x1p-16, 1}, {1.5 * 0x1p-16, 2}, {0.5, 1 << 15},
		{float64(edge) / 65536, edge}, {(float64(edge) + 0.49) / 65536, edge}, {(float64(edge) + 0.5) / 65536, edge + 1},
		{1 - 0x1p-16, 65535}, {1 - 0x1p-20, 65535}, {math.Nextafter(1, 0), 65535}, {1, 65536},
	}
	for _, tt := range tests {
		if got, want := count(masked(t, 0, "w", n, tt.density)[0]), below(tt.keeps); got != want {
			t.Errorf("density %v keeps %d of %d, want the %d whose draw is below %d", tt.density, got, n, want, tt.keeps)
		}
	}
}

// Elements beyond 2³² and blocks beyond 2³² are drawn for like the first.
func TestDareMasksOfALargeTensor(t *testing.T) {
	const n = 1 << 36
	args := arguments(t, "dare_linear", 2, 0, "weight=1 density=0.5 rescale=0")
	k := merge.NewKernel("dare_linear", merge.Spec{Name: "w", Shape: []int64{n}, Args: args})
	key := dareKey(0, 0, 0, "w")
	for _, start := range []int64{1<<32 - 8192, 1<<35 - 8192, n - 2*8192} {
		dst := make([]float64, 2*8192)
		rows := [][]float32{make([]float32, len(dst)), slices.Repeat([]float32{1}, len(dst))}
		k.Emit(dst, merge.NewBlock(int(start/8192), start, rows))
		for i, x := range dst {
			at := uint64(start) + uint64(i)
			if u := drawOf(key, at); (x != 0) != (u < 1<<15) {
				t.Fatalf("element %d with draw %d and density 0.5 is %v", at, u, x)
			}
		}
	}
}

// As many entries are kept as asked for, within five standard deviations, in every tensor and in all
// together. The draws are fixed, so nothing fails by chance.
func TestDareKeepsTheShareAskedFor(t *testing.T) {
	const n, tensors = 9001, 60
	densities := []float64{0.53, 0.1, 0.9, 0.5, 0.01}
	all := make([]int, len(densities))
	for i := range tensors {
		name := fmt.Sprintf("model.layers.%d.mlp.up_proj.weight", i)
		for j, kept := range masked(t, 0, name, n, densities...) {
			p, got := densities[j], count(kept)
			if off := math.Abs(float64(got) - p*n); off > 5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("%s: %d of %d entries kept with density %v", name, got, n, p)
			}
			all[j] += got
		}
	}
	for j, p := range densities {
		if off := math.Abs(float64(all[j]) - p*n*tensors); off > 5*math.Sqrt(n*tensors*p*(1-p)) {
			t.Errorf("%d of %d entries kept with density %v", all[j], n*tensors, p)
		}
	}
}

// An entry is kept whatever happens to the same entry of another model, tensor or seed, and to its neighbors.
func TestDareMasksAreIndependent(t *testing.T) {
	const n, p = 100_000, 0.3
	both := func(what string, a, b []bool) {
		t.Helper()
		m, together := min(len(a), len(b)), 0
		for i := range m {
			if a[i] && b[i] {
				together++
			}
		}
		if off := math.Abs(float64(together) - p*p*float64(m)); off > 5*math.Sqrt(float64(m)*p*p*(1-p*p)) {
			t.Errorf("%s: %d of %d entries are kept by both, want %.0f", what, together, m, p*p*float64(m))
		}
	}
	first := masked(t, 0, "model.layers.0.mlp.up_proj.weight", n, p, p, p)
	both("models 0 and 1", first[0], first[1])
	both("models 1 and 2", first[1], first[2])
	for _, seed := range []uint64{1, 2, 1 << 32, 1 << 63} {
		both(fmt.Sprintf("seeds 0 and %d", seed), first[0], masked(t, seed, "model.layers.0.mlp.up_proj.weight", n, p)[0])
	}
	for _, name := range []string{"model.layers.1.mlp.up_proj.weight", "model.layers.0.mlp.down_proj.weight", ""} {
		both("another tensor", first[0], masked(t, 0, name, n, p)[0])
	}
	both("another stage", first[0], maskedAt(t, 0, 1, "model.layers.0.mlp.up_proj.weight", n, p)[0])
	for _, lag := range []int{1, 2, 3, 4, 5, 8, 32, 512, 2048, 4096, 8192, 32768} {
		both(fmt.Sprintf("an entry and that %d later", lag), first[0], first[0][lag:])
	}
}

func TestDareMasksOfAModelAreItsOwn(t *testing.T) {
	const n = 9001
	one := masked(t, 7, "w", n, 0.5)[0]
	three := masked(t, 7, "w", n, 0.5, 0.5, 0.5)
	if !slices.Equal(one, three[0]) {
		t.Errorf("the first model's mask changes with more models")
	}
	if slices.Equal(three[0], three[1]) || slices.Equal(three[1], three[2]) {
		t.Errorf("two models have one mask")
	}
	if again := masked(t, 7, "w", n, 0.5)[0]; !slices.Equal(one, again) {
		t.Errorf("another mask with the same seed")
	}
	// The position counts without the base, which is where the config puts it or at the end.
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float32, 3)
	for j := range rows {
		for range n {
			rows[j] = append(rows[j], float32(r.NormFloat64()))
		}
	}
	for _, name := range dareMethods {
		settings := "weight=0.4,0.6 density=0.5,0.3"
		want := merged(t, name, arguments(t, name, 3, 0, settings), []int64{n}, rows)
		for base, order := range [][]int{1: {1, 0, 2}, 2: {1, 2, 0}} {
			if order == nil {
				continue
			}
			moved := [][]float32{rows[order[0]], rows[order[1]], rows[order[2]]}
			if got := merged(t, name, arguments(t, name, 3, base, settings), []int64{n}, moved); !slices.Equal(got, want) {
				t.Errorf("%s: other values with the base as input %d", name, base)
			}
		}
	}
}

// The bits of masks and results are the same on every processor and in every version.
func TestDareBitsAreFixed(t *testing.T) {
	for _, tt := range []struct {
		seed uint64
		name string
		want string // masks of two models in turn, an element a byte; the first 8 bytes of a sha256
	}{
		{0, "w", "1835e355ee1dcbd0"},
		{42, "model.layers.0.self_attn.q_proj.weight", "f525cc9699b3f8ce"},
		{math.MaxUint64, "model.embed_tokens.weight", "f0ccbbe388a27cc3"},
	} {
		sum := sha256.New()
		for _, kept := range masked(t, tt.seed, tt.name, 20011, 0.53, 0.1) {
			for _, k := range kept {
				b := byte(0)
				if k {
					b = 1
				}
				sum.Write([]byte{b})
			}
		}
		if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != tt.want {
			t.Errorf("seed %d, %s: the masks' sha256 begins with %s, want %s", tt.seed, tt.name, got, tt.want)
		}
	}
}

// What is kept has the L1 norm that everything had.
func TestDareRescaleKeepsTheNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{100, 8192, 20011} {
		d := make([]float32, n)
		before := 0.0
		for i := range d {
			d[i] = float32(0.01 * r.NormFloat64())
			before += math.Abs(float64(d[i]))
		}
		for _, name := range dareMethods {
			for _, density := range []string{"0.5", "0.1", "0.9"} {
				args := arguments(t, name, 2, 0, "weight=1 density="+density)
				got := merged(t, name, args, []int64{int64(n)}, [][]float32{make([]float32, n), d})
				after, kept, factor := 0.0, 0, 0.0
				for i, x := range got {
					after += math.Abs(float64(x))
					if x == 0 {
						continue
					}
					kept++
					if f := float64(x) / float64(d[i]); factor == 0 {
						factor = f
					} else if math.Abs(f-factor) > 1e-6*factor {
						t.Fatalf("%s: element %d is scaled by %v, another by %v", name, i, f, factor)
					}
				}
				if math.Abs(after-before) > 1e-6*before || kept == n || kept == 0 {
					t.Errorf("%s with density %s: the L1 norm of %d entries is %v, of %d kept %v", name, density, n, before, kept, after)
				}
			}
		}
	}
}

func TestDare(t *testing.T) {
	for _, name := range dareMethods {
		zero := func(n int) []float32 { return make([]float32, n) }
		tests := []example{
			{"density 0 is the base", "weight=1,1 density=0,0", 0, [][]float32{{5, 6}, {1, 2}, {3, 4}}, []float32{5, 6}},
			{"a negative density too", "weight=1,1 density=-1,-1", 0, [][]float32{{5, 6}, {1, 2}, {3, 4}}, []float32{5, 6}},
			{"a model with density 0 takes no part", "weight=0.5,0.5 density=0,1", 0, [][]float32{{5, 6}, {1, 2}, {7, 4}}, []float32{6, 5}},
			{"a density of 1 is not rescaled", "weight=0.5 density=1", 0, [][]float32{zero(2), {4, -3}}, []float32{2, -1.5}},
			{"short vectors are not rescaled", "density=0.999 weight=1", 0, [][]float32{zero(2), {9e-8, 1e-9}}, []float32{9e-8, 1e-9}},
			{"weights are not normalized", "weight=0.5,0.25", 0, [][]float32{zero(2), {4, 8}, {4, 8}}, []float32{3, 6}},
			{"normalize divides by their sum", "weight=0.5,0.25 normalize=1", 0, [][]float32{zero(2), {4, 8}, {1, 2}}, []float32{3, 6}},
			{"lambda comes after normalize", "weight=0.5,0.25 normalize=1 lambda=0.5", 0, [][]float32{zero(2), {4, 8}, {1, 2}}, []float32{1.5, 3}},
			{"int8_mask has no effect", "weight=0.5,0.25 int8_mask=1", 0, [][]float32{zero(2), {4, 8}, {4, 8}}, []float32{3, 6}},
			{"no other model is the base", "", 0, [][]float32{{3, 4}}, []float32{3, 4}},
		}
		disagree := [][]float32{{10, 0}, {12, 1}, {4, -3}}
		if name == "dare_linear" {
			tests = append(tests,
				example{"every sign counts", "weight=1,1", 0, disagree, []float32{6, -2}},
				example{"a sum of weights of 0 divides by 1", "weight=1,-1 normalize=1", 0, disagree, []float32{18, 4}})
		} else {
			tests = append(tests,
				example{"the outvoted sign is dropped", "weight=1,1", 0, disagree, []float32{4, -3}},
				example{"and its weight not divided by", "weight=1,3 normalize=1", 0, disagree, []float32{4, -3}},
				example{"a vote of 0 elects +", "weight=1,1", 0, [][]float32{zero(1), {-1}, {1}}, []float32{1}},
				example{"a negative weight turns a vote", "weight=1,-1", 0, [][]float32{zero(1), {1}, {-1}}, []float32{2}})
		}
		t.Run(name, func(t *testing.T) { run(t, name, tests) })
	}
}

// A density of 1 or more is no sparsification, so dare_ties is ties then, to the bit.
func TestDareDensityOfOneAndMore(t *testing.T) {
	rows := [][]float32{{1, 2, 3, 4}, {1.5, 2, 2, 8}, {0, 2.25, 3.5, 4}}
	shape := []int64{4}
	ties := merged(t, "ties", arguments(t, "ties", 3, 0, "weight=0.4,0.6 normalize=0"), shape, rows)
	for _, name := range dareMethods {
		want := merged(t, name, arguments(t, name, 3, 0, "weight=0.4,0.6 rescale=0"), shape, rows)
		if name == "dare_ties" && !slices.Equal(want, ties) {
			t.Errorf("dare_ties with density 1 = %v, ties has %v", want, ties)
		}
		for _, density := range []string{"1,1", "1.0001,1", "2,1e9"} {
			got := merged(t, name, arguments(t, name, 3, 0, "weight=0.4,0.6 density="+density), shape, rows)
			if !slices.Equal(got, want) {
				t.Errorf("%s with densities %s = %v, want %v as without", name, density, got, want)
			}
		}
	}
}

func TestDarePasses(t *testing.T) {
	tests := []struct {
		settings string
		want     int
	}{
		{"density=1,1", 0},
		{"density=2,1", 0},
		{"density=0.5,1", 1},
		{"density=0,1", 1},
		{"density=0.5,0.5 rescale=0", 0},
	}
	for _, name := range dareMethods {
		m, _ := method(t, name)
		for _, tt := range tests {
			if usual, worst := m.Passes([]int64{9}, arguments(t, name, 3, 0, tt.settings)); usual != tt.want || worst != tt.want {
				t.Errorf("Passes of %s(%s) = %d, %d, want %d", name, tt.settings, usual, worst, tt.want)
			}
		}
		if !m.Random {
			t.Errorf("%s is not said to be random", name)
		}
	}
}

func TestDareAgreesWithItsFormula(t *testing.T) {
	for _, tt := range []struct {
		base     int
		settings string
	}{
		{0, "weight=1 density=0.5"},
		{1, "weight=0.5,0.3 density=0.2,0.9 rescale=0"},
		{3, "weight=0.5,0.3,0.4 density=0.5,0.4,0.7 normalize=1 lambda=0.8"},
		{0, "weight=0.5,-0.3,0.4 density=0.01,1,0.7"},
		{0, "weight=0.5,0.25,-0.75,1 density=0.99,0.33,0,0.5 normalize=1"},
		{0, "weight=0.4,0.3,0.3 density=1,1,1"},
	} {
		for _, name := range dareMethods {
			args := arguments(t, name, strings.Count(strings.Fields(tt.settings)[0], ",")+2, tt.base, tt.settings)
			agree(t, name, args, func(rows [][]float64) []float64 { return naiveDare(rows, args, name == "dare_ties") })
		}
	}
}

// naiveDare is the definition: whole tensors, one element after the other, drawn for tensor w with seed 0.
func naiveDare(rows [][]float64, args recipe.Args, vote bool) []float64 {
	b := rows[args.Base]
	n := len(b)
	var deltas [][]float64
	var weights []float64
	for j, x := range rows {
		if j == args.Base {
			continue
		}
		d := make([]float64, n)
		density, before, after := args.PerModel[j]["density"], 0.0, 0.0
		for i, u := range draws(0, 0, "w", len(deltas), n) {
			d[i] = x[i] - b[i]
			before += math.Abs(d[i])
			if u >= kept(density) {
				d[i] = 0
			}
			after += math.Abs(d[i])
		}
		factor := args.PerModel[j]["weight"]
		if args.Shared["rescale"] != 0 && before >= 1e-7 && after >= 1e-7 {
			factor *= before / after
		}
		for i := range d {
			d[i] *= factor
		}
		deltas = append(deltas, d)
		weights = append(weights, args.PerModel[j]["weight"])
	}
	out := make([]float64, n)
	for i := range out {
		sum, majority := 0.0, 1.0
		for _, e := range deltas {
			sum += e[i]
		}
		if sum < 0 {
			majority = -1
		}
		sum, weight := 0.0, 0.0
		for j, e := range deltas {
			if !vote || e[i]*majority > 0 {
				sum += e[i]
				weight += weights[j]
			}
		}
		if weight == 0 || !vote && math.Abs(weight) < 1e-8 || args.Shared["normalize"] == 0 {
			weight = 1
		}
		out[i] = b[i] + args.Shared["lambda"]*sum/weight
	}
	return out
}
