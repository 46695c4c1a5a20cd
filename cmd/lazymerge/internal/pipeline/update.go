package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// ErrOther is a repo that does not match its lock.
var ErrOther = errors.New("it does not hold what its lock lists")

// Update updates the card of a published merge, with the scores of r.Publish if given, in one commit or pull request. It reads and
// writes no weights.
func Update(ctx context.Context, t Tools, r Request) (*Published, error) {
	to := *r.Publish
	to.CardOnly, to.PublishConfig, to.Replace = true, true, true // it is published already
	at, err := t.publisher(to).Look(ctx, to.Repo, to.Revision, to.Replace)
	if err != nil {
		return nil, err
	}
	fail := func(err error, advice string) (*Published, error) {
		return nil, updateFault(at.Repo, err, advice)
	}
	switch {
	case at.Exists && !at.Branch:
		return fail(fmt.Errorf("it has no branch %s", at.Revision), "omit --revision for main, or use an existing branch")
	case at.Parent == "":
		return fail(hub.ErrNotFound, "")
	}
	rev, err := t.TargetHub().Resolve(ctx, at.Repo, at.Parent)
	if err != nil {
		return fail(err, "")
	}
	locked, err := lock.Read(ctx, rev)
	if err != nil {
		return fail(target.Elsewhere(ctx, t.TargetHub(), rev, err), "")
	}
	for _, f := range locked.Files {
		if got, ok := rev.File(f.Path); target.IsWeights(f.Path) && (!ok || got.SHA256 != "" && got.SHA256 != f.SHA256) {
			return fail(fmt.Errorf("%w: %s was changed", ErrOther, f.Path), "push the merge again")
		}
	}
	again, err := r.Again(ctx, resultIn(rev), locked)
	if err != nil {
		return nil, err
	}
	again.Publish = &to
	p, err := Prepare(ctx, t, again)
	if err != nil {
		return nil, err
	}
	if locked.Card.Template != "" && r.Template.Text == "" {
		return fail(errors.New("it was made with a custom template"), "pass that template with --template")
	}
	if p.Merge.Plan.Hash != locked.Plan {
		return fail(fmt.Errorf("%w: its config, options and sources give another plan", ErrOther), "push the merge again")
	}
	if to.Evaluation != nil {
		measured, warnings, err := withScores(ctx, t, p, rev, locked)
		if err != nil {
			return nil, err
		}
		if err := (gate{t.UI, r.Strict}).check(warnings); err != nil {
			return nil, err
		}
		p = measured
		p.Warnings = slices.Concat(p.Warnings, warnings)
	}
	run, err := pushPrepared(ctx, t, p, at)
	return run.Published, err
}

// withScores is p with scores that are known to be for the merge in rev, and warnings about them.
func withScores(ctx context.Context, t Tools, p Prepared, rev *hub.Revision, locked *lock.Lock) (Prepared, recipe.Faults, error) {
	to := *p.Request.Publish
	scores := *to.Evaluation
	scores.Plan = p.Merge.Plan.Hash
	to.Evaluation = &scores
	if to.Measured != nil {
		if err := checkMeasured(ctx, t.TargetHub(), rev, locked, to.Measured); err != nil {
			return Prepared{}, nil, err
		}
	}
	warnings, err := unshown(p.Merge, render.Place{Repo: rev.Repo, Revision: to.Revision}, &scores)
	measured := p
	measured.Request.Publish = &to
	return measured, warnings, err
}

// checkMeasured refuses scores for a commit of the target with another merge than rev, whose lock is given.
func checkMeasured(ctx context.Context, c *hub.Client, rev *hub.Revision, locked *lock.Lock, m *card.Measured) error {
	at := cmp.Or(m.Commit, m.Revision, "main")
	if m.Served() || at == rev.Commit { // a server does not tell its commit
		return nil
	}
	other, err := c.Resolve(ctx, rev.Repo, at)
	if err == nil && other.Commit == rev.Commit {
		return nil
	}
	var then *lock.Lock
	if err == nil {
		then, err = lock.Read(ctx, other)
	}
	switch {
	case err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, fault.Lock):
		return updateFault(rev.Repo, err, "")
	case err != nil || then.Plan != locked.Plan:
		return updateFault(rev.Repo, fmt.Errorf("the scores are for its revision %.80s, which does not hold this merge", at),
			"evaluate the merge that is there now; if both have the same weights, use --eval-of "+rev.Repo)
	}
	return nil
}

// unshown warns if a template omits the new scores.
func unshown(m render.Merge, at render.Place, e *card.Evaluation) (recipe.Faults, error) {
	if m.Template.Text == "" {
		return nil, nil
	}
	var cards [2]string
	for i, scores := range []*card.Evaluation{nil, e} {
		page, err := m.Render(at, render.Known{Evaluation: scores})
		if err != nil {
			return nil, err
		}
		cards[i] = string(page.Card)
	}
	if cards[0] != cards[1] {
		return nil, nil
	}
	return recipe.Faults{{File: m.Template.Path, Warning: true, Code: "template",
		Message: "the template shows no scores: they are published in " + lock.Evaluation + ", but not in the card",
		Hint:    "range over {{scores .Evaluation}} in it, as the default template does"}}, nil
}

// checkCardOnly refuses what an update of just the card cannot do. A dry run shows it.
func (o Offer) checkCardOnly() error {
	switch {
	case !o.To.CardOnly || o.To.DryRun:
	case o.shards() == nil:
		return updateFault(o.Target.Repo, fmt.Errorf("%w: some weights of its plan are missing", ErrOther), "push the merge again")
	case o.keptCard() != nil:
		return updateFault(o.Target.Repo, errors.New("README.md was edited since it was published"),
			"use --replace-card to write a new one, or --dry-run to print it")
	}
	return nil
}

// updateFault is a published merge whose card cannot be updated. Advice "" is the cause's.
func updateFault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Update, Subject: "card of " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}
