package mergetest

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// data makes inputs that are alike as the fine-tunes of one model are.
type data struct {
	name string
	make func(r *rand.Rand, row, i int) float32
}

// smooth entries are finite, none is 0, and hardly two have a difference of one magnitude.
var smooth = data{"smooth data", func(r *rand.Rand, row, _ int) float32 {
	return float32(0.02*r.NormFloat64()) + 1e-3*float32(row+1)
}}

// tied entries are multiples of 1/4, zeros of both signs among them, so most magnitudes of
// differences are shared.
var tied = data{"data with equal magnitudes", func(r *rand.Rand, _, _ int) float32 {
	x := float32(r.IntN(9)-4) / 4
	if x == 0 && r.IntN(2) == 0 {
		x = float32(math.Copysign(0, -1))
	}
	return x
}}

// wide entries have every exponent that leaves room for a sum, subnormals included. Some are 1, for slerp
// has a rule of its own for vectors that are very short as a whole.
var wide = data{"data of all magnitudes", func(r *rand.Rand, _, i int) float32 {
	x := math.Float32frombits(r.Uint32())
	if i%50 == 0 || !(math.Abs(float64(x)) < 1e36) {
		return 1
	}
	return x
}}

// zero entries are what a frozen or fresh tensor has.
var zero = data{"zeros", func(*rand.Rand, int, int) float32 { return 0 }}

// rows returns n elements for each input, the same on every call, for the caller to change.
func (d data) rows(inputs, n int) [][]float32 {
	rows := make([][]float32, inputs)
	for row := range rows {
		rows[row] = slices.Clone(d.row(row, n))
	}
	return rows
}

// made are the rows that were asked for: every case of every method asks for the same ones.
var made sync.Map

// row returns what rows copies. It must not be changed.
func (d data) row(row, n int) []float32 {
	type key struct {
		name   string
		row, n int
	}
	if x, ok := made.Load(key{d.name, row, n}); ok {
		return x.([]float32)
	}
	r := rand.New(rand.NewPCG(uint64(row), uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = d.make(r, row, i)
	}
	made.Store(key{d.name, row, n}, x)
	return x
}
