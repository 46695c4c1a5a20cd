package render

import (
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Copied is how many tensors of the result are a source's bytes.
func (m Merge) Copied() int {
	n := 0
	for i := range m.Plan.Outputs {
		if m.Plan.Outputs[i].Codec == plan.Copy {
			n++
		}
	}
	return n
}

// checks are what the card says was checked: what every merge that ends has passed, and what this one has shown.
func (m Merge) checks(k Known) []string {
	all, copied, cut := len(m.Plan.Outputs), m.Copied(), ""
	if m.Plan.CutRows > 0 {
		cut = " (the vocabulary cut to the tokens that all have)"
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
	switch n := k.Inherited; n {
	case 0:
		out = append(out, "no NaN or Inf"+in+" where no source has one")
	case 1:
		out = append(out, "1 NaN or Inf"+in+", where a source has one")
	default:
		out = append(out, say.N(int(n), "NaN or Inf value")+in+", each where a source has one")
	}
	switch {
	case k.Norm != "":
		out = append(out, k.Norm)
	case k.Inherited == 0: // a tensor with a NaN has no norm to compare
		out = append(out, "no norm far from the sources'")
	}
	return out
}

// NormWords says how far the norms of the result lie outside their sources'.
func NormWords(n merge.NormReport) string {
	switch {
	case n.Far > 0:
		return fmt.Sprintf("the norms of %s are far from their sources'", say.N(n.Far, "tensor"))
	case n.Outside < 0.01:
		return "every norm within 1 % of its sources'"
	}
	return fmt.Sprintf("every norm within %.0f %% of its sources'", math.Ceil(n.Outside*100))
}

// FarNorm is a warning about tensors, of so many, that no longer look like their sources, or "".
func FarNorm(n merge.NormReport, tensors int) string {
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
