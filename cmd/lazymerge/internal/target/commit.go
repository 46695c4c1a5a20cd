package target

import (
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/hub"
)

// Landed is how far a commit came.
type Landed struct {
	Commit string // 40 hex digits; "" for none
	URL    string // of the commit, or of its pull request
	Pull   *Pull  // as it is now; nil for none
	Moved  bool   // someone else has committed to the revision
	Doubt  bool   // the commit may or may not have landed, or the pull request been made
	Ready  bool   // Pull has the commit, marked as ready or not
}

// Commit makes the one commit, on the branch or on a pull request, which it opens before and marks as ready after. An error comes
// with how far it came.
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

// sameMain refuses to open a pull request if main has moved: it would start there.
func (h Hub) sameMain(ctx context.Context, t Target) error {
	info, err := h.Client.Repo(ctx, t.Repo)
	if err == nil && info.Commit != t.Parent {
		err = fmt.Errorf("%w: main is no longer at %.12s", hub.ErrConflict, t.Parent)
	}
	return wrap(t.Repo, err)
}

// ShowPull marks a draft that has its commit as ready. An error comes with how far it came.
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
