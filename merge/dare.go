package merge

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"math"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A dropout keeps each entry of its rows with the probability of the row's density, independently of its
// value and of all others. It is a trimmer that finds out nothing about its rows: whether an entry stays follows from
// its place alone.
//
// Element i of row j stays if its draw is below k, which is 65,536·densityⱼ rounded to a whole number, at least 1
// for a density above 0 and at most 65,535 for one below 1. That is off by 1/131,072 at most between these ends, less than
// chance does to the share that is kept of 10⁸ elements at densities of 0.01 to 0.99. A draw is 16 bits: half
// i mod 8 of the block of Philox4x32-7 at the counter i / 8 (64 bits; the upper 64 are 0), where a block is four words, word
// (i mod 8) / 2 has the half, and the lower half of a word comes first. The key is
//
//	the first 8 bytes of SHA-256("dare" ‖ seed ‖ stage ‖ j ‖ name)    as two words, little endian
//
// with seed, stage and j in 8 bytes each, little endian, and the output tensor's name in UTF-8. The rows are the inputs but the
// base, counted from 0 in the order of the config. So a mask does not depend on blocks, threads,
// other tensors or other models; and equal models have masks of their own. A NaN stays in any case.
type dropout struct {
	rows  []draw
	drawn []bool // by run: its masks are kept; nil where none are
}

// A draw is how one row is drawn for.
type draw struct {
	key  vec.DrawKey
	keep uint32 // an entry stays if its draw is below: 0 to allDraws
	mask []byte // of the whole row, run by run as it is drawn; nil where each pass draws it again
}

const allDraws = 1 << 16

// newDropout draws for the rows of output tensor s: each entry of row j stays with probability density[j], none if
// that is 0 or less, all if it is 1 or more.
func newDropout(s Spec, density []float64) *dropout {
	t := &dropout{rows: make([]draw, len(density))}
	for j, d := range density {
		t.rows[j] = draw{key: dropoutKey(s, j), keep: drawsKept(d)}
	}
	return t
}

// drawsKept is how many of the draws keep an entry.
func drawsKept(density float64) uint32 {
	switch {
	case density <= 0:
		return 0
	case density >= 1:
		return allDraws
	}
	return uint32(min(max(math.Round(density*allDraws), 1), allDraws-1))
}

// dropoutKey is the key of the draws for row j of output tensor s.
func dropoutKey(s Spec, j int) vec.DrawKey {
	text := []byte("dare")
	text = binary.LittleEndian.AppendUint64(text, s.Seed)
	text = binary.LittleEndian.AppendUint64(text, uint64(s.Stage))
	text = binary.LittleEndian.AppendUint64(text, uint64(j))
	sum := sha256.Sum256(append(text, s.Name...))
	return vec.DrawKey{binary.LittleEndian.Uint32(sum[:]), binary.LittleEndian.Uint32(sum[4:])}
}

func (t *dropout) run() int                       { return runLength }
func (t *dropout) searches() bool                 { return false }
func (t *dropout) scan(int, any, [][]float32) any { panic("merge: a dropout has no pass") }
func (t *dropout) fold(int, iter.Seq[any]) bool   { panic("merge: a dropout has no pass") }
func (t *dropout) open(int, []int64)              {}

// look makes room for the masks, which are drawn for the pass of the norms, so that they need not be drawn once more. They take a
// sixteenth of what bf16 rows do.
func (t *dropout) look(n int64, kept bool, _ func(lo, hi int) [][]float32) {
	if !kept {
		return
	}
	t.drawn = make([]bool, (n+runLength-1)/runLength)
	for j := range t.rows {
		if r := &t.rows[j]; r.keep < allDraws {
			r.mask = make([]byte, (n+7)/8)
		}
	}
}

func (t *dropout) trim(d [][]float32, first int64, _ []int64) {
	drawn := t.drawn != nil && t.drawn[first/runLength]
	for j := range t.rows {
		if r := &t.rows[j]; r.keep < allDraws {
			r.drop(d[j], uint64(first), drawn)
		}
	}
	if t.drawn != nil && !drawn {
		t.drawn[first/runLength] = true // in the pass of the norms, which comes to a run once; later ones only read
	}
}

// drop zeroes the entries of d that do not stay. Element first of the tensor is d's first; it is divisible by 8. drawn tells
// whether r has their mask.
func (r *draw) drop(d []float32, first uint64, drawn bool) {
	var words [512]uint32 // two draws each; stays in the first-level cache
	var room [2 * len(words) / 8]byte
	for len(d) > 0 {
		run := d[:min(2*len(words), len(d))]
		mask := room[:(len(run)+7)/8]
		if r.mask != nil {
			mask = r.mask[first/8:][:len(mask)]
		}
		if !drawn {
			r.draw(mask, words[:4*len(mask)], first)
		}
		vec.KeepMasked(run, mask)
		d = d[len(run):]
		first += uint64(len(run))
	}
}

// draw makes the mask of 8 entries a byte from entry first on. words is room for their draws.
func (r *draw) draw(mask []byte, words []uint32, first uint64) {
	if r.keep > 0 {
		vec.Draws(words, r.key, first/8)
	}
	vec.Mask(mask, words, r.keep)
}

// darePasses counts the pass for the norms.
func darePasses(_ []int64, a recipe.Args) (usual, worst int) {
	if rescaled(a) {
		return 1, 1
	}
	return 0, 0
}

// dareLooked is darePasses: a look saves none, but lets the masks be kept.
func dareLooked(shape []int64, a recipe.Args) int {
	usual, _ := darePasses(shape, a)
	return usual
}

// dareTrimmer returns nil if every entry is kept.
func dareTrimmer(s Spec) trimmer {
	density := perModel(s.Args, "density")
	if !trims(density) {
		return nil
	}
	return newDropout(s, density)
}

// dareParams are the parameters of both methods. By default, normalize is off and rescale is on.
func dareParams(normalize string) []recipe.Param {
	return []recipe.Param{
		taskWeightParam,
		{Name: "density", Doc: "fraction of entries to keep, chosen at random", Scope: recipe.PerModel, Default: 1, Min: 0, Max: 1, Role: recipe.Density, Ends: absentAt0},
		{Name: "normalize", Doc: normalize, Type: recipe.Bool, Role: recipe.Normalize},
		lambdaParam,
		{Name: "rescale", Doc: "restore the L1 norm each task vector had before entries were dropped", Type: recipe.Bool, Default: 1},
		int8MaskParam,
	}
}
