package pipeline

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// assumedSpeed is what times are estimated with, in bytes a second each way.
const assumedSpeed = 100e6

// summary prints what a push or merge is about to do; there is no cost where the weights are there already.
func (m *Merge) summary(cost bool) {
	u := m.setup.UI
	u.Line("plan", "%s", m.headline())
	if c := m.Plan.Cost; cost {
		u.Line("cost", "read %s, write %s, memory %s, disk %s, %s at 100 MB/s",
			say.Bytes(c.ReadBytes), say.Bytes(c.WriteBytes), say.Bytes(c.Memory), say.Bytes(c.Disk), say.About(m.estimate()))
	}
	u.Line("licence", "%s", license.Of(m.Sources, m.setup.License, m.terms).Sentence())
	m.warn()
}

func (m *Merge) headline() string {
	p := m.Plan
	return fmt.Sprintf("%s of %s, %s, %s, %s parameters, %s, %s   %s", p.Method, say.N(len(p.Sources), "model"), say.N(p.Layers, "layer"),
		say.N(len(p.Outputs), "tensor"), card.Count(p.Params), p.DType, say.N(len(p.Shards), "shard"), say.PlanID(p.Hash))
}

// estimate is how long the bytes take; the way down and the way up go on side by side.
func (m *Merge) estimate() time.Duration {
	bytes := max(m.Plan.Cost.ReadBytes, m.Plan.Cost.WriteBytes)
	return time.Duration(float64(bytes) / assumedSpeed * float64(time.Second))
}

func (m *Merge) warn() {
	for _, w := range m.Warnings {
		m.setup.UI.Warn(w)
	}
}

// pin is what a person sees of the content that a source is pinned to.
func pin(s *plan.Source) string {
	return cmp.Or(say.CommitID(s.Commit), "folder "+s.Digest[:min(8, len(s.Digest))])
}

// licenceOf is what a person sees of the licence that a source states.
func licenceOf(s *source.Source) string {
	if len(s.Card.Licenses) > 0 {
		return say.List(s.Card.Licenses)
	}
	if s.Card.License == "other" && s.Card.LicenseName != "" {
		return s.Card.LicenseName
	}
	return cmp.Or(s.Card.License, "no licence stated")
}
