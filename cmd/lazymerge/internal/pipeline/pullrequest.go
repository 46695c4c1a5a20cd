package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// A pull is the pull request that a result is proposed with.
type pull struct {
	Number int    // 0 until it is made
	URL    string // of its page
	Draft  bool   // it is not shown as ready yet
}

// checkPull looks at a repo that is to get a pull request. Who may read it may propose.
func (s *Setup) checkPull(ctx context.Context, t *Target) error {
	if s.LookOnly || s.TargetHub().OIDC != nil {
		return nil
	}
	if err := s.TargetHub().CheckRead(ctx, t.Repo); err != nil {
		return targetFault(t.Repo, err, "")
	}
	return nil
}

// noRepo says that there is nothing to make a pull request to.
func (t *Target) noRepo(c say.Caller) error {
	return targetFault(t.Repo, fmt.Errorf("%w, and a pull request needs a repo that it is for", hub.ErrNotFound),
		"leave "+c.Flag("create-pr")+" out to create it, or name a repo that exists")
}

// mayPropose is err, with the way out where it is that the token may not write to t.
func (t *Target) mayPropose(c say.Caller, err error) error {
	refusal, ok := errors.AsType[*hub.Error](err)
	if !ok || t.proposes() || !t.Exists || !errors.Is(err, hub.ErrForbidden) || refusal.Repo != t.Repo {
		return err
	}
	return targetFault(t.Repo, refusal, refusal.Hint()+"; or propose the merge with "+c.Flag("create-pr"))
}

// maxPulls is how many of our open pull requests are looked at, the latest first.
const maxPulls = 200

// findPull looks for an open pull request of ours that has this merge, or that an earlier try has left empty, and returns
// the target as it is there: what is published then goes on from it, so that one merge never has two. It returns t itself
// where there is none. others are pull requests of ours with other merges.
func (m *Merge) findPull(ctx context.Context, t *Target) (found *Target, others []int, err error) {
	c := m.setup.TargetHub()
	if !t.proposes() || t.Account == nil && c.OIDC == nil {
		return t, nil, nil
	}
	fail := func(err error) error { return targetFault(t.Repo, err, "") }
	author := "" // of a job's pull requests nobody knows it beforehand
	if t.Account != nil {
		author = t.Account.Name
	}
	looked := 0
	for p, err := range c.PullRequests(ctx, t.Repo, author) {
		if err != nil {
			return nil, nil, fail(err)
		}
		if !t.ours(p.Author) {
			continue
		}
		if looked++; looked > maxPulls {
			return nil, nil, targetFault(t.Repo, fmt.Errorf("you have more than %d open pull requests there, and the latest %d do not have this merge", maxPulls, maxPulls),
				"close those that are not needed, then "+m.setup.Caller.SameAgain())
		}
		info, err := c.RepoAt(ctx, t.Repo, hub.PullRequestRef(p.Number))
		if errors.Is(err, hub.ErrNotFound) {
			continue // closed meanwhile
		}
		if err != nil {
			return nil, nil, fail(err)
		}
		at := *t
		at.Pull = &pull{Number: p.Number, URL: p.URL, Draft: p.Draft}
		at.Parent, at.Files = info.Commit, info.Siblings
		switch earlier, err := m.setup.findEarlier(ctx, &at); {
		case err != nil:
			return nil, nil, err
		case info.Commit == t.Parent: // nothing is in it
			if text, err := c.PullRequestText(ctx, t.Repo, p.Number); err != nil {
				return nil, nil, fail(err)
			} else if p.Draft && strings.Contains(text, m.planWords()) {
				return &at, others, nil
			}
		case earlier != nil && earlier.Lock.Plan == m.Plan.Hash && earlier.shards(m, &at) != nil:
			return &at, others, nil
		case earlier != nil && !p.Draft:
			others = append(others, p.Number)
		}
	}
	return t, others, nil
}

