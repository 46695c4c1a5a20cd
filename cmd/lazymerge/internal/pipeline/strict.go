package pipeline

import (
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// strict is the refusal of a merge that has warnings, where Setup asks for it; nil where there are none.
func (m *Merge) strict() error {
	if !m.setup.Strict || len(m.Warnings) == 0 {
		return nil
	}
	return m.refused(nil)
}

// tell prints warnings that come up after the merge's own were printed, and keeps them with these; under Strict they refuse the
// merge instead.
func (m *Merge) tell(warnings recipe.Faults) error {
	if m.setup.Strict && len(warnings) > 0 {
		return &fault.Refused{Errs: asErrors(warnings)}
	}
	for _, w := range warnings {
		m.setup.UI.Warn(w)
	}
	m.later = append(m.later, warnings...)
	return nil
}
