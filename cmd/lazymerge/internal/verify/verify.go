// Package verify makes a published merge again from its lock, and compares every byte. It writes nothing.
//
// [Verify] finds the result, compares its files with what the lock lists, plans the merge as it was planned, compares what the card and the other
// small files say, and then the weights: all of them, or a sample. What differs is a [Verdict], not an error.
package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Verdict is what a published merge was found to be.
type Verdict struct {
	Repo    string   `json:"repo"`
	Commit  string   `json:"commit,omitempty"` // that was looked at
	Plan    string   `json:"plan"`             // hash that the lock names
	Same    bool     `json:"same"`
	Differ  []string `json:"differ"`            // what is not as it should be, each with its file first
	Notes   []string `json:"notes"`             // what differs and need not worry anybody
	Shards  int      `json:"shards,omitempty"`  // of the model
	Tensors int      `json:"tensors,omitempty"` // of the model
	Sampled []string `json:"sampled,omitempty"` // the tensors that were compared, where not all were
}

// findings are what a comparison found.
type findings struct {
	differ []string // each with its file first
	notes  []string
}

// differs is f with another difference.
func (f findings) differs(format string, args ...any) findings {
	return findings{append(slices.Clone(f.differ), fmt.Sprintf(format, args...)), f.notes}
}

// noted is f with another note.
func (f findings) noted(format string, args ...any) findings {
	return findings{f.differ, append(slices.Clone(f.notes), fmt.Sprintf(format, args...))}
}

// and is f with what another comparison found.
func (f findings) and(o findings) findings {
	return findings{slices.Concat(f.differ, o.differ), slices.Concat(f.notes, o.notes)}
}

// verdict is v with what was found.
func (f findings) verdict(v Verdict) Verdict {
	judged := v
	judged.Differ, judged.Notes = append([]string{}, f.differ...), append([]string{}, f.notes...)
	return judged
}

// A check is a published merge that is being compared.
type check struct {
	tools  pipeline.Tools
	at     pipeline.Result
	locked *lock.Lock
	edited bool // README.md is not the one that the lock lists

	again       pipeline.Prepared // the merge, planned as the lock has it
	sameVersion bool              // of lazymerge, which words of its own depend on
}

// Verify makes a merge in a repo or a folder again from its lock, with its config, options and the commits of its sources, and
// compares every byte. With sample above 0 it compares of the weights only that many tensors, drawn at
// random, by ranges of the published files. r says of the run what a lock does not. The error is for what cannot be compared; a merge
// that differs is a Verdict.
func Verify(ctx context.Context, t pipeline.Tools, r pipeline.Request, name, revision string, sample int) (Verdict, error) {
	at, err := pipeline.FindResult(ctx, t, name, revision)
	if err != nil {
		return Verdict{}, err
	}
	fail := func(err error) (Verdict, error) { return Verdict{}, pipeline.VerifyFault(at.Name, err) }
	locked, err := lock.Read(ctx, at)
	if err != nil {
		if rev, ok := at.Files.(*hub.Revision); ok {
			err = target.Elsewhere(ctx, t.TargetHub(), rev, err)
		}
		return fail(err)
	}
	v := Verdict{Repo: at.Name, Commit: at.Commit, Plan: locked.Plan}
	found, edited, err := compareFiles(ctx, at, locked)
	if err != nil {
		return fail(err)
	}
	t.UI.Line("lock", "%s of %s, made by lazymerge %s, plan %s", say.N(len(locked.Files), "file"), at.Place(), locked.Tool, say.PlanID(locked.Plan))
	if len(found.differ) > 0 {
		return found.verdict(v), nil // what is published is not what was made, whatever that was
	}
	asked, err := r.Again(ctx, at, locked)
	if err != nil {
		return Verdict{}, err
	}
	asked.AllowSecrets = true // for it is published already
	again, err := pipeline.Prepare(ctx, t, asked)
	if err != nil {
		return Verdict{}, err
	}
	m := again.Merge
	for _, src := range m.Sources {
		t.UI.Line("source", "%s", src.Pinned())
	}
	v.Shards, v.Tensors = len(m.Plan.Shards), len(m.Plan.Outputs)
	t.UI.Line("plan", "%s", report.Headline(m.Plan))
	c := check{tools: t, at: at, locked: locked, edited: edited, again: again, sameVersion: r.Tool == locked.Tool}
	made, sampled, err := c.compare(ctx, sample)
	if err != nil {
		return Verdict{}, err
	}
	if found = found.and(made); len(found.differ) > 0 {
		if err := c.movedOn(ctx); err != nil {
			return Verdict{}, err
		}
	}
	v.Same, v.Sampled = len(found.differ) == 0, sampled
	return found.verdict(v), nil
}

// compare compares plan, small files and weights, in the order of what they cost. sampled are the tensors that stand for all.
func (c check) compare(ctx context.Context, sample int) (found findings, sampled []string, err error) {
	m := c.again.Merge
	if m.Plan.Hash != c.locked.Plan {
		return found.differs("%s: config, options and sources give plan %s, and the lock says %s", lock.Name, say.PlanID(m.Plan.Hash), say.PlanID(c.locked.Plan)), nil, nil
	}
	found = c.compareSources(ctx)
	made, err := c.compareMade(ctx)
	if err != nil {
		return found, nil, pipeline.VerifyFault(c.at.Name, err)
	}
	var weights findings
	switch found = found.and(made); {
	case len(found.differ) > 0: // no weights are needed to tell
	case sample > 0 && sample < len(m.Plan.Outputs):
		weights, sampled, err = c.sample(ctx, sample)
	default:
		weights, err = c.compareAll(ctx)
	}
	return found.and(weights), sampled, err
}

// movedOn is the fault of a source that was merged from a folder and is something else on the Hub, so that a merge of that shows nothing: one
// whose commit nobody could find then, or whose other files than weights make another plan.
func (c check) movedOn(ctx context.Context) error {
	r, m := c.again.Request, c.again.Merge
	for i, src := range m.Sources {
		pin := r.Pins[i]
		if !src.WasFolder(pin) || pin.Commit != "" && m.Plan.Hash == c.locked.Plan {
			continue
		}
		digest, err := plan.Digest(ctx, src.Model.Files)
		if err == nil && digest != pin.Digest {
			err = fmt.Errorf("%w: a folder %s was merged, and %s is %s", source.ErrMoved, say.CommitID(pin.Digest), src.Pinned(), say.CommitID(digest))
		}
		if err != nil {
			return source.Fault(src.Ref, r.Name, err)
		}
	}
	return nil
}

// namedFolders tells whether some source was a folder, whose own card and terms of use may have been others than those on the Hub.
func (c check) namedFolders() bool {
	for i, src := range c.again.Merge.Sources {
		if src.WasFolder(c.again.Request.Pins[i]) {
			return true
		}
	}
	return false
}
