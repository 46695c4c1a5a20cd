package target

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// PlanWords name the plan in a commit or a pull request.
func PlanWords(p *plan.Plan) string { return "plan " + p.Hash[:12] }

const maxPulls = 200 // of our open pull requests to look at, the latest first

// FindPull looks for an open pull request of ours with the merge of p, or left empty by an earlier try, and returns the target as
// it is there: publishing continues from it, so that one merge never has two. others are ours with other merges.
func (h Hub) FindPull(ctx context.Context, t Target, p *plan.Plan) (found Target, ok bool, others []int, err error) {
	if !t.Proposes() || t.Account == nil && h.Client.OIDC == nil {
		return t, false, nil, nil
	}
	author := "" // unknown for a CI job
	if t.Account != nil {
		author = t.Account.Name
	}
	looked := 0
	for pr, err := range h.Client.PullRequests(ctx, t.Repo, author) {
		if err != nil {
			return t, false, nil, Fault(t.Repo, err, "")
		}
		if !t.ours(pr.Author) {
			continue
		}
		if looked++; looked > maxPulls {
			return t, false, nil, Fault(t.Repo, fmt.Errorf("you have over %d open pull requests there, and this merge is not in the latest %d", maxPulls, maxPulls),
				"close the ones you no longer need, then "+h.Caller.SameAgain())
		}
		info, err := h.Client.RepoAt(ctx, t.Repo, hub.PullRequestRef(pr.Number))
		if errors.Is(err, hub.ErrNotFound) {
			continue // closed by now
		}
		if err != nil {
			return t, false, nil, Fault(t.Repo, err, "")
		}
		at := t
		at.Pull, at.Parent, at.Files = &pr, info.Commit, info.Siblings
		switch held, err := h.Held(ctx, at); {
		case err != nil:
			return t, false, nil, err
		case info.Commit == t.Parent: // it is empty
			text, err := h.Client.PullRequestText(ctx, t.Repo, pr.Number)
			if err != nil {
				return t, false, nil, Fault(t.Repo, err, "")
			}
			if pr.Draft && strings.Contains(text, PlanWords(p)) {
				return at, true, others, nil
			}
		case held.Shards(p) != nil:
			return at, true, others, nil
		case held.Lock != nil && !pr.Draft:
			others = append(others, pr.Number)
		}
	}
	return t, false, others, nil
}

// ours tells whether author is the publisher. CI jobs share one author, whose name no account can have. Nobody else's proposal
// counts as ours: its lock may claim anything about its weights.
func (t Target) ours(author string) bool {
	if t.Account != nil {
		return strings.EqualFold(author, t.Account.Name)
	}
	return author != "" && (!names.IsRepo(author) || strings.Contains(author, "/"))
}
