package target

import (
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/hub"
)

// Landed is how far a commit came.
type Landed struct {
	Commit string // 40 hex digits; "" where there is none
	URL    string // of the commit, or of the pull request that has it
	Pull   *Pull  // as it is now; nil where there is none
	Moved  bool   // somebody else has committed to the revision meanwhile
	Doubt  bool   // whether the commit landed, or the pull request was made, is not known
	Ready  bool   // Pull has the commit, whether or not it is shown as ready
}

// Commit makes the one commit, on the branch or on a pull request, which is made before it and shown as ready after
// it. An error comes with how far it came.
func (h Hub) Commit(ctx context.Context, t Target, c hub.Commit) (Landed, error) {
	failed := func(pull *Pull, err error) (Landed, error) {
		return Landed{
			Pull:  pull,
			Moved: errors.Is(err, hub.ErrConflict),
			Doubt: ctx.Err() != nil || errors.Is(err, hub.ErrNetwork) || errors.Is(err, hub.ErrAnswer),
		}, Fault(t.Repo, err, "")
	}
	if !t.Proposes() {
		result, err := h.Client.Commit(ctx, t.Repo, t.Revision, c)
		if err != nil {
			return failed(nil, err)
		}
		return Landed{Commit: result.Commit, URL: result.URL}, nil
	}
	pull := *t.Pull
	if pull.Number == 0 {
		if err := h.sameMain(ctx, t); err != nil {
			return Landed{Moved: errors.Is(err, hub.ErrConflict)}, err
		}
		number, url, err := h.Client.CreatePullRequest(ctx, t.Repo, c.Summary, c.Description)
		if err != nil {
			return failed(nil, err)
		}
		pull = Pull{Number: number, URL: url, Draft: true}
	}
	result, err := h.Client.Commit(ctx, t.Repo, hub.PullRequestRef(pull.Number), c)
	if err != nil {
		return failed(&pull, err)
	}
	landed, err := h.ShowPull(ctx, t.Repo, pull)
	if err != nil {
		return landed, err
	}
	landed.Commit = result.Commit
	return landed, nil
}

// sameMain refuses to make a pull request where main has moved since it was looked at: it would start there.
func (h Hub) sameMain(ctx context.Context, t Target) error {
	info, err := h.Client.Repo(ctx, t.Repo)
	if err == nil && info.Commit != t.Parent {
		err = fmt.Errorf("%w: main is no longer at %.12s", hub.ErrConflict, t.Parent)
	}
	if err != nil {
		return Fault(t.Repo, err, "")
	}
	return nil
}

// ShowPull shows a draft that has its commit as ready. An error comes with how far it came.
func (h Hub) ShowPull(ctx context.Context, repo string, p Pull) (Landed, error) {
	if p.Draft {
		if err := h.Client.OpenPullRequest(ctx, repo, p.Number); err != nil {
			return Landed{Pull: &p, URL: p.URL, Ready: true}, Fault(repo, err, "")
		}
	}
	shown := p
	shown.Draft = false
	return Landed{Pull: &shown, URL: p.URL}, nil
}
