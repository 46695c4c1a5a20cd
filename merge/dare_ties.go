package merge

import "github.com/lazymerge/lazymerge/merge/recipe"

// DARETIES returns the kernel that drops a random part of every task vector, scales up the rest, elects one
// sign for each element, and adds up the entries that agree with it.
//
// With base b, models xⱼ of its shape, weights wⱼ, densities ρⱼ and, for each element of each model, u drawn
// from [0, 1) in steps of 2⁻¹⁶ with the seed, ρⱼ rounded to such steps:
//
//	drop   dⱼ = xⱼ − b where u < ρⱼ, else 0
//	       under rescale times Σ|dⱼ| before / Σ|dⱼ| after, which keeps its L1 norm
//	elect  s  = +1 if Σ wⱼdⱼ ≥ 0, else −1
//	merge  x  = b + λ · Σ wⱼdⱼ / D, over the j with sign(wⱼdⱼ) = s
//	       D  = Σ wⱼ over the same j under normalize, 1 without and where that is 0
//
// The factor is about 1/ρⱼ, the paper's, but follows what was drawn, as in mergekit; it is 1 where either sum is below
// 1e-7. To rescale is the default and to normalize is not, as there. A density of 1 or more keeps a vector as it is; 0 or less
// leaves nothing of it. A NaN is never dropped, and vectors with one are not rescaled. Signs are elected as in
// [TIES].
//
// mergekit draws from one generator in the order in which it happens to work, so that its masks
// cannot be had again, and rounds ρ to the tensor's dtype. Here every draw has a place of its own: it follows from the seed, the
// stage, the output tensor's name, the model's position among the inputs but the base, and the element's index. So the
// result is the same on every machine, and a model that is added changes no other model's mask.
//
// Source: Yu et al. 2023, "Language Models are Super Mario", arXiv:2311.03099, with the election of
// arXiv:2306.01708; mergekit 0.1.5, generalized_task_arithmetic.py and sparsify.py.
func DARETIES(s Spec) Kernel { return newMasked(s, dareTrimmer(s)) }

var dareTIESMethod = recipe.Method{
	Name:    "dare_ties",
	Title:   "DARE TIES",
	Summary: "random changes from each model, rescaled and merged where their signs agree",
	Gist: "A random part of each model's changes from {base} is dropped and the rest is scaled up to compensate. " +
		"Where signs conflict, the weaker side is dropped, and the rest is added to {base}.",
	Source:   "https://arxiv.org/abs/2311.03099",
	Aliases:  []string{"dare"},
	Base:     recipe.BaseRequired,
	Random:   true,
	Params:   dareParams("divide by the sum of the weights that agree"),
	Result:   recipe.Changes,
	Shares:   trimmedShares,
	Identity: onlyBase,
	Unit:     trimUnit,
	Passes:   darePasses,
	Looked:   dareLooked,
}
