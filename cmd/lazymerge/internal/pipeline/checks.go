package pipeline

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// copied is how many tensors of the result are a source's bytes.
func (m *Merge) copied() int {
	n := 0
	for i := range m.Plan.Outputs {
		if m.Plan.Outputs[i].Codec == plan.Copy {
			n++
		}
	}
	return n
}

// checks are what the card says was checked: what every merge that ends has passed, and what this one has shown.
func (m *Merge) checks() []string {
	all, copied, cut := len(m.Plan.Outputs), m.copied(), ""
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
	switch n := m.known.Inherited; n {
	case 0:
		out = append(out, "no NaN or Inf"+in+" where no source has one")
	case 1:
		out = append(out, "1 NaN or Inf"+in+", where a source has one")
	default:
		out = append(out, say.N(int(n), "NaN or Inf value")+in+", each where a source has one")
	}
	switch {
	case m.known.Norm != "":
		out = append(out, m.known.Norm)
	case m.known.Inherited == 0: // a tensor with a NaN has no norm to compare
		out = append(out, "no norm far from the sources'")
	}
	return out
}
