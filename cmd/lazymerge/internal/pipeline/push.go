package pipeline

import (
	"context"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Run is how far a push came; later steps are nil.
type Run struct {
	Prepared  *Prepared
	Target    *target.Target
	Offer     *Offer
	Outcome   *Outcome // of the shards that were made, even before an error
	Published *Published
}

// Published is the result of a push.
type Published struct {
	Repo   string
	Commit string // 40 hex digits; "" after a dry run
	URL    string // of the commit, or of its pull request
	Pull   int    // number of the pull request; 0 for a commit on a branch
	Plan   string // hash
	Card   []byte // as generated
	Kept   []byte // README.md of the repo if it stays in place of Card; nil otherwise

	Unchanged bool // the target held this same merge already
	Warnings  recipe.Faults
}

// Readme is the card the repo has after the push, or would have.
func (p *Published) Readme() []byte {
	if p.Kept != nil {
		return p.Kept
	}
	return p.Card
}

// Push publishes the merge of r: each shard is uploaded when ready, and the repo changes once, at the end. Everything that can be
// refused is refused before the repo is created. A dry run has no Commit, URL or Pull. An error comes with how far the push came;
// once the target was changed it is a *[Stopped].
func Push(ctx context.Context, t Tools, r Request) (Run, error) {
	p, at, err := prepareFor(ctx, t, r)
	if err != nil {
		return Run{}, err
	}
	return pushPrepared(ctx, t, p, at)
}

// prepareFor prepares r and looks at its target.
func prepareFor(ctx context.Context, t Tools, r Request) (Prepared, target.Target, error) {
	var at target.Target
	p, err := Prepare(ctx, t, r, func(ctx context.Context) (err error) {
		at, err = t.publisher(*r.Publish).Look(ctx, r.Publish.Repo, r.Publish.Revision, r.Publish.Replace)
		return err
	})
	return p, at, err
}

// Preflight prepares r and does all checks of a push before it would create anything.
func Preflight(ctx context.Context, t Tools, r Request) (Offer, error) {
	p, at, err := prepareFor(ctx, t, r)
	if err != nil {
		return Offer{}, err
	}
	o, err := propose(ctx, t, p, at)
	if err != nil || o.Unchanged {
		return o, err
	}
	found, err := o.check(ctx, t)
	if err != nil {
		return Offer{}, refuse([]error{err}, o.Warnings)
	}
	told := o
	told.Warnings = slices.Concat(o.Warnings, found.warnings)
	return told, gate{t.UI, r.Strict}.check(told.Warnings)
}

// pushPrepared is Push once prepared.
func pushPrepared(ctx context.Context, t Tools, p Prepared, at target.Target) (Run, error) {
	run := Run{Prepared: &p, Target: &at}
	o, err := propose(ctx, t, p, at)
	if err != nil {
		return run, err
	}
	run.Prepared, run.Offer = &o.Prepared, &o
	if err := o.checkCardOnly(); err != nil {
		return run, err
	}
	if o.Unchanged && !o.To.DryRun {
		run.Published, err = o.holdsAlready(ctx, t)
		return run, err
	}
	run.Published, run.Outcome, err = o.publish(ctx, t)
	return run, err
}

// publish shows what will be done, and does it unless this is a dry run. The outcome is nil if no shards are made.
func (o Offer) publish(ctx context.Context, t Tools) (*Published, *Outcome, error) {
	g := gate{t.UI, o.Request.Strict}
	if err := o.summary(t, g, o.shards() == nil); err != nil {
		return nil, nil, err
	}
	ready := o
	if !o.To.DryRun {
		whole, err := o.whole(ctx, t, o.Page.Own)
		if err != nil {
			return nil, nil, err
		}
		ready.Prepared = whole
	}
	found, err := ready.check(ctx, t)
	if err == nil {
		err = g.pass(found.warnings)
	}
	if err != nil {
		return nil, nil, err
	}
	ready.Warnings = slices.Concat(o.Warnings, found.warnings)
	o.tellCard(t.UI, found.card)
	work, leave, err := local.WorkDir(t.WorkDir, t.UI.Line)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	if o.To.DryRun {
		return ready.rehearse(t), nil, nil
	}
	o.noteOthers(t)
	return ready.commit(ctx, t, work, found.modes)
}

// rehearse is what a dry run does instead of publishing.
func (o Offer) rehearse(t Tools) *Published {
	if o.Unchanged {
		t.UI.Line("target", "%s already holds this merge; nothing would change", o.Target.Place())
	} else {
		t.UI.Line("target", "%s", o.Target.Describe(o.To.Private, o.replaces(), true))
		o.noteOthers(t)
	}
	if note := o.Target.AccessNote(); note != "" {
		t.UI.Line("note", "%s", note)
	}
	return o.published(target.Landed{})
}

// published is the result of a push of o.
func (o Offer) published(landed target.Landed) *Published {
	p := &Published{Repo: o.Target.Repo, Commit: landed.Commit, URL: landed.URL, Plan: o.Merge.Plan.Hash, Card: o.Page.Card, Kept: o.keptCard(), Warnings: o.Warnings}
	if landed.Pull != nil {
		p.Pull = landed.Pull.Number
	}
	return p
}

// holdsAlready is the result of a push that finds its merge already there. A pull request that was not yet marked as ready is
// marked now.
func (o Offer) holdsAlready(ctx context.Context, t Tools) (*Published, error) {
	at := o.Target
	draft := at.Proposes() && at.Pull.Draft
	left := map[bool]string{false: "nothing to do", true: "only marking it as ready is left"}[draft]
	t.UI.Line("plan", "%s is already in %s; %s", say.PlanID(o.Merge.Plan.Hash), at.Place(), left)
	landed := target.Landed{Commit: at.Parent, URL: o.Hub.Client.Page(at.Repo) + "/commit/" + at.Parent}
	if at.Proposes() && at.Pull.Number != 0 {
		shown, err := o.Hub.ShowPull(ctx, at.Repo, *at.Pull)
		if err != nil {
			stopped := o.stopped(target.Opened{Target: at})
			return nil, stopped.after(shown, err)
		}
		landed.URL, landed.Pull = shown.URL, shown.Pull
	}
	p := o.published(landed)
	p.Unchanged = !draft
	return p, nil
}

// noteOthers mentions proposals that this one does not replace.
func (o Offer) noteOthers(t Tools) {
	for _, n := range o.Others {
		t.UI.Line("note", "your pull request %d proposes another merge and stays open", n)
	}
}

// summary prints what a push or merge is about to do, and passes its warnings; cost is false if the weights are already there.
func (p Prepared) summary(t Tools, g gate, cost bool) error {
	m := p.Merge
	t.UI.Line("plan", "%s", report.Headline(m.Plan))
	if c := m.Plan.Cost; cost {
		t.UI.Line("cost", "read %s, write %s, memory %s, disk %s, %s at 100 MB/s",
			say.Bytes(c.ReadBytes), say.Bytes(c.WriteBytes), say.Bytes(c.Memory), say.Bytes(c.Disk), say.About(report.Estimate(m.Plan)))
	}
	t.UI.Line("license", "%s", license.Of(m.Sources, m.License, m.Terms).Sentence())
	return g.pass(p.Warnings)
}
