package pipeline

import (
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A gate prints the warnings of a run, or refuses them.
type gate struct {
	ui     *ui.UI
	strict bool
}

// check refuses a merge with warnings if the gate is strict.
func (g gate) check(warnings recipe.Faults) error {
	if !g.strict || len(warnings) == 0 {
		return nil
	}
	return refuse(nil, warnings)
}

// pass prints warnings, or refuses the merge.
func (g gate) pass(warnings recipe.Faults) error {
	if err := g.check(warnings); err != nil {
		return err
	}
	for _, w := range warnings {
		g.ui.Warn(w)
	}
	return nil
}

// refuse is the refusal of a merge for errs, with the warnings, which may explain them.
func refuse(errs []error, warnings recipe.Faults) *fault.Refused {
	return &fault.Refused{Errs: withoutEchoes(append(append([]error(nil), errs...), asErrors(warnings)...))}
}

// Refuse is the refusal of configs with these faults.
func Refuse(faults recipe.Faults) *fault.Refused { return &fault.Refused{Errs: asErrors(faults)} }

// withoutEchoes takes joined errors apart and drops repeats of those that all requests to a Hub share.
func withoutEchoes(errs []error) []error {
	heard := map[string]bool{}
	return slices.DeleteFunc(fault.Flat(errs...), func(err error) bool {
		cause := hub.Common(err)
		again := heard[cause]
		heard[cause] = cause != ""
		return again
	})
}

func asErrors(faults recipe.Faults) []error {
	var errs []error
	for _, f := range faults {
		errs = append(errs, f)
	}
	return errs
}
