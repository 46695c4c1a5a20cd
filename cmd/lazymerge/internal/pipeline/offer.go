package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// An Offer is what publishing a merge would do.
type Offer struct {
	Prepared // with the commits of its sources' published names, and all warnings so far
	To       Publishing
	Hub      target.Hub // to publish to
	Target   target.Target
	Held     target.Held  // what Target holds
	Known    render.Known // about the result, if Held is a merge of the same plan
	Page     render.Page
	Others   []int // open pull requests of ours with other merges

	Unchanged bool // Held is this same merge: there is nothing to do
}

// propose looks at what the target holds, renders the card, and refuses what must not be published, all at once. It changes
// nothing. If an open pull request of ours has this merge already, it is the offer's Target.
func propose(ctx context.Context, t Tools, p Prepared, at target.Target) (Offer, error) {
	o, err := offerAt(ctx, t, p, at, false)
	if err != nil || o.Unchanged {
		return o, err
	}
	if err := (gate{t.UI, p.Request.Strict}).check(o.Warnings); err != nil && !o.To.CardOnly {
		return Offer{}, err
	}
	found, ok, others, err := o.Hub.FindPull(ctx, at, p.Merge.Plan)
	if err != nil {
		return Offer{}, err
	}
	if ok {
		if o, err = offerAt(ctx, t, o.Prepared, found, true); err != nil {
			return Offer{}, err
		}
	}
	o.Others = others
	return o, nil
}

// offerAt is the offer for a target. It checks what the sources' names and files reveal unless that is done.
func offerAt(ctx context.Context, t Tools, p Prepared, at target.Target, lookedAt bool) (Offer, error) {
	to := *p.Request.Publish
	publisher := t.publisher(to)
	held, err := publisher.Held(ctx, at)
	if err != nil {
		return Offer{}, err
	}
	var known render.Known
	if held.MadeBy(p.Merge.Plan) {
		known = render.Known{Norm: held.Lock.Norm, Inherited: held.Lock.Inherited, Evaluation: held.Evaluation}
	}
	if to.Evaluation != nil {
		known.Evaluation = to.Evaluation
	}
	told := lookedAt || to.CardOnly // as the merge is published
	named, err := p.lookAtNames(ctx, t, held.Lock, told)
	if err != nil {
		return Offer{}, err
	}
	page, err := named.renderAt(t, render.Place{Repo: at.Repo, Revision: at.Revision}, known)
	var private error
	if !to.PublishConfig {
		private = privacy.CheckNames(ctx, t.Hub, named.Merge.Recipe, named.Merge.Sources)
	}
	if err := errors.Join(private, at.CheckVisibility(t.Caller, to.Private), err); err != nil {
		return Offer{}, refuse([]error{err}, named.Warnings)
	}
	o := Offer{Prepared: named, To: to, Hub: publisher, Target: at, Held: held, Known: known, Page: page}
	o.Unchanged = o.isHeld()
	return o, nil
}

// lookAtNames is p with the commits of its sources' published names, from the lock of an earlier merge or the Hub. It refuses
// names, paths and comments that reveal something private. What is told already is only looked up in the lock.
func (p Prepared) lookAtNames(ctx context.Context, t Tools, earlier *lock.Lock, told bool) (Prepared, error) {
	m := p.Merge
	sources, recalled := privacy.Recall(m.Sources, earlier)
	warnings := p.Warnings
	if !told {
		accepted := p.Request.Publish.PublishConfig
		known, unsure, err := privacy.LookUp(ctx, t.Hub, m.Recipe.File, sources, recalled)
		carried, carriedErr := privacy.CheckPaths(ctx, p.Request.Name, m.Plan.Files, sources, accepted)
		warnings = slices.Concat(warnings, unsure, carried)
		if err := errors.Join(err, carriedErr); err != nil {
			return Prepared{}, refuse([]error{err}, warnings)
		}
		if sources = known; !accepted {
			warnings = slices.Concat(warnings, privacy.Comments(m.Recipe, sources))
		}
	}
	named := p
	named.Warnings = warnings
	named.Merge.Sources = sources
	return named, nil
}

// isHeld tells whether the target holds this same merge, so that publishing it again would change nothing that matters.
func (o Offer) isHeld() bool {
	scores, err := render.EvaluationFiles(o.Known.Evaluation)
	if err != nil || o.shards() == nil || o.Held.Lock.Config != lock.Sum(o.Merge.Config) {
		return false
	}
	differs := func(f source.SmallFile) bool { return o.Held.Sum(f.Path) != lock.Sum(f.Data) }
	dropped := func(f lock.File) bool { return plan.IsTerms(f.Path) && !o.Merge.Terms.Has(f.Path) }
	if slices.ContainsFunc(scores, differs) || slices.ContainsFunc(o.Merge.Terms.Files, differs) || slices.ContainsFunc(o.Held.Lock.Files, dropped) {
		return false
	}
	return o.keptCard() != nil || !o.Held.Edited && o.Held.Sum(lock.Readme) == lock.Sum(o.Page.Card)
}

// shards are the sha256 of every shard if the target holds them all; nil otherwise.
func (o Offer) shards() []string { return o.Held.Shards(o.Merge.Plan) }

// keptCard is the README.md of the target if a push leaves it alone because someone wrote or edited it; nil otherwise.
func (o Offer) keptCard() []byte {
	if o.To.ReplaceCard || !o.Held.KeepsCard() {
		return nil
	}
	return o.Held.Readme
}

// keeps tells whether the push leaves the target's card alone. An update of just the card is refused instead, and its dry run shows
// the new one.
func (o Offer) keeps() bool { return o.keptCard() != nil && !o.To.CardOnly }

// Picture is the card's; nil if the method has none.
func (o Offer) Picture() *chart.Picture { return o.Page.Picture }

// replaces tells whether another merge is held, which goes.
func (o Offer) replaces() bool { return o.Held.Lock != nil && !o.Held.MadeBy(o.Merge.Plan) }
