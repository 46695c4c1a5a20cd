package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/hub"
)

// maxBranches is how many branches of a repo are looked at for merges.
const maxBranches = 30

// elsewhere is err, with the branches of the repo that hold a merge where it is that rev holds none. What cannot be found
// out is left out: err is the fault.
func elsewhere(ctx context.Context, c *hub.Client, rev *hub.Revision, err error) error {
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
