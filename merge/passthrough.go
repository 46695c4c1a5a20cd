package merge

import "github.com/lazymerge/lazymerge/merge/recipe"

// Passthrough returns the kernel that takes its only input as it is, or scaled.
//
//	scale·x
//
// Without scale, and with scale 1, the result has the bits of x; a plan copies such tensors
// without a kernel. A scale of 0 makes every finite entry 0, which turns a projection of an
// inserted layer off. As in mergekit.
//
// Source: mergekit 0.1.5, merge method passthrough.
func Passthrough(s Spec) Kernel {
	return newSpan(s, -1, []float64{passthroughScale(s.Args)})
}

func passthroughScale(a recipe.Args) float64 {
	if scale, has := a.PerModel[0]["scale"]; has {
		return scale
	}
	return 1
}

var passthroughMethod = recipe.Method{
	Name:    "passthrough",
	Title:   "Passthrough",
	Phrase:  "by passthrough",
	Summary: "layers of one or more models, stacked unchanged",
	Source:  "https://github.com/arcee-ai/mergekit",
	Aliases: []string{"frankenmerge", "stack"},
	Base:    recipe.BaseIgnored,
	Models:  recipe.Count{Min: 1, Max: 1},
	Params: []recipe.Param{
		{Name: "scale", Doc: "factor for every entry; by default, tensors are copied", Scope: recipe.PerModel, Optional: true, Default: 1, Role: recipe.Factor},
	},
	Result:   recipe.Stack,
	Shares:   func(a recipe.Args) []recipe.Share { return shares(passthroughScale(a)) },
	Identity: func(a recipe.Args) bool { return passthroughScale(a) == 1 },
}
