package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
)

// checkBranch refuses a branch that git cannot make beside those which the target has.
func (s *Setup) checkBranch(ctx context.Context, t *Target) error {
	branches, err := s.TargetHub().Branches(ctx, t.Repo)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // a Hub that does not list them refuses it itself
	}
	if err != nil {
		return targetFault(t.Repo, err, "")
	}
	for _, b := range branches {
		if names.RefsClash(t.Revision, b) {
			return targetFault(t.Repo, fmt.Errorf("it has a branch %s, and git keeps no branch below another", b),
				fmt.Sprintf("write another name than %s %s", s.Caller.Flag("revision"), t.Revision))
		}
	}
	return nil
}
