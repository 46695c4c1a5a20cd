package pipeline

import (
	"errors"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// dry tells whether the push that is prepared is a dry run.
func (s *Setup) dry() bool { return s.Publish != nil && s.Publish.DryRun }

// mayNot is err, which says that the token may not publish to t. A dry run needs no token that may: it keeps err for a note
// and goes on, while a token that nobody knows ends it as everything else.
func (s *Setup) mayNot(t *Target, err error) error {
	if !s.dry() || !errors.Is(err, hub.ErrForbidden) {
		return err
	}
	t.NoAccess = err
	return nil
}

// noteAccess tells what a dry run has let pass.
func (s *Setup) noteAccess(t *Target) {
	if text := t.AccessNote(); text != "" {
		s.UI.Line("note", "%s", text)
	}
}

// AccessNote says that publishing takes another token than this dry run has; "" where it does not.
func (t *Target) AccessNote() string {
	refusal, ok := fault.Find(t.NoAccess, fault.Target)
	if !ok {
		return ""
	}
	return "publishing takes another token: " + refusal.Reason()
}
