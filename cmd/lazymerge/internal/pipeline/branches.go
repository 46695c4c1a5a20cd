package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
)

// maxBranches is how many branches of a repo are looked at for merges.
const maxBranches = 30

// NoLockError is a revision of a repo that has no lock, and the branches of the repo that have one.
type NoLockError struct {
	Branches []string // in order of name; nil for none
}

func (e *NoLockError) Error() string {
	text := fmt.Sprintf("%s: it has no %s, so lazymerge did not make it", ErrLock, lockFile)
	switch len(e.Branches) {
	case 0:
		return text
	case 1:
		return fmt.Sprintf("%s: it has no %s, and its branch %s has one", ErrLock, lockFile, e.Branches[0])
	}
	return fmt.Sprintf("%s: it has no %s, and its branches %s have one", ErrLock, lockFile, ui.List(e.Branches))
}

// Unwrap returns ErrLock.
func (e *NoLockError) Unwrap() error { return ErrLock }

// Hint names the way to the first branch.
func (e *NoLockError) Hint() string {
	switch len(e.Branches) {
	case 0:
		return ""
	case 1:
		return "look there with --revision " + e.Branches[0]
	}
	return "name one of them, as in --revision " + e.Branches[0]
}

// elsewhere is err, with the branches of the repo that hold a merge where it is that rev holds none. What cannot be found
// out is left out: err is the fault.
func elsewhere(ctx context.Context, c *hub.Client, rev *hub.Revision, err error) error {
	if !errors.As(err, new(*NoLockError)) {
		return err
	}
	branches, listErr := c.Branches(ctx, rev.Repo)
	if listErr != nil {
		return err
	}
	slices.Sort(branches)
	found := &NoLockError{}
	for _, name := range branches[:min(len(branches), maxBranches)] {
		info, infoErr := c.RepoAt(ctx, rev.Repo, name)
		if infoErr == nil && slices.Contains(info.Siblings, lockFile) {
			found.Branches = append(found.Branches, name)
		}
	}
	return found
}
