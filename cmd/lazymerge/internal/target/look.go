package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// Look looks at the repo to publish to, and whether the token may write there. A repo without namespace belongs to the token's
// account. With replace, it may hold weights of another origin.
func (h Hub) Look(ctx context.Context, repo, revision string, replace bool) (Target, error) {
	t, err := h.look(ctx, repo, revision, replace)
	if refusal, ok := fault.Find(err, fault.Target); ok && errors.Is(refusal.Err, hub.ErrUnauthorized) && h.Apart && h.Client.TokenFrom == "" {
		advised := *refusal
		advised.Advice = "set LAZYMERGE_TARGET_TOKEN or " + h.Caller.Flag("target-token") + ": the source token is never sent to the target's Hub"
		err = &advised
	}
	return t, err
}

func (h Hub) look(ctx context.Context, repo, revision string, replace bool) (Target, error) {
	t := Target{Repo: repo, Revision: cmp.Or(revision, "main")}
	if err := names.CheckBranch(h.Caller, t.Revision); err != nil {
		return Target{}, err
	}
	if h.Propose {
		if t.Revision != "main" {
			return Target{}, fault.Usagef("%s proposes to main, so it cannot go with %s", h.Caller.Flag("create-pr"), h.Caller.Flag("revision"))
		}
		t.Pull = &Pull{}
	}
	if err := h.checkKeyless(repo); err != nil {
		return Target{}, err
	}
	account, err := h.whoAmI(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Target{}, context.Cause(ctx)
	case hub.Common(err) != "": // asking for the repo would fail too
		return Target{}, Fault(repo, err, "")
	case err != nil && !strings.Contains(repo, "/"):
		return Target{}, Fault(repo, err, h.Caller.Write("repo", "NAMESPACE/"+repo))
	case account != nil && !strings.Contains(repo, "/"):
		t.Repo = account.Name + "/" + repo
	}
	if !names.IsID(t.Repo) {
		return Target{}, fault.Usagef("%s %s is not a repo id; %s", h.Caller.Flag("repo"), repo, names.IDForm)
	}
	t.Account = account
	if account != nil {
		if may, known := account.MayWrite(t.Repo); known && !may && (!t.Proposes() || account.Role == "read") {
			if t.NoAccess, err = h.mayNot(h.readOnly(ctx, t.Repo, account)); err != nil {
				return Target{}, err
			}
		}
	}
	info, err := h.Client.Repo(ctx, t.Repo)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return t, h.checkAbsent(t)
	case err != nil:
		return Target{}, Fault(t.Repo, err, "")
	}
	t.Exists, t.Branch, t.Private, t.Parent, t.Files = true, true, info.Private, info.Commit, info.Siblings
	t.Gated, t.UsedStorage = info.Gated, info.UsedStorage
	if info.Disabled {
		return Target{}, Fault(t.Repo, forbidden("disabled by Hub staff, so nothing can be committed"),
			"contact Hub support, or publish to another repo")
	}
	if t.Revision != "main" {
		info, err := h.Client.RepoAt(ctx, t.Repo, t.Revision)
		switch {
		case err == nil:
			t.Parent, t.Files = info.Commit, info.Siblings
		case !errors.Is(err, hub.ErrNotFound):
			return Target{}, Fault(t.Repo, err, "")
		default:
			t.Branch, t.Parent = false, "" // it is created from main, with main's files
			if err := h.checkBranch(ctx, t); err != nil {
				return Target{}, err
			}
		}
	}
	if t.NoAccess == nil {
		if t.NoAccess, err = h.mayNot(h.checkAccess(ctx, t)); err != nil {
			return Target{}, err
		}
	}
	err = t.CheckVisibility(h.Caller, h.Private)
	if !replace {
		err = errors.Join(err, t.checkOwner(h.Caller))
	}
	return t, err
}

// CheckVisibility refuses to make public what was meant to be private.
func (t Target) CheckVisibility(c say.Caller, private bool) error {
	if private && t.Exists && !t.Private {
		return Fault(t.Repo, fmt.Errorf("it exists and is public, and %s only makes new repos private", c.Flag("private")),
			"make it private in its Hub settings, or publish to another repo")
	}
	return nil
}

// checkOwner refuses to overwrite weights that no merge put there. A new branch may: main keeps them.
func (t Target) checkOwner(c say.Caller) error {
	i := slices.IndexFunc(t.Files, IsWeights)
	if i < 0 || !t.Branch || t.HoldsMerge() {
		return nil
	}
	advice := "publish to another repo, or to a new branch with " + c.Flag("revision") + "; --replace removes them"
	if t.Proposes() {
		advice = "propose it to another repo; --replace proposes to remove them"
	}
	return Fault(t.Repo, fmt.Errorf("it holds weights not made by lazymerge: %s", t.Files[i]), advice)
}

// HoldsMerge tells whether t's files look like a merge by lazymerge or another tool.
func (t Target) HoldsMerge() bool {
	return slices.Contains(t.Files, lock.Name) || slices.Contains(t.Files, lock.Recipe)
}

// checkBranch refuses a branch that git cannot create beside the existing ones.
func (h Hub) checkBranch(ctx context.Context, t Target) error {
	branches, err := h.Client.Branches(ctx, t.Repo)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // this Hub does not list branches, but will refuse it itself
	}
	if err != nil {
		return Fault(t.Repo, err, "")
	}
	for _, b := range branches {
		if names.RefsClash(t.Revision, b) {
			return Fault(t.Repo, fmt.Errorf("it has a branch %s, and git cannot nest one branch under another", b),
				fmt.Sprintf("use a name other than %s %s", h.Caller.Flag("revision"), t.Revision))
		}
	}
	return nil
}

const maxBranches = 30 // to search for merges

// Elsewhere is err, or if rev holds no merge, a fault that names the branches of the repo that do. The search is best effort.
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
