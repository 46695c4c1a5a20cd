package merge

import (
	"math"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// shares are those of inputs that go in whole, with one weight for each.
func shares(weights ...float64) []recipe.Share {
	out := make([]recipe.Share, len(weights))
	for i, w := range weights {
		out[i] = recipe.Share{Weight: w, Density: math.NaN()}
	}
	return out
}

// changeShares are those of a method that adds to the base what the other models changed, all of it.
func changeShares(a recipe.Args) []recipe.Share {
	out := make([]recipe.Share, len(a.PerModel))
	for i, p := range a.PerModel {
		if i != a.Base {
			out[i] = recipe.Share{Weight: p["weight"], Density: math.NaN()}
		}
	}
	return out
}

// trimmedShares are those of a method that adds to the base a part of what the other models changed.
func trimmedShares(a recipe.Args) []recipe.Share {
	out := changeShares(a)
	for i, p := range a.PerModel {
		if i != a.Base {
			out[i].Density = p["density"]
		}
	}
	return out
}
