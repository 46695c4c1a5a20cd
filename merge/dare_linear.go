package merge

import "github.com/lazymerge/lazymerge/merge/recipe"

// DARELinear returns the kernel that drops a random part of every task vector, scales up the rest, and adds the weighted
// sum to the base.
//
// With base b, models xⱼ of its shape, weights wⱼ and densities ρⱼ:
//
//	drop   dⱼ as in [DARETIES], rescaled by default
//	merge  x = b + λ · Σ wⱼdⱼ / D     D = Σ wⱼ under normalize, 1 without and where |Σ wⱼ| < 1e-8
//
// Not to normalize is the default, as in mergekit. Sums are in float64 and rounded once, where mergekit rounds
// every step to the tensor's dtype.
//
// Source: Yu et al. 2023, "Language Models are Super Mario", arXiv:2311.03099; mergekit 0.1.5,
// generalized_task_arithmetic.py and sparsify.py.
func DARELinear(s Spec) Kernel { return newMaskedSum(s, dareTrimmer(s)) }

var dareLinearMethod = recipe.Method{
	Name:    "dare_linear",
	Title:   "Linear DARE",
	Phrase:  "with linear DARE",
	Summary: "random changes from each model, rescaled, weighted and added to the base",
	Gist: "A random part of each model's changes from {base} is dropped. The rest is scaled up to compensate, " +
		"multiplied by the model's weight and added to {base}.",
	Source:   "https://arxiv.org/abs/2311.03099",
	Base:     recipe.BaseRequired,
	Random:   true,
	Params:   dareParams("divide by the sum of the weights"),
	Result:   recipe.Changes,
	Shares:   trimmedShares,
	Identity: onlyBase,
	Unit:     trimUnit,
	Passes:   darePasses,
	Looked:   dareLooked,
}
