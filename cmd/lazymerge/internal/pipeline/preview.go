package pipeline

import (
	"context"
	"errors"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
)

// A Preview is what publishing a merge would come to.
type Preview struct {
	Target    *Target
	Options   PushOptions
	Card      []byte   // README.md
	Earlier   *Earlier // the merge that the target holds, nil for none
	Unchanged bool     // Earlier is this very merge: there is nothing to do
	checked   bool     // the Hub has accepted Card
	Others    []int    // open pull requests of ours that propose other merges
}

// Preview looks at what the target holds, renders the card, and refuses what must not be published, all of it at once. It
// changes nothing. Where the result is to be proposed, Target is that of an open pull request of ours which has this merge
// already.
func (m *Merge) Preview(ctx context.Context, target *Target, o PushOptions) (*Preview, error) {
	p, err := m.preview(ctx, target, o)
	if err != nil || p.Unchanged {
		return p, err
	}
	if err := m.strict(); err != nil && !o.CardOnly {
		return nil, err
	}
	if !target.proposes() {
		return p, nil
	}
	at, others, err := m.findPull(ctx, target)
	if err != nil {
		return nil, err
	}
	if at != target {
		if p, err = m.preview(ctx, at, o); err != nil {
			return nil, err
		}
	}
	p.Others = others
	return p, nil
}

func (m *Merge) preview(ctx context.Context, target *Target, o PushOptions) (*Preview, error) {
	earlier, err := m.setup.findEarlier(ctx, target)
	if err != nil {
		return nil, err
	}
	m.recall(earlier)
	if o.Evaluation != nil {
		m.known.Evaluation = o.Evaluation
	}
	var before *lock.Lock
	if earlier != nil {
		before = &earlier.Lock
	}
	var recalled []string
	m.Sources, recalled = privacy.Recall(m.Sources, before)
	if !o.CardOnly && !m.lookedAt { // the sources of a published merge are told already
		if err := errors.Join(m.checkNames(ctx, recalled), m.checkPaths(ctx, o.PublishConfig)); err != nil {
			return nil, m.refused([]error{err})
		}
		if !o.PublishConfig {
			m.Warnings = append(m.Warnings, privacy.Comments(m.Recipe, m.Sources)...)
		}
		m.lookedAt = true
	}
	readme, err := m.Card(target.Repo, target.Revision)
	if err == nil {
		_, err = m.beside(ctx, readme, false)
	}
	if err := errors.Join(m.checkPrivacy(ctx, o.PublishConfig), target.checkVisibility(m.setup.Caller, o.Private), err); err != nil {
		return nil, m.refused([]error{err})
	}
	p := &Preview{Target: target, Options: o, Card: readme, Earlier: earlier}
	p.Unchanged = earlier.unchanged(m, target) && earlier.holdsScores(m) && (p.keptCard() != nil || !earlier.Edited && earlier.sum(lock.Readme) == lock.Sum(readme))
	return p, nil
}

// Check asks what else a push would ask before it creates anything: whether the Hub takes the card, what it says of it,
// whether there is room for the shards that have to be made, and whether the repo lets every file in.
func (m *Merge) Check(ctx context.Context, p *Preview) error {
	if p.Unchanged {
		return nil
	}
	warnings, err := m.checkCard(ctx, p)
	if p.Earlier.shards(m, p.Target) == nil {
		err = errors.Join(err, m.needSpool())
	}
	err = errors.Join(err, m.checkModes(ctx, p))
	if err != nil {
		return m.refused([]error{err})
	}
	m.Warnings = append(m.Warnings, warnings...)
	return m.strict()
}

func (m *Merge) checkNames(ctx context.Context, recalled []string) error {
	sources, warnings, err := privacy.LookUp(ctx, m.setup.Hub, m.Recipe.File, m.Sources, recalled)
	if err == nil {
		m.Sources = sources
	}
	m.Warnings = append(m.Warnings, warnings...)
	return err
}

func (m *Merge) checkPaths(ctx context.Context, accepted bool) error {
	warnings, err := privacy.CheckPaths(ctx, m.setup.name(), m.Plan.Files, m.Sources, accepted)
	m.Warnings = append(m.Warnings, warnings...)
	return err
}

func (m *Merge) checkPrivacy(ctx context.Context, accepted bool) error {
	if accepted {
		return nil
	}
	return privacy.CheckNames(ctx, m.setup.Hub, m.Recipe, m.Sources)
}
