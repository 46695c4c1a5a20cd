// Package verify repeats a published merge from its lock and compares every byte. It writes nothing.
//
// [Verify] finds the result, compares its files with the lock, plans the merge as it was planned, compares card and other
// small files, and then the weights: all of them, or a sample. Differences are a [Verdict], not an error.
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

// A Verdict is the result of a check.
type Verdict struct {
	Repo   string `json:"repo"`
	Commit string `json:"commit,omitempty"` // that was checked
	Plan   string `json:"plan"`             // hash in the lock
	Same   bool   `json:"same"`
	findings
	Shards  int      `json:"shards,omitempty"`  // of the model
	Tensors int      `json:"tensors,omitempty"` // of the model
	Sampled []string `json:"sampled,omitempty"` // the tensors that were compared, if not all
}

// findings are the differences and notes of a comparison.
type findings struct {
	Differ []string `json:"differ"` // each with its file first
	Notes  []string `json:"notes"`  // harmless differences
}

// differs is f with another difference.
func (f findings) differs(format string, args ...any) findings {
	return findings{append(slices.Clip(f.Differ), fmt.Sprintf(format, args...)), f.Notes}
}

// noted is f with another note.
func (f findings) noted(format string, args ...any) findings {
	return findings{f.Differ, append(slices.Clip(f.Notes), fmt.Sprintf(format, args...))}
}

// and is f with the findings of another comparison.
func (f findings) and(o findings) findings {
	return findings{append(slices.Clip(f.Differ), o.Differ...), append(slices.Clip(f.Notes), o.Notes...)}
}

// A check compares a published merge with the same merge made again.
type check struct {
	tools  pipeline.Tools
	at     pipeline.Result
	locked *lock.Lock
	edited bool // README.md differs from the lock

	again       pipeline.Prepared // the merge, planned from the lock
	sameVersion bool              // of lazymerge, whose wording may change
}

// Verify repeats the merge in a repo or folder with the config, options and source commits of its lock, and compares every byte. With
// sample above 0 it only compares that many random tensors, by ranges of the published files. r has the settings that are
// not in the lock. The error is for what cannot be compared; a merge that differs is a Verdict.
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
	found, edited, err := compareFiles(ctx, at, locked)
	if err != nil {
		return fail(err)
	}
	v := Verdict{Repo: at.Name, Commit: at.Commit, Plan: locked.Plan, findings: found}
	t.UI.Line("lock", "%s of %s, made by lazymerge %s, plan %s", say.N(len(locked.Files), "file"), at.Place(), locked.Tool, say.PlanID(locked.Plan))
	if len(v.Differ) > 0 {
		return v, nil // the published files are not those that were made
	}
	asked, err := r.Again(ctx, at, locked)
	if err != nil {
		return Verdict{}, err
	}
	asked.AllowSecrets = true // it is public already
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
	if v.findings = found.and(made); len(v.Differ) > 0 {
		if err := c.movedOn(ctx); err != nil {
			return Verdict{}, err
		}
	}
	v.Same, v.Sampled = len(v.Differ) == 0, sampled
	return v, nil
}

// compare compares plan, small files and weights, the cheapest first. sampled are the tensors that were compared, if not all.
func (c check) compare(ctx context.Context, sample int) (found findings, sampled []string, err error) {
	m := c.again.Merge
	if m.Plan.Hash != c.locked.Plan {
		return found.differs("%s: config, options and sources give plan %s, but the lock says %s", lock.Name, say.PlanID(m.Plan.Hash), say.PlanID(c.locked.Plan)), nil, nil
	}
	found = c.compareSources(ctx)
	made, err := c.compareMade(ctx)
	if err != nil {
		return found, nil, pipeline.VerifyFault(c.at.Name, err)
	}
	var weights findings
	switch found = found.and(made); {
	case len(found.Differ) > 0: // the weights cannot change that
	case sample > 0 && sample < len(m.Plan.Outputs):
		weights, sampled, err = c.sample(ctx, sample)
	default:
		weights, err = c.compareAll(ctx)
	}
	return found.and(weights), sampled, err
}

// movedOn is a fault if a source was merged from a folder and is different on the Hub, so merging that proves nothing: its
// commit was unknown then, or its files other than weights lead to another plan.
func (c check) movedOn(ctx context.Context) error {
	r, m := c.again.Request, c.again.Merge
	for i, src := range m.Sources {
		pin := r.Pins[i]
		if !src.WasFolder(pin) || pin.Commit != "" && m.Plan.Hash == c.locked.Plan {
			continue
		}
		digest, err := plan.Digest(ctx, src.Model.Files)
		if err == nil && digest != pin.Digest {
			err = fmt.Errorf("%w: folder %s was merged, but %s is %s", source.ErrMoved, say.CommitID(pin.Digest), src.Pinned(), say.CommitID(digest))
		}
		if err != nil {
			return source.Fault(src.Ref, r.Name, err)
		}
	}
	return nil
}

// namedFolders reports whether some source was a folder, whose card and terms files may have differed from those on the Hub.
func (c check) namedFolders() bool {
	for i, src := range c.again.Merge.Sources {
		if src.WasFolder(c.again.Request.Pins[i]) {
			return true
		}
	}
	return false
}
