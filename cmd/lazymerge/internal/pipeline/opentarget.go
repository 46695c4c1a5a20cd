package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// openTarget creates what does not exist yet, the repo or the branch, and says so.
func (s *Setup) openTarget(ctx context.Context, t *Target, private bool, state *Stopped) error {
	fail := func(err error) error { return targetFault(t.Repo, err, "") }
	if !t.Exists {
		created, err := s.TargetHub().CreateRepo(ctx, t.Repo, private)
		if err != nil {
			return fail(err)
		}
		state.Created, state.Opened = created, true
		if err := s.checkOpened(ctx, t, private, created); err != nil {
			return err
		}
	}
	state.Opened = true
	if t.Parent == "" {
		if t.Revision != "main" {
			if err := s.TargetHub().CreateBranch(ctx, t.Repo, t.Revision, ""); err != nil {
				return fail(err)
			}
			state.Branched = true
		}
		info, err := s.TargetHub().RepoAt(ctx, t.Repo, t.Revision)
		if err != nil {
			return fail(err)
		}
		t.Parent, t.Files = info.Commit, info.Siblings
	}
	s.UI.Line("target", "%s", t.describe(t.Private, false))
	if state.Created && t.Private && !private {
		s.UI.Line("note", "the Hub made %s private, though a public repo was asked for; its settings change that: %s/settings", t.Repo, s.TargetHub().Page(t.Repo))
	}
	return nil
}

// checkOpened looks at a repo that did not exist a moment ago, before the first byte goes to it. Somebody else may have created it since, or
// the Hub may have made it otherwise than it was asked to. It is never deleted: it may be somebody else's.
func (s *Setup) checkOpened(ctx context.Context, t *Target, private, created bool) error {
	info, err := s.TargetHub().Repo(ctx, t.Repo)
	if err != nil {
		return targetFault(t.Repo, err, "")
	}
	t.Private = info.Private
	switch {
	case private && !info.Private && created:
		return targetFault(t.Repo, errors.New(s.Caller.Flag("private")+" asked for a private repo, and the Hub created a public one"),
			fmt.Sprintf("make it private on %s/settings, or delete it there, then %s", s.TargetHub().Page(t.Repo), s.Caller.Again()))
	case private && !info.Private:
		return targetFault(t.Repo, fmt.Errorf("%w: it was created by somebody else just now, and it is public, which %s does not allow", hub.ErrConflict, s.Caller.Flag("private")),
			"publish to another repo, or make it private in its settings on the Hub")
	case created:
		return nil
	}
	t.Exists, t.Branch = true, t.Revision == "main"
	if files := slices.DeleteFunc(slices.Clone(info.Siblings), func(name string) bool { return name == ".gitattributes" }); len(files) > 0 {
		return targetFault(t.Repo, fmt.Errorf("%w: it was created by somebody else just now, and it holds %s", hub.ErrConflict, say.List(files)),
			s.Caller.SameAgain()+", which looks at what is there")
	}
	return nil
}
