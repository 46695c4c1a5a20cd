package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
)

// maxBranches is how many branches of a repo are looked at for merges.
const maxBranches = 30

// noLock is a revision of a repo that has no lock, and the branches of the repo that have one, in order of name.
func noLock(branches []string) error {
	f := &fault.Fault{Code: fault.Lock, Subject: "no merge to compare with", Err: fs.ErrNotExist}
	switch len(branches) {
	case 0:
		f.Text = "it has no " + lockFile + ", so lazymerge did not make it"
	case 1:
		f.Text = fmt.Sprintf("it has no %s, and its branch %s has one", lockFile, branches[0])
		f.Advice = "look there with --revision " + branches[0]
	default:
		f.Text = fmt.Sprintf("it has no %s, and its branches %s have one", lockFile, ui.List(branches))
		f.Advice = "name one of them, as in --revision " + branches[0]
	}
	return f
}

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
		if infoErr == nil && slices.Contains(info.Siblings, lockFile) {
			found = append(found, name)
		}
	}
	return noLock(found)
}
