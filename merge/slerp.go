package merge

import (
	"math"

	"github.com/lazymerge/lazymerge/merge/internal/fmath"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// SLERP returns the kernel of spherical linear interpolation between the base and one other model.
//
// With base b, the other model o, both flattened to n elements, and t from 0 (b) to 1 (o):
//
//	c  = b·o / (‖b‖ ‖o‖)     a norm of at most 1e-8 counts as 1, and c is clamped to ±1
//	θ  = acos c
//	x  = (sin((1−t)θ) b + sin(tθ) o) / sin θ     for |c| ≤ 0.9995
//	x  = (1−t) b + t o                           for vectors nearly in line
//
// Which of the two is the base matters, not which is listed first; t may lie outside 0 to 1.
// The inner products are sums in float64, where mergekit's are in float32. Where an input has a NaN or Inf
// there is no angle, and the second formula leaves it in its place; mergekit makes the
// whole tensor NaN. As in mergekit a zero tensor is at a right angle to every other, and
// two equal ones shorter than 1e-8 are too.
//
// Source: Shoemake 1985, "Animating rotation with quaternion curves", doi:10.1145/325334.325242;
// mergekit 0.1.5, merge method slerp, with its 0.9995 and 1e-8.
func SLERP(s Spec) Kernel {
	base, t := s.Args.Base, s.Args.Shared["t"]
	other := 1 - base
	return newGramSpan(s, -1, func(c []float64, g gram) {
		cosine := g.at(base, other) / (slerpNorm(g.at(base, base)) * slerpNorm(g.at(other, other)))
		c[base], c[other] = slerpCoefficients(max(-1, min(1, cosine)), t)
	})
}

// slerpNorm returns the norm of a vector from its square, and 1 for one too short to have a direction.
func slerpNorm(square float64) float64 {
	if norm := math.Sqrt(square); norm > 1e-8 {
		return norm
	}
	return 1
}

// slerpCoefficients returns the shares of two vectors whose angle has this cosine.
func slerpCoefficients(cosine, t float64) (first, second float64) {
	if !(math.Abs(cosine) <= 0.9995) { // or NaN
		return 1 - t, t
	}
	angle := fmath.Acos(cosine)
	sine := fmath.Sin(angle)
	return fmath.Sin((1-t)*angle) / sine, fmath.Sin(t*angle) / sine
}

var slerpMethod = recipe.Method{
	Name:    "slerp",
	Title:   "SLERP",
	Summary: "spherical interpolation between two models",
	Source:  "https://en.wikipedia.org/wiki/Slerp",
	Base:    recipe.BaseRequired,
	Models:  recipe.Count{Min: 1, Max: 1},
	Params: []recipe.Param{
		{Name: "t", Doc: "0 is the base model, 1 the other model", Required: true, Role: recipe.Mix,
			Usual: recipe.Range{From: 0, To: 1, Why: "0 is the base model and 1 the other; values beyond them extrapolate"},
			Ends: []recipe.End{
				{At: 0, Leaves: recipe.BaseAlone, Hint: "use a value between 0 and 1"},
				{At: 1, Leaves: recipe.OtherAlone, Hint: "use a value between 0 and 1"},
			}},
	},
	Result: recipe.Interpolation,
	Shares: func(a recipe.Args) []recipe.Share {
		t := a.Shared["t"]
		way := []float64{t, t}
		way[a.Base] = 1 - t
		return shares(way...)
	},
	Unit:   func([]int64, recipe.Args) int64 { return runLength },
	Passes: func([]int64, recipe.Args) (usual, worst int) { return 1, 1 },
}
