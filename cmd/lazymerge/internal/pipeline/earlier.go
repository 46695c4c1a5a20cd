package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Earlier is the merge that a target holds already.
type Earlier struct {
	Lock   lock.Lock
	Edited bool   // its README.md is not the one that was published with it
	Readme []byte // what it is then

	Evaluation *card.Evaluation // of it; nil where it has not been evaluated

	lockSum string // sha256 of the file that Lock was read from
}

// findEarlier reads the lock file of the target, where it has one. A lock that cannot be read counts as
// none: then everything is published anew, but for a README that says something.
func (s *Setup) findEarlier(ctx context.Context, t *Target) (*Earlier, error) {
	if t.Parent == "" || !slices.Contains(t.Files, lock.Name) && !slices.Contains(t.Files, lock.Readme) {
		return nil, nil
	}
	rev, err := s.TargetHub().Resolve(ctx, t.Repo, t.Parent)
	if err != nil {
		return nil, targetFault(t.Repo, err, "")
	}
	earlier, err := s.readEarlier(ctx, t, rev)
	t.OwnCard, t.Generated = nil, ""
	switch {
	case err != nil:
	case earlier != nil:
		t.Generated = card.Generator(earlier.Readme)
	default:
		if t.OwnCard, err = ownCard(ctx, rev); err == nil {
			t.Generated = card.Generator(t.OwnCard)
		}
	}
	if err != nil {
		return nil, targetFault(t.Repo, err, "")
	}
	return earlier, nil
}

// ownCard is the README of a repo if it has more than front matter, as one that the Hub made with the repo has not; nil otherwise.
func ownCard(ctx context.Context, rev *hub.Revision) ([]byte, error) {
	readme, err := plan.ReadFile(ctx, rev, lock.Readme, lock.MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, body, err := card.FrontMatter(readme); err == nil && len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	return readme, nil
}

func (s *Setup) readEarlier(ctx context.Context, t *Target, rev *hub.Revision) (*Earlier, error) {
	if !slices.Contains(t.Files, lock.Name) {
		return nil, nil
	}
	text, err := plan.ReadFile(ctx, rev, lock.Name, lock.MaxLock)
	if err != nil {
		return nil, err
	}
	e := &Earlier{lockSum: lock.Sum(text)}
	if json.Unmarshal(text, &e.Lock) != nil || e.Lock.Format != lock.Format {
		return nil, nil
	}
	if published := e.sum(lock.Readme); published != "" && slices.Contains(t.Files, lock.Readme) {
		readme, err := plan.ReadFile(ctx, rev, lock.Readme, lock.MaxLock)
		if err != nil {
			return nil, err
		}
		if e.Edited = lock.Sum(readme) != published; e.Edited {
			e.Readme = readme
		}
	}
	e.Evaluation, err = readEvaluation(ctx, rev, &e.Lock)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// sum is the sha256 of one of the earlier merge's files, or "".
func (e *Earlier) sum(path string) string { return e.Lock.Sum(path) }

// keepsCard tells whether the target's README is somebody's own, and stays unless it is asked to go. What another tool has generated is nobody's.
func (t *Target) keepsCard(e *Earlier) bool {
	return t.Generated == "" && (t.OwnCard != nil || e != nil && e.Edited)
}

// has tells whether t, where e was found, holds a file with these bytes, as far as e says.
func (e *Earlier) has(t *Target, path, sum string) bool {
	switch {
	case e == nil || !slices.Contains(t.Files, path):
		return false
	case path == lock.Name:
		return e.lockSum == sum
	case path == lock.Readme && e.Edited:
		return false
	}
	return e.sum(path) == sum
}

// shards returns the sha256 of every shard of m where e holds the very same ones: one plan makes
// one result. It is nil otherwise.
func (e *Earlier) shards(m *Merge, t *Target) []string {
	if e == nil || e.Lock.Plan != m.Plan.Hash {
		return nil
	}
	var sums []string
	for _, s := range m.Plan.Shards {
		sum := e.sum(s.Name)
		if sum == "" || !slices.Contains(t.Files, s.Name) {
			return nil
		}
		sums = append(sums, sum)
	}
	return sums
}

// unchanged tells whether publishing m again would change nothing that counts: plan, config and terms of use
// are those of the earlier merge.
func (e *Earlier) unchanged(m *Merge, t *Target) bool {
	return e.shards(m, t) != nil && e.Lock.Config == lock.Sum(m.Config()) && e.sameTerms(m)
}

// sameTerms tells whether the earlier merge has the very files on terms of use that m has.
func (e *Earlier) sameTerms(m *Merge) bool {
	for _, f := range m.terms.Files {
		if e.sum(f.Path) != lock.Sum(f.Data) {
			return false
		}
	}
	return !slices.ContainsFunc(e.Lock.Files, func(f lock.File) bool { return plan.IsTerms(f.Path) && !m.terms.Has(f.Path) })
}
