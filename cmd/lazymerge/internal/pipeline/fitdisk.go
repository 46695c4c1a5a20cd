package pipeline

import (
	"cmp"
	"fmt"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// fitDisk plans again with smaller shards where two of the default size do not fit the free disk. The
// size is part of the plan, so it is said.
func (m *Merge) fitDisk(r *recipe.Recipe, models []*plan.Model) error {
	s := m.setup
	if !s.FitDisk || s.Plan.ShardSize != 0 {
		return nil
	}
	dir := s.spoolDir()
	free, err := s.room(dir)
	if err != nil || m.Plan.Cost.Disk <= free {
		return nil
	}
	smaller := shardSizeFor(free)
	if smaller == 0 {
		return nil // the check of the room will say so
	}
	opts := s.Plan
	opts.ShardSize = smaller
	p, faults := plan.Build(r, s.methods(), models, opts)
	if p == nil {
		return m.refused(asErrors(faults.Errors()))
	}
	s.Plan = opts
	m.Warnings = append(m.Warnings, &recipe.Fault{Warning: true, Code: "shard-size",
		Message: fmt.Sprintf("two shards of %s do not fit the %s that are free in %s: the shards have %s instead", ui.Bytes(plan.DefaultShardSize), ui.Bytes(free), dir, ui.Bytes(smaller)),
		Hint:    "name a larger disk with --work-dir, or the size that you want with --shard-size"})
	m.Plan = p
	return m.cost()
}

// room returns the bytes that may be written in the file system of dir.
func (s *Setup) room(dir string) (int64, error) {
	if s.free != nil {
		return s.free(dir)
	}
	return freeDisk(dir)
}

// shardSizeFor is the largest multiple of 100 MB of which two fit into nine tenths of free; 0 where none does.
func shardSizeFor(free int64) int64 {
	const step = 100_000_000
	return free / 10 * 9 / 2 / step * step
}

// spoolDir is where shards wait for their upload, or the folder that exists above it.
func (s *Setup) spoolDir() string {
	dir := absolute(cmp.Or(s.WorkDir, os.TempDir()))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return existingParent(dir)
}
