package merge

import (
	"slices"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TIES returns the kernel that keeps the largest entries of every task vector, elects one sign for
// each element, and averages the entries that agree with it.
//
// With base b, models xⱼ of its shape with n elements, weights wⱼ and densities ρⱼ:
//
//	trim   dⱼ = xⱼ − b, all but the max(1, ⌊ρⱼn⌋) largest |dⱼ| made 0
//	       under rescale times Σ|dⱼ| before / Σ|dⱼ| after, which keeps its L1 norm
//	elect  s  = +1 if Σ wⱼdⱼ ≥ 0, else −1
//	merge  x  = b + λ · Σ wⱼdⱼ / D, over the j with sign(wⱼdⱼ) = s
//	       D  = Σ wⱼ over the same j under normalize, 1 without and where that is 0
//
// A vote of 0 elects +1, an entry that is 0 takes no part, and a negative weight turns a vote
// around, all as in mergekit. Entries are ranked by dⱼ as float32 and added in float64. A single
// agreeing model's weight cancels under normalize. A density of 1 or more keeps a vector as it is,
// without rescaling; 0 or less leaves nothing of it. Of equal magnitudes the entries with the
// lowest index are kept, where mergekit's sort leaves it open which. A NaN is kept whatever the
// density, so that it is never lost, and vectors with one are not rescaled. Sums are in float64,
// where mergekit's are in the tensor's dtype. int8_mask is accepted and has no effect.
//
// Source: Yadav et al. 2023, "TIES-Merging", arXiv:2306.01708, algorithm 1; mergekit 0.1.5,
// generalized_task_arithmetic.py and sparsify.py.
func TIES(s Spec) Kernel {
	density := perModel(s.Args, "density")
	if !trims(density) {
		return newMasked(s, nil)
	}
	return newMasked(s, newTopK(density, s.N()))
}

var tiesMethod = recipe.Method{
	Name:    "ties",
	Title:   "TIES",
	Summary: "the largest changes from each model, merged where their signs agree",
	Gist: "Only the largest of each model's changes from {base} are kept. Where signs conflict, the weaker side is dropped, " +
		"and the rest is added to {base}.",
	Source: "https://arxiv.org/abs/2306.01708",
	Base:   recipe.BaseRequired,
	Params: []recipe.Param{
		taskWeightParam,
		{Name: "density", Doc: "fraction of entries to keep, largest first", Scope: recipe.PerModel, Default: 1, Min: 0, Max: 1, Role: recipe.Density, Ends: absentAt0},
		{Name: "normalize", Doc: "divide by the sum of the weights that agree", Type: recipe.Bool, Default: 1, Role: recipe.Normalize},
		lambdaParam,
		{Name: "rescale", Doc: "restore the L1 norm each task vector had before trimming", Type: recipe.Bool},
		int8MaskParam,
	},
	Result:   recipe.Changes,
	Shares:   trimmedShares,
	Identity: onlyBase,
	Unit:     trimUnit,
	Passes: func(shape []int64, a recipe.Args) (usual, worst int) {
		passes := 0
		if searched(shape, a) {
			passes += searchPasses
		}
		if rescaled(a) {
			passes++
		}
		return passes, passes
	},
	Looked: func(shape []int64, a recipe.Args) int {
		switch n := (Spec{Shape: shape}).N(); {
		case n < leastSampled || !searched(shape, a):
			return 0
		case rescaled(a):
			return 2
		}
		return 1
	},
}

// searched tells whether some vector of a tensor is trimmed to the entries above a threshold.
func searched(shape []int64, a recipe.Args) bool {
	n := Spec{Shape: shape}.N()
	return slices.ContainsFunc(perModel(a, "density"), func(d float64) bool { return 0 < kept(d, n) && kept(d, n) < n })
}

// rescaled tells whether what is left of trimmed vectors is scaled up.
func rescaled(a recipe.Args) bool { return trims(perModel(a, "density")) && a.Shared["rescale"] != 0 }

// trims tells whether some vector is not kept whole.
func trims(density []float64) bool {
	return slices.ContainsFunc(density, func(d float64) bool { return d < 1 })
}

// trimUnit is the unit of the methods that trim in runs, by their densities.
func trimUnit(_ []int64, a recipe.Args) int64 {
	if trims(perModel(a, "density")) {
		return runLength
	}
	return 1
}