// account is what a name of the Hub's users and organisations looks like.
var account = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ours tells whether author is who publishes. The jobs of CI are one author, whose name no account can have: what
// anybody else proposes is never taken for ours, for its lock may say of its weights whatever it likes.
func (t *Target) ours(author string) bool {
	if t.Account != nil {
		return strings.EqualFold(author, t.Account.Name)
	}
	return author != "" && !account.MatchString(author)
}

// proposes tells whether the result is to be a pull request.
func (t *Target) proposes() bool { return t.Pull != nil }

// contentRev is the revision that content goes up for.
func (t *Target) contentRev() string {
	switch {
	case t.Pull == nil:
		return t.Revision
	case t.Pull.Number == 0:
		return hub.NewPullRequest
	}
	return hub.PullRequestRef(t.Pull.Number)
}

// commit makes the one commit, on the branch or on a pull request, which is made before it and shown as ready after
// it. With a pull request the URL is that of its page.
func (s *Setup) commit(ctx context.Context, t *Target, cm hub.Commit, state *Stopped) (*hub.CommitResult, error) {
	fail := func(err error) (*hub.CommitResult, error) {
		state.Moved = errors.Is(err, hub.ErrConflict)
		state.Doubt = ctx.Err() != nil || errors.Is(err, hub.ErrNetwork) || errors.Is(err, hub.ErrAnswer)
		return nil, targetFault(t.Repo, err, "")
	}
	c := s.TargetHub()
	if !t.proposes() {
		result, err := c.Commit(ctx, t.Repo, t.Revision, cm)
		if err != nil {
			return fail(err)
		}
		return result, nil
	}
	if t.Pull.Number == 0 {
		if err := s.sameMain(ctx, t); err != nil {
			state.Moved = errors.Is(err, hub.ErrConflict)
			return nil, err
		}
		number, url, err := c.CreatePullRequest(ctx, t.Repo, cm.Summary, cm.Description)
		if err != nil {
			return fail(err)
		}
		t.Pull = &pull{Number: number, URL: url, Draft: true}
	}
	state.Pull = t.Pull
	result, err := c.Commit(ctx, t.Repo, hub.PullRequestRef(t.Pull.Number), cm)
	if err != nil {
		return fail(err)
	}
	if err := s.openPull(ctx, t, state); err != nil {
		return nil, err
	}
	result.URL = t.Pull.URL
	return result, nil
}

// sameMain refuses to make a pull request where main has moved since it was looked at: it would start there.
func (s *Setup) sameMain(ctx context.Context, t *Target) error {
	info, err := s.TargetHub().Repo(ctx, t.Repo)
	if err == nil && info.Commit != t.Parent {
		err = fmt.Errorf("%w: main is no longer at %.12s", hub.ErrConflict, t.Parent)
	}
	if err != nil {
		return targetFault(t.Repo, err, "")
	}
	return nil
}

// openPull shows a draft that has its commit as ready.
func (s *Setup) openPull(ctx context.Context, t *Target, state *Stopped) error {
	if !t.Pull.Draft {
		return nil
	}
	state.Pull, state.Landed = t.Pull, true
	if err := s.TargetHub().OpenPullRequest(ctx, t.Repo, t.Pull.Number); err != nil {
		return targetFault(t.Repo, err, "")
	}
	t.Pull.Draft = false
	return nil
}

// describePull says what will happen, or would.
func (t *Target) describePull(dry bool) string {
	will := "will"
	if dry {
		will = "would"
	}
	if t.Pull.Number == 0 {
		return fmt.Sprintf("%s exists; a pull request with one commit %s be opened", t.Repo, will)
	}
	return fmt.Sprintf("%s is yours; one commit %s be added", t.place(), will)
}

// noteOthers tells of proposals that this one does not replace.
func (m *Merge) noteOthers(numbers []int) {
	for _, n := range numbers {
		m.setup.UI.Line("note", "pull request %d of yours proposes another merge, and stays open", n)
	}
}
