package merge

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"math"

	"github.com/lazymerge/lazymerge/merge/internal/philox"
	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A dropout keeps each entry of its rows with the probability of the row's density, independently of its
// value and of all others. It is a trimmer that finds out nothing about its rows: whether an entry stays follows from
// its place alone.
//
// Element i of row j stays if u < densityⱼ, where u = w / 2³² and w is word i mod 4 of Philox4x32-10 at
// the counter i / 4 (64 bits; the upper 64 are 0) under the key
//
//	the first 8 bytes of SHA-256("dare" ‖ seed ‖ j ‖ name)    both words little endian, the lower first
//
// with seed and j in 8 bytes each, little endian, and the output tensor's name in UTF-8. The rows are the inputs but the
// base, counted from 0 in the order of the config. So a mask does not depend on blocks, threads,
// other tensors or other models; and equal models have masks of their own. A NaN stays in any case.
type dropout struct{ rows []draw }

// A draw is how one row is drawn for.
type draw struct {
	key  philox.Key
	keep uint64 // an entry stays if its word is below: 0 to 2³²
}

const allWords = 1 << 32

// newDropout draws for the rows of output tensor s: each entry of row j stays with probability density[j], none if
// that is 0 or less, all if it is 1 or more.
func newDropout(s Spec, density []float64) *dropout {
	t := &dropout{rows: make([]draw, len(density))}
	for j, d := range density {
		t.rows[j] = draw{
			key:  dropoutKey(s.Seed, j, s.Name),
			keep: uint64(math.Ceil(min(max(d, 0), 1) * allWords)), // the product is exact; w/2³² < d for so many w
		}
	}
	return t
}

// dropoutKey is the key of the draws for one row of one output tensor.
func dropoutKey(seed uint64, row int, name string) philox.Key {
	text := []byte("dare")
	text = binary.LittleEndian.AppendUint64(text, seed)
	text = binary.LittleEndian.AppendUint64(text, uint64(row))
	sum := sha256.Sum256(append(text, name...))
	return philox.Key{binary.LittleEndian.Uint32(sum[:]), binary.LittleEndian.Uint32(sum[4:])}
}

func (t *dropout) run() int                       { return runLength }
func (t *dropout) searches() bool                 { return false }
func (t *dropout) scan(int, any, [][]float32) any { panic("merge: a dropout has no pass") }
func (t *dropout) fold(int, iter.Seq[any]) bool   { panic("merge: a dropout has no pass") }
func (t *dropout) open(int, []int64)              {}
func (t *dropout) trim(d [][]float32, first int64, _ []int64) {
	for j := range t.rows {
		if r := &t.rows[j]; r.keep < allWords {
			r.drop(d[j], uint64(first))
		}
	}
}

// drop makes 0 of the entries of d that do not stay. Element first of the tensor is d's first; it is divisible by 4.
func (r *draw) drop(d []float32, first uint64) {
	var words [512]uint32 // stays in the first-level cache
	for len(d) > 0 {
		run := d[:min(len(words), len(d))]
		if r.keep > 0 {
			philox.Words(words[:len(run)], r.key, first/4)
		}
		dropFrom(run, words[:len(run)], r.keep)
		d = d[len(run):]
		first += uint64(len(run))
	}
}

// dropFrom makes 0 of the entries of d whose word is keep or more, without a branch, for half of them would be
// mispredicted. A NaN stays.
func dropFrom(d []float32, words []uint32, keep uint64) {
	words = words[:len(d)]
	for i, x := range d {
		bits := math.Float32bits(x)
		stays := uint32(int64(uint64(words[i])-keep) >> 63)
		nan := uint32(int32(vec.Inf-bits<<1>>1) >> 31)
		d[i] = math.Float32frombits(bits & (stays | nan))
	}
}

// darePasses counts the pass for the norms.
func darePasses(_ []int64, a recipe.Args) (usual, worst int) {
	if trims(perModel(a, "density")) && a.Shared["rescale"] != 0 {
		return 1, 1
	}
	return 0, 0
}

// dareTrimmer returns nil where every entry stays.
func dareTrimmer(s Spec) trimmer {
	density := perModel(s.Args, "density")
	if !trims(density) {
		return nil
	}
	return newDropout(s, density)
}

// dareParams are the parameters of both methods. Not to normalize and to rescale are the defaults.
func dareParams(normalize string) []recipe.Param {
	return []recipe.Param{
		{Name: "weight", Doc: "factor of the model's task vector; may be negative", Scope: recipe.PerModel, Required: true},
		{Name: "density", Doc: "share of the entries that is kept, drawn at random", Scope: recipe.PerModel, Default: 1, Min: 0, Max: 1},
		{Name: "normalize", Doc: normalize, Type: recipe.Bool},
		lambdaParam,
		{Name: "rescale", Doc: "give each task vector the L1 norm it had before entries were dropped", Type: recipe.Bool, Default: 1},
		{Name: "int8_mask", Doc: "accepted, no effect: it saves memory in mergekit", Type: recipe.Bool},
	}
}
