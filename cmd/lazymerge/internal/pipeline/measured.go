package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// checkMeasured refuses scores of a commit of the target that holds another merge than rev, whose lock is given.
func (s *Setup) checkMeasured(ctx context.Context, repo string, rev *hub.Revision, locked *lock.Lock, m *card.Measured) error {
	at := cmp.Or(m.Commit, m.Revision, "main")
	if m.Served() || at == rev.Commit { // a server does not tell its commit
		return nil
	}
	other, err := s.TargetHub().Resolve(ctx, repo, at)
	if err == nil && other.Commit == rev.Commit {
		return nil
	}
	var then *lock.Lock
	if err == nil {
		then, err = lock.Read(ctx, other)
	}
	switch {
	case err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, fault.Lock):
		return updateFault(repo, err, "")
	case err != nil || then.Plan != locked.Plan:
		return updateFault(repo, fmt.Errorf("the scores are of its revision %.80s, which does not hold this merge", at),
			"measure the merge that is there now; if both have the same weights, write --eval-of "+repo)
	}
	return nil
}

// unshown warns where a template leaves out the scores that are added.
func (m *Merge) unshown(repo string, e *card.Evaluation) (recipe.Faults, error) {
	if e == nil || m.template == "" {
		return nil, nil
	}
	before := m.known.Evaluation
	defer func() { m.known.Evaluation = before }()
	var cards [2][]byte
	for i, known := range []*card.Evaluation{nil, e} {
		m.known.Evaluation = known
		var err error
		if cards[i], err = m.Card(repo, m.branch); err != nil {
			return nil, err
		}
	}
	if string(cards[0]) != string(cards[1]) {
		return nil, nil
	}
	return recipe.Faults{{File: m.setup.Template, Warning: true, Code: "template",
		Message: "the template shows no scores: they are published in " + lock.Evaluation + ", but not in the card",
		Hint:    "range over {{scores .Evaluation}} in it, as the default template does"}}, nil
}

// holdsScores tells whether the earlier merge has the very files of scores that m has.
func (e *Earlier) holdsScores(m *Merge) bool {
	files, err := evaluationFiles(m.known.Evaluation)
	if err != nil {
		return false
	}
	for _, f := range files {
		if e.sum(f.Path) != lock.Sum(f.Data) {
			return false
		}
	}
	return true
}
