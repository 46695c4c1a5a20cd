package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge"
)

// run merges into sink and shows how far it is.
func (m *Merge) run(ctx context.Context, sink merge.Sink, shardDone func(n int)) (*merge.Report, error) {
	s := m.setup
	o := s.engine()
	debug.SetMemoryLimit(m.Plan.Cost.Memory) // a guard: what the engine takes is far below
	shards := len(m.Plan.Shards)
	bar := s.UI.Bar("merge", m.Plan.Cost.ReadBytes, ui.Unit{Verb: "read"})
	defer bar.Abort()
	note := func(done int) { bar.Note(fmt.Sprintf("%d of %s", done, ui.N(shards, "shard"))) }
	note(0)
	var last merge.Progress
	o.Progress = func(p merge.Progress) {
		bar.Add(p.Read - last.Read)
		if p.Shards != last.Shards {
			note(p.Shards)
			if shardDone != nil {
				shardDone(p.Shards)
			}
		}
		last = p
	}
	sources := make([]merge.Weights, len(m.Sources))
	for i, src := range m.Sources {
		sources[i] = src.Model.Files
	}
	report, err := merge.Run(ctx, m.Plan, sources, sink, o)
	if err != nil {
		return nil, err
	}
	bar.Done()
	return report, nil
}

// check says what was looked at in the result.
func (m *Merge) check(report *merge.Report) {
	if report.Inherited > 0 {
		m.setup.UI.Line("check", "%s: %s NaN or Inf values, all where a source has one", ui.N(len(m.Plan.Tensors), "tensor"), ui.Count(report.Inherited))
		return
	}
	m.setup.UI.Line("check", "%s: no NaN or Inf", ui.N(len(m.Plan.Tensors), "tensor"))
}
