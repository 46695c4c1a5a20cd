package merge_test

import (
	"math"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TestSharesAreWhatKernelsDo merges inputs that are multiples of one vector, where every method that tells of shares is linear in
// its inputs: with shares sⱼ the result is Σ sⱼxⱼ, or b + Σ sⱼ(xⱼ − b) where it adds changes, as long as these are kept whole
// and their weights not normalized.
func TestSharesAreWhatKernelsDo(t *testing.T) {
	told := 0
	for _, m := range merge.Methods() {
		if m.Shares == nil {
			continue
		}
		told++
		for n := 1; n <= 4 && (m.Models.Max == 0 || n <= m.Models.Max); n++ {
			for _, base := range []int{0, n} {
				inputs := n
				if m.Base != recipe.BaseIgnored {
					inputs++
				}
				args := mergetest.Args(m, inputs, base)
				if p := m.ByRole(recipe.Normalize); p != nil && m.Result == recipe.Changes {
					args = mergetest.With(args, p.Name, 0)
				}
				shares := m.Shares(args)
				if len(shares) != inputs {
					t.Fatalf("%s: %d shares of %d inputs", m.Name, len(shares), inputs)
				}
				rows := make([][]float32, inputs)
				want := 0.0
				for i, s := range shares {
					multiple := float64(i + 2)
					rows[i] = []float32{float32(multiple), float32(-2 * multiple), 0, float32(multiple / 4)}
					if m.Result == recipe.Changes && i == args.Base {
						if s != (recipe.Share{}) {
							t.Errorf("%s: the base has the share %v, want none", m.Name, s)
						}
						want += multiple
						continue
					}
					if m.Result == recipe.Changes {
						multiple -= float64(args.Base + 2)
					}
					want += float64(s.Weight * multiple)
				}
				_, kernel := method(t, m.Name)
				for i, got := range mergetest.Run(t, m, kernel, merge.Spec{Name: "w", Shape: []int64{4}, Args: args}, rows, mergetest.Cut{}) {
					want := want * []float64{1, -2, 0, 0.25}[i]
					if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
						t.Errorf("%s of %d inputs, base %d: element %d is %v, by the shares %v it is %v", m.Name, inputs, args.Base, i, got, shares, want)
					}
				}
			}
		}
	}
	if told == 0 {
		t.Error("no method tells of shares")
	}
}
