package report

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// assumedSpeed is what times are estimated with, in bytes a second each way.
const assumedSpeed = 100e6

// Headline is a plan in one line.
func Headline(p *plan.Plan) string {
	return fmt.Sprintf("%s of %s, %s, %s, %s parameters, %s, %s   %s", p.Method, say.N(len(p.Sources), "model"), say.N(p.Layers, "layer"),
		say.N(len(p.Outputs), "tensor"), card.Count(p.Params), p.DType, say.N(len(p.Shards), "shard"), say.PlanID(p.Hash))
}

// Estimate is how long the bytes take; the way down and the way up go on side by side.
func Estimate(p *plan.Plan) time.Duration {
	bytes := max(p.Cost.ReadBytes, p.Cost.WriteBytes)
	return time.Duration(float64(bytes) / assumedSpeed * float64(time.Second))
}

// pin is what a person sees of the content that a source is pinned to.
func pin(s *plan.Source) string {
	return cmp.Or(say.CommitID(s.Commit), "folder "+s.Digest[:min(8, len(s.Digest))])
}
