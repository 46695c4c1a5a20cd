package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// An Outcome has a receipt for every shard made.
type Outcome struct{ Receipts merge.Receipts }

// Known is what the card says about it.
func (o Outcome) Known(p *plan.Plan, of render.Known) render.Known {
	return render.Known{Norm: render.FarNorm(o.Receipts.Norms(), len(p.Outputs)), Inherited: o.Receipts.Inherited(), Evaluation: of.Evaluation}
}

// Make merges p into sink and shows progress. An error comes with the receipts of complete shards.
func Make(ctx context.Context, t Tools, p Prepared, sink merge.Sink) (Outcome, error) {
	return MakePart(ctx, t, p, p.Merge.Plan, "shard", sink)
}

// MakePart is Make for a part of p's plan; unit is what to call its shards.
func MakePart(ctx context.Context, t Tools, p Prepared, part *plan.Plan, unit string, sink merge.Sink) (Outcome, error) {
	o := t.Engine(part, p.Request.Publish)
	debug.SetMemoryLimit(part.Cost.Memory) // a guard: the engine takes far less
	bar := t.UI.Bar("merge", part.Cost.ReadBytes, ui.Unit{Verb: "read"})
	defer bar.Abort()
	note := func(done int) { bar.Note(fmt.Sprintf("%d of %s", done, say.N(len(part.Shards), unit))) }
	note(0)
	var last merge.Progress
	o.Progress = func(now merge.Progress) {
		bar.Add(now.Read - last.Read)
		if now.Shards != last.Shards {
			note(now.Shards)
		}
		last = now
	}
	sources := make([]merge.Weights, len(p.Merge.Sources))
	for i, src := range p.Merge.Sources {
		sources[i] = src.Model.Files
	}
	receipts, err := merge.Run(ctx, part, sources, sink, o)
	if err != nil {
		return Outcome{receipts}, explain(p.Merge, err)
	}
	bar.Done()
	return Outcome{receipts}, nil
}

// explain adds to an error of the engine what only the config knows: the source and, of an overflow, the key that asks for the cast.
func explain(m render.Merge, err error) error {
	if short, ok := errors.AsType[*merge.Shortened](err); ok {
		return &fault.Fault{Code: fault.Source, Subject: "source " + m.Sources[short.Source].Ref.String(), Err: short}
	}
	o, ok := errors.AsType[*merge.Overflow](err)
	if !ok {
		return err
	}
	subject, key := "", "dtype"
	if o.Source >= 0 {
		subject = "source " + m.Sources[o.Source].Ref.String()
	}
	// dtype casts sources, to what is narrower than float32; out_dtype says what is written.
	if m.Recipe.OutDType.Name != "" && (o.Source < 0 || o.To == dtype.F32) {
		key = "out_dtype"
	}
	return &fault.Fault{Subject: subject, Err: o, Advice: o.HintFor(key)}
}

// check says what was checked in the result, and warns about what is odd.
func (o Outcome) check(u *ui.UI, m render.Merge) recipe.Faults {
	copied := m.Copied()
	merged := len(m.Plan.Outputs) - copied
	what := say.N(merged, "tensor")
	switch {
	case merged == 0:
		u.Line("check", "%s copied unchanged, so values and norms were not checked", say.N(copied, "tensor"))
		return nil
	case copied > 0:
		what = fmt.Sprintf("%s (%d more copied unchanged)", say.N(merged, "merged tensor"), copied)
	}
	found := o.Receipts.Norms()
	values, norms := "no NaN or Inf", render.NormWords(found)
	var warnings recipe.Faults
	if n := o.Receipts.Inherited(); n > 0 {
		values = say.N(n, "NaN or Inf value") + ", each where a source has one"
		warnings = append(warnings, &recipe.Fault{Warning: true, Code: "nan", Message: "the merge has " + values + ": most models with such weights produce nothing useful",
			Hint: "check for a damaged source, or use another revision of it"})
		if found.Far == 0 {
			norms = "no norm of the other tensors is far from its sources'"
		}
	}
	u.Line("check", "%s: %s; %s", what, values, norms)
	if text := render.FarNorm(found, len(m.Plan.Outputs)); text != "" {
		warnings = append(warnings, &recipe.Fault{Warning: true, Code: "norm", Message: text, Hint: "check weight, density and base_model, and try the model before relying on it"})
	}
	return warnings
}
