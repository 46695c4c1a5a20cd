package merge

import (
	"math"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TaskArithmetic returns the kernel that adds weighted task vectors to the base.
//
// With base b, models x₁ … xₙ of its shape and weights w₁ … wₙ:
//
//	b + λ · Σ wᵢ(xᵢ − b) / D     D = Σ wᵢ under normalize, 1 without and where |Σ wᵢ| < 1e-8
//
// It is computed as a single weighted sum in which b has weight 1 − Σ λwᵢ/D, in float64 with one
// rounding, where mergekit rounds every step to the tensor's dtype. So a weight of 1 gives
// the model itself. density, rescale and int8_mask are accepted as in mergekit and have no effect. Not to
// normalize is the default here, also as in mergekit.
//
// Source: Ilharco et al. 2022, "Editing models with task arithmetic", arXiv:2212.04089;
// mergekit 0.1.5, generalized_task_arithmetic.py.
func TaskArithmetic(s Spec) Kernel {
	c := perModel(s.Args, "weight")
	scale := s.Args.Shared["lambda"]
	if sum := total(c); s.Args.Shared["normalize"] != 0 && math.Abs(sum) >= minWeightSum {
		scale /= sum
	}
	for i := range c {
		c[i] *= scale
	}
	return newSpan(s, s.Args.Base, c)
}

// Parameters shared by the methods that merge task vectors.
var (
	taskWeightParam = recipe.Param{
		Name: "weight", Doc: "factor for the model's task vector; may be negative", Scope: recipe.PerModel, Required: true,
		Role: recipe.Weight, Ends: absentAt0,
	}
	lambdaParam = recipe.Param{
		Name: "lambda", Doc: "factor for the merged task vector, after normalize", Default: 1, Role: recipe.Factor,
		Usual: recipe.Range{From: -2, To: 2, Why: "1 adds the whole merged task vector, 0.5 half of it"},
		Ends:  []recipe.End{{At: 0, Leaves: recipe.BaseAlone, Hint: "omit it for the default of 1, or use another factor"}},
	}
	int8MaskParam = recipe.Param{Name: "int8_mask", Doc: "accepted without effect; mergekit saves memory with it", Silent: true, Type: recipe.Bool}
)

// absentAt0 are the ends of a parameter that drops its model at 0.
var absentAt0 = []recipe.End{{At: 0, Leaves: recipe.Others}}

var taskArithmeticMethod = recipe.Method{
	Name:    "task_arithmetic",
	Title:   "Task Arithmetic",
	Phrase:  "by task arithmetic",
	Summary: "changes from each model, weighted and added to the base",
	Gist:    "Each model's changes from {base} are multiplied by its weight, and the sum is added to {base}.",
	Source:  "https://arxiv.org/abs/2212.04089",
	Aliases: []string{"task"},
	Base:    recipe.BaseRequired,
	Params: []recipe.Param{
		taskWeightParam,
		{Name: "density", Doc: "accepted without effect: all entries are kept", Inert: true, Scope: recipe.PerModel, Default: 1, Min: 0, Max: 1},
		{Name: "normalize", Doc: "divide by the sum of the weights", Type: recipe.Bool, Role: recipe.Normalize},
		lambdaParam,
		{Name: "rescale", Doc: "accepted without effect: all entries are kept", Inert: true, Type: recipe.Bool},
		int8MaskParam,
	},
	Result:   recipe.Changes,
	Shares:   changeShares,
	Identity: onlyBase,
}
