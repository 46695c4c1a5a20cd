package pipeline

import "github.com/lazymerge/lazymerge/merge/recipe"

// strict is the refusal of a merge that has warnings, where Setup asks for it; nil where there are none.
func (m *Merge) strict() error {
	if !m.setup.Strict || len(m.Warnings) == 0 {
		return nil
	}
	return m.refused(nil)
}

// warn prints warnings that come up after the merge was prepared; under Strict they refuse it instead.
func (s *Setup) warn(warnings recipe.Faults) error {
	if s.Strict && len(warnings) > 0 {
		return &Refused{Errs: asErrors(warnings)}
	}
	for _, w := range warnings {
		s.UI.Warn(w)
	}
	return nil
}
