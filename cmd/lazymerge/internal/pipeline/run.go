package pipeline

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// run merges into sink and shows how far it is.
func (m *Merge) run(ctx context.Context, sink merge.Sink) (merge.Receipts, error) {
	report, err := m.runPlan(ctx, m.Plan, "shard", sink)
	if err == nil {
		m.known.Norm, m.known.Inherited = farNorm(report.Norms(), len(m.Plan.Outputs)), report.Inherited()
	}
	return report, err
}

// runPlan merges p, which is of m's sources, into sink; unit is what a shard of p is called.
func (m *Merge) runPlan(ctx context.Context, p *plan.Plan, unit string, sink merge.Sink) (merge.Receipts, error) {
	s := m.setup
	o := s.engine()
	debug.SetMemoryLimit(p.Cost.Memory) // a guard: what the engine takes is far below
	bar := s.UI.Bar("merge", p.Cost.ReadBytes, ui.Unit{Verb: "read"})
	defer bar.Abort()
	note := func(done int) { bar.Note(fmt.Sprintf("%d of %s", done, say.N(len(p.Shards), unit))) }
	note(0)
	var last merge.Progress
	o.Progress = func(now merge.Progress) {
		bar.Add(now.Read - last.Read)
		if now.Shards != last.Shards {
			note(now.Shards)
		}
		last = now
	}
	sources := make([]merge.Weights, len(m.Sources))
	for i, src := range m.Sources {
		sources[i] = src.Model.Files
	}
	report, err := merge.Run(ctx, p, sources, sink, o)
	if err != nil {
		return nil, m.explainOverflow(err)
	}
	bar.Done()
	return report, nil
}

// check says what was looked at in the result. The error is a warning that --strict refuses.
func (m *Merge) check(report merge.Receipts) error {
	copied := m.copied()
	merged := len(m.Plan.Outputs) - copied
	what := say.N(merged, "tensor")
	switch {
	case merged == 0:
		m.setup.UI.Line("check", "%s copied as they are, so neither values nor norms were looked at", say.N(copied, "tensor"))
		return nil
	case copied > 0:
		what = say.N(merged, "merged tensor") + " (" + fmt.Sprintf("%d more", copied) + " copied as they are)"
	}
	values, norms := "no NaN or Inf", normWords(report.Norms())
	var warnings recipe.Faults
	if n := report.Inherited(); n > 0 {
		values = say.N(n, "NaN or Inf value") + ", each where a source has one"
		warnings = append(warnings, &recipe.Fault{Warning: true, Code: "nan", Message: "the merge has " + values + ": most models with such weights answer nothing of use",
			Hint: "look for a source that is damaged, or for another revision of it"})
		if report.Norms().Far == 0 {
			norms = "no norm of the other tensors is far from its sources'"
		}
	}
	m.setup.UI.Line("check", "%s: %s; %s", what, values, norms)
	if text := farNorm(report.Norms(), len(m.Plan.Outputs)); text != "" {
		warnings = append(warnings, &recipe.Fault{Warning: true, Code: "norm", Message: text, Hint: "look for a wrong weight, density or base_model, and try the model before you rely on it"})
	}
	return m.tell(warnings)
}

// normWords says how far the norms of the result lie outside their sources'.
func normWords(n merge.NormReport) string {
	switch {
	case n.Far > 0:
		return fmt.Sprintf("the norms of %s are far from their sources'", say.N(n.Far, "tensor"))
	case n.Outside < 0.01:
		return "every norm within 1 % of its sources'"
	}
	return fmt.Sprintf("every norm within %.0f %% of its sources'", math.Ceil(n.Outside*100))
}

// farNorm is a warning about tensors, of so many, that no longer look like their sources, or "".
func farNorm(n merge.NormReport, tensors int) string {
	has := fmt.Sprintf("%s has norm %.3g, and its sources have %.3g to %.3g", n.Tensor, n.Norm, n.Low, n.High)
	if low, high := fmt.Sprintf("%.3g", n.Low), fmt.Sprintf("%.3g", n.High); low == high {
		has = fmt.Sprintf("%s has norm %.3g, and its sources have %s", n.Tensor, n.Norm, low)
	}
	switch n.Far {
	case 0:
		return ""
	case 1:
		return has + ": the model may be broken"
	}
	of := fmt.Sprintf("%d of %s", n.Far, say.N(tensors, "tensor"))
	if n.Far == tensors {
		of = "all " + say.N(tensors, "tensor")
	}
	return fmt.Sprintf("the norms of %s are far from their sources': %s; the model may be broken", of, has)
}
