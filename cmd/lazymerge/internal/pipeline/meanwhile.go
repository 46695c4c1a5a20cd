package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
)

// meanwhile looks again at a branch that somebody else has committed to since p. Where that was this very merge, as two runs of one command
// make it, it returns what the branch is now; nil otherwise. lock is what this push would have committed, which says of every file what its
// bytes are; nil before the merge, when the same plan and card have to do.
func (m *Merge) meanwhile(ctx context.Context, p *Preview, locked []byte) *Preview {
	if p.Target.proposes() {
		return nil
	}
	s, t := m.setup, *p.Target
	rev, err := s.TargetHub().Resolve(ctx, t.Repo, t.Revision)
	if err != nil {
		return nil
	}
	t.Exists, t.Branch, t.Parent, t.Files = true, true, rev.Commit, rev.Names()
	now, err := m.preview(ctx, &t, p.Options)
	if err != nil || !now.Unchanged {
		return nil
	}
	if locked != nil {
		var own lock.Lock
		if json.Unmarshal(locked, &own) != nil || !slices.Equal(own.Files, now.Earlier.Lock.Files) {
			return nil
		}
	}
	for i, sum := range now.Earlier.shards(m, &t) { // a lock may say anything
		if f, ok := rev.File(m.Plan.Shards[i].Name); !ok || f.SHA256 != sum {
			return nil
		}
	}
	return now
}
