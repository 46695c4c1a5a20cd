package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
)

// checkBranch refuses a branch that git cannot make beside those which the target has.
func (h Hub) checkBranch(ctx context.Context, t Target) error {
	branches, err := h.Client.Branches(ctx, t.Repo)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // a Hub that does not list them refuses it itself
	}
	if err != nil {
		return Fault(t.Repo, err, "")
	}
	for _, b := range branches {
		if names.RefsClash(t.Revision, b) {
			return Fault(t.Repo, fmt.Errorf("it has a branch %s, and git keeps no branch below another", b),
				fmt.Sprintf("write another name than %s %s", h.Caller.Flag("revision"), t.Revision))
		}
	}
	return nil
}

// maxBranches is how many branches of a repo are looked at for merges.
const maxBranches = 30

// Elsewhere is err, with the branches of the repo that hold a merge where it is that rev holds none. What cannot be found
// out is left out: err is the fault.
func Elsewhere(ctx context.Context, c *hub.Client, rev *hub.Revision, err error) error {
	if !errors.Is(err, fault.Lock) || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	all, listErr := c.Branches(ctx, rev.Repo)
	if listErr != nil {
		return err
	}
	slices.Sort(all)
	var found []string
	for _, name := range all[:min(len(all), maxBranches)] {
		info, infoErr := c.RepoAt(ctx, rev.Repo, name)
		if infoErr == nil && slices.Contains(info.Siblings, lock.Name) {
			found = append(found, name)
		}
	}
	return lock.Absent(found)
}
