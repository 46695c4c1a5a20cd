package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/hub"
)

// ErrOther is a repo that holds something else than its lock says.
var ErrOther = errors.New("it does not hold what its lock lists")

// Update makes the card of a published merge again, with o.Evaluation where that is given, and publishes it in one commit or
// pull request. No weights are read or written.
func (s *Setup) Update(ctx context.Context, target *Target, o PushOptions) (*Published, error) {
	fail := func(err error, advice string) (*Published, error) {
		return nil, updateFault(target.Repo, err, advice)
	}
	o.CardOnly, o.PublishConfig = true, true // it is published already
	s.Publish = &o
	switch {
	case target.Exists && !target.Branch:
		return fail(fmt.Errorf("it has no branch %s", target.Revision), "leave --revision out for main, or name a branch that is there")
	case target.Parent == "":
		return fail(hub.ErrNotFound, "")
	}
	rev, err := s.TargetHub().Resolve(ctx, target.Repo, target.Parent)
	if err != nil {
		return fail(err, "")
	}
	lock, err := lock.Read(ctx, rev)
	if err != nil {
		return fail(elsewhere(ctx, s.TargetHub(), rev, err), "")
	}
	for _, f := range lock.Files {
		if got, ok := rev.File(f.Path); isWeights(f.Path) && (!ok || got.SHA256 != "" && got.SHA256 != f.SHA256) {
			return fail(fmt.Errorf("%w: %s was changed", ErrOther, f.Path), "push the merge again")
		}
	}
	s.Version = lock.Tool // that made the model
	m, err := s.again(ctx, inRepo(rev), lock)
	if err != nil {
		return nil, err
	}
	if lock.Card.Template != "" && m.template == "" {
		return fail(errors.New("it was made from a template of its own"), "name that template with --template")
	}
	if m.Plan.Hash != lock.Plan {
		return fail(fmt.Errorf("%w: its config, options and sources give another plan", ErrOther), "push the merge again")
	}
	if o.Evaluation != nil {
		o.Evaluation.Plan = m.Plan.Hash
		if o.Measured != nil {
			if err := s.checkMeasured(ctx, target.Repo, rev, lock, o.Measured); err != nil {
				return nil, err
			}
		}
		warnings, err := m.unshown(target.Repo, o.Evaluation)
		if err != nil {
			return nil, err
		}
		if err := m.tell(warnings); err != nil {
			return nil, err
		}
	}
	return m.Push(ctx, target, o)
}

// checkCardOnly refuses what an update of the card would not do.
func (p *Preview) checkCardOnly(m *Merge) error {
	switch {
	case p.Earlier.shards(m, p.Target) == nil:
		return updateFault(p.Target.Repo, fmt.Errorf("%w: not all weights of its plan are there", ErrOther), "push the merge again")
	case p.keptCard() != nil:
		return updateFault(p.Target.Repo, errors.New("README.md was edited since it was published"),
			"--replace-card writes a new one; --dry-run prints it, to copy from")
	}
	return nil
}
