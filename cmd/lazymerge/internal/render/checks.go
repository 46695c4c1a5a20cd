package render

import (
	"cmp"
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Copied is how many tensors are copied from a source byte for byte.
func (m Merge) Copied() int {
	n := 0
	for i := range m.Plan.Outputs {
		if m.Plan.Outputs[i].Codec == plan.Copy {
			n++
		}
	}
	return n
}

// checks are the checks on the card: those every finished merge has passed, and findings of this one.
func (m Merge) checks(k Known) []string {
	all, copied, cut := len(m.Plan.Outputs), m.Copied(), ""
	if m.Plan.CutRows > 0 {
		cut = " (vocabulary cut to the tokens that all sources have)"
	}
	if copied == all {
		return []string{say.N(all, "tensor") + ", copied byte for byte" + cut}
	}
	shape, in := ", each with the shape of its sources", ""
	switch {
	case copied > 0:
		shape, in = fmt.Sprintf(", %d copied byte for byte and the rest with the shape of their sources", copied), " in the rest"
	case all == 1:
		shape = ", with the shape of its sources"
	}
	out := []string{say.N(all, "tensor") + shape + cut}
	values, norm := "no new NaN or Inf"+in, "no norm far from the sources'"
	if k.Inherited > 0 {
		values = say.N(k.Inherited, "NaN or Inf value") + in + ", inherited from the sources"
		norm = "" // a tensor with a NaN has no norm to compare
	}
	if norm = cmp.Or(k.Norm, norm); norm == "" {
		return append(out, values)
	}
	return append(out, values, norm)
}

// NormWords says how far the norms of the result are outside those of the sources.
func NormWords(n merge.NormReport) string {
	switch {
	case n.Far > 0:
		return fmt.Sprintf("the norms of %s are far from their sources'", say.N(n.Far, "tensor"))
	case n.Outside < 0.01:
		return "every norm within 1 % of its sources'"
	}
	return fmt.Sprintf("every norm within %.0f %% of its sources'", math.Ceil(n.Outside*100))
}

// FarNorm warns of tensors, out of so many, with norms unlike those of their sources. It is "" if there are none.
func FarNorm(n merge.NormReport, tensors int) string {
	theirs := fmt.Sprintf("%.3g", n.Low)
	if high := fmt.Sprintf("%.3g", n.High); high != theirs {
		theirs += " to " + high
	}
	has := fmt.Sprintf("%s has norm %.3g, but its sources have %s", n.Tensor, n.Norm, theirs)
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
