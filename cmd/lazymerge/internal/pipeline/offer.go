package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// An Offer is what publishing a merge would come to.
type Offer struct {
	Prepared // with the commits of what its sources are published as, and all warnings so far
	To       Publishing
	Hub      target.Hub // that is published to
	Target   target.Target
	Held     target.Held  // what Target holds
	Known    render.Known // of the result, where Held is a merge of the same plan
	Page     render.Page
	Others   []int // open pull requests of ours that propose other merges

	Unchanged bool // Held is this very merge: there is nothing to do

	renderer render.Renderer
}

// propose looks at what the target holds, renders the card, and refuses what must not be published, all of it at once. It
// changes nothing. Where the result is to be proposed, the offer's Target is that of an open pull request of ours which has this merge
// already.
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

// offerAt is the offer for a target. What the sources' names and files tell others is looked at unless it was.
func offerAt(ctx context.Context, t Tools, p Prepared, at target.Target, lookedAt bool) (Offer, error) {
	to := *p.Request.Publish
	publisher := t.publisher(to)
	held, err := publisher.Held(ctx, at)
	if err != nil {
		return Offer{}, err
	}
	var known render.Known
	if held.Lock != nil && held.Lock.Plan == p.Merge.Plan.Hash { // it has the same bytes
		known = render.Known{Norm: held.Lock.Norm, Inherited: held.Lock.Inherited, Evaluation: held.Evaluation}
	}
	if to.Evaluation != nil {
		known.Evaluation = to.Evaluation
	}
	told := lookedAt || to.CardOnly // the sources of a published merge are
	named, err := p.lookAtNames(ctx, t, held.Lock, told)
	if err != nil {
		return Offer{}, err
	}
	renderer, err := render.New(named.Merge)
	var page render.Page
	if err == nil {
		page, err = renderer.Render(render.Place{Repo: at.Repo, Revision: at.Revision}, known)
	}
	if err == nil {
		err = named.checkSecrets(t, page.Own)
	}
	var private error
	if !to.PublishConfig {
		private = privacy.CheckNames(ctx, t.Hub, named.Merge.Recipe, named.Merge.Sources)
	}
	if err := errors.Join(private, at.CheckVisibility(t.Caller, to.Private), err); err != nil {
		return Offer{}, refuse([]error{err}, named.Warnings)
	}
	o := Offer{Prepared: named, To: to, Hub: publisher, Target: at, Held: held, Known: known, Page: page, renderer: renderer}
	o.Unchanged = o.isHeld()
	return o, nil
}

// lookAtNames is p with the commits of what its sources are published as, as far as the lock of an earlier merge tells or the Hub does. It refuses
// names, paths and comments that tell others what is nobody's business. What is told to others already it only asks the lock.
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

// isHeld tells whether the target holds this very merge, so that publishing it again would change nothing that counts.
func (o Offer) isHeld() bool {
	same := o.shards() != nil && o.Held.Lock.Config == lock.Sum(o.Merge.Config) && sameTerms(o.Held, o.Merge.Terms) && o.holdsScores()
	return same && (o.keptCard() != nil || !o.Held.Edited && o.Held.Sum(lock.Readme) == lock.Sum(o.Page.Card))
}

// shards are the sha256 of every shard where the target holds the very same ones; nil otherwise.
func (o Offer) shards() []string { return o.Held.Shards(o.Merge.Plan) }

// sameTerms tells whether the merge that is held has the very files on terms of use that the result has.
func sameTerms(held target.Held, terms license.Terms) bool {
	for _, f := range terms.Files {
		if held.Sum(f.Path) != lock.Sum(f.Data) {
			return false
		}
	}
	return !slices.ContainsFunc(held.Lock.Files, func(f lock.File) bool { return plan.IsTerms(f.Path) && !terms.Has(f.Path) })
}

// holdsScores tells whether the merge that is held has the very files of scores that the result has.
func (o Offer) holdsScores() bool {
	files, err := render.EvaluationFiles(o.Known.Evaluation)
	if err != nil {
		return false
	}
	for _, f := range files {
		if o.Held.Sum(f.Path) != lock.Sum(f.Data) {
			return false
		}
	}
	return true
}

// keptCard is the README.md of the target where a push leaves it as it is, for somebody wrote it or edited it since it was
// published; nil where the push writes one.
func (o Offer) keptCard() []byte {
	if o.To.ReplaceCard || !o.Held.KeepsCard() {
		return nil
	}
	return o.Held.Readme
}

// keeps tells whether the push leaves the target's card as it is. An update of the card, which does nothing else, is refused then, and a dry run
// of it shows the new one.
func (o Offer) keeps() bool { return o.keptCard() != nil && !o.To.CardOnly }

// Picture is that of the card; nil for a method whose numbers do not tell.
func (o Offer) Picture() *chart.Picture { return o.renderer.Picture() }
