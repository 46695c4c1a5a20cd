package merge

import (
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Linear returns the kernel of the weighted sum of all inputs.
//
// With inputs x₁ … xₙ, all of one shape, and weights w₁ … wₙ:
//
//	normalize      Σ wᵢxᵢ / Σ wᵢ
//	without        Σ wᵢxᵢ
//
// A base model has no role of its own: where it is listed, it is an input with a weight. Unlike
// mergekit, which sums in float32 with float32 weights, the sum runs in float64 with
// cᵢ = wᵢ/Σw as coefficients; and weights that sum to 0 under normalize are an error of
// the config, where mergekit writes infinities.
//
// Source: Wortsman et al. 2022, "Model soups", arXiv:2203.05482; mergekit 0.1.5, merge method linear.
func Linear(s Spec) Kernel {
	return newSpan(s, -1, linearCoefficients(s.Args))
}

// linearCoefficients are what the inputs are multiplied by.
func linearCoefficients(a recipe.Args) []float64 {
	c := perModel(a, "weight")
	if a.Shared["normalize"] != 0 {
		sum := total(c)
		for i := range c {
			c[i] /= sum
		}
	}
	return c
}

var linearMethod = recipe.Method{
	Name:    "linear",
	Title:   "Linear",
	Phrase:  "by linear averaging",
	Summary: "the weighted average of all models",
	Gist:    "Each weight is the {mean} of the corresponding weights of the models.",
	Source:  "https://arxiv.org/abs/2203.05482",
	Aliases: []string{"lerp", "average", "weighted_average", "mean", "soup", "model_soup"},
	Base:    recipe.BaseIgnored,
	Models:  recipe.Count{Min: 1},
	Params: []recipe.Param{
		{Name: "weight", Doc: "weight of the model in the average; may be negative", Scope: recipe.PerModel, Required: true, Role: recipe.Weight, Ends: absentAt0},
		{Name: "normalize", Doc: "divide by the sum of the weights", Type: recipe.Bool, Default: 1, Role: recipe.Normalize},
	},
	Result: recipe.Mean,
	Shares: func(a recipe.Args) []recipe.Share { return shares(linearCoefficients(a)...) },
	Identity: func(a recipe.Args) bool {
		return len(a.PerModel) == 1 && (a.Shared["normalize"] != 0 || a.PerModel[0]["weight"] == 1)
	},
	Check: func(a recipe.Args) error {
		sum := total(perModel(a, "weight"))
		switch {
		case a.Shared["normalize"] == 0 || sum >= minWeightSum:
			return nil
		case math.Abs(sum) < minWeightSum:
			return &recipe.Fault{Message: fmt.Sprintf("the weights sum to %.6g, and normalize divides by that sum", sum), Hint: "change a weight or set normalize: false"}
		}
		return &recipe.Fault{Warning: true, Message: fmt.Sprintf("the weights sum to %.6g, so normalize flips their signs", sum), Hint: "set normalize: false if you don't want that"}
	},
}

// minWeightSum is the smallest sum of weights to divide by.
const minWeightSum = 1e-8

// total returns the sum of x, in order.
func total(x []float64) float64 {
	sum := 0.0
	for _, x := range x {
		sum += x
	}
	return sum
}
