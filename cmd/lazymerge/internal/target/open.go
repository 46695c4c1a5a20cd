package target

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// Opened is how far Open came.
type Opened struct {
	Target   Target // as it is now
	Created  bool   // by this run
	Branched bool   // Target.Revision was created by this run
	Begun    bool   // the repo exists, so a fault from now on leaves something behind
}

// Open creates the repo or branch if missing. An error comes with how far it came.
func (h Hub) Open(ctx context.Context, t Target) (Opened, error) {
	o := Opened{Target: t}
	if !t.Exists {
		created, err := h.Client.CreateRepo(ctx, t.Repo, h.Private)
		if err != nil {
			return o, Fault(t.Repo, err, "")
		}
		o.Created, o.Begun = created, true
		if o.Target, err = h.checkOpened(ctx, t, created); err != nil {
			return o, err
		}
	}
	o.Begun = true
	if t.Parent != "" {
		return o, nil
	}
	if t.Revision != "main" {
		if err := h.Client.CreateBranch(ctx, t.Repo, t.Revision, ""); err != nil {
			return o, Fault(t.Repo, err, "")
		}
		o.Branched = true
	}
	info, err := h.Client.RepoAt(ctx, t.Repo, t.Revision)
	if err != nil {
		return o, Fault(t.Repo, err, "")
	}
	o.Target.Parent, o.Target.Files = info.Commit, info.Siblings
	return o, nil
}

// MadePrivate tells whether the Hub made a private repo when asked for a public one.
func (h Hub) MadePrivate(o Opened) bool { return o.Created && o.Target.Private && !h.Private }

// checkOpened looks at a new repo before the first byte goes there. Someone else may have created it just now, or the Hub may not
// have made it as asked. It is never deleted: it may be someone else's.
func (h Hub) checkOpened(ctx context.Context, t Target, created bool) (Target, error) {
	info, err := h.Client.Repo(ctx, t.Repo)
	if err != nil {
		return t, Fault(t.Repo, err, "")
	}
	now := t
	now.Private = info.Private
	switch {
	case h.Private && !info.Private && created:
		return now, Fault(t.Repo, errors.New(h.Caller.Flag("private")+" asked for a private repo, but the Hub created a public one"),
			fmt.Sprintf("make it private on %s/settings, or delete it there, then %s", h.Client.Page(t.Repo), h.Caller.Again()))
	case h.Private && !info.Private:
		return now, Fault(t.Repo, fmt.Errorf("%w: someone else just created it as a public repo, which %s forbids", hub.ErrConflict, h.Caller.Flag("private")),
			"publish to another repo, or make it private in its Hub settings")
	case created:
		return now, nil
	}
	now.Exists, now.Branch = true, t.Revision == "main"
	if files := slices.DeleteFunc(slices.Clone(info.Siblings), func(name string) bool { return name == ".gitattributes" }); len(files) > 0 {
		return now, Fault(t.Repo, fmt.Errorf("%w: someone else just created it, and it holds %s", hub.ErrConflict, say.List(files)),
			h.Caller.SameAgain()+" to see what is there")
	}
	return now, nil
}
