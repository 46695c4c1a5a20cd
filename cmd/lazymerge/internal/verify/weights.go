package verify

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// compareAll makes all weights again.
func (c check) compareAll(ctx context.Context) (findings, error) {
	var found findings
	m := c.again.Merge
	outcome, err := pipeline.Make(ctx, c.tools, c.again, nowhere{})
	if err != nil {
		return found, err
	}
	for i, shard := range m.Plan.Shards {
		if c.locked.Sum(shard.Name) != outcome.Receipts[i].Sum {
			found = found.differs("%s: the merge makes different bytes", shard.Name)
		}
	}
	known := outcome.Known(m.Plan, render.Known{})
	if (known.Norm != c.locked.Norm || known.Inherited != c.locked.Inherited) && c.sameVersion && len(found.Differ) == 0 {
		found = found.differs("%s: wrong about norms or NaN", lock.Name)
	}
	return found, nil
}

// sample makes n tensors again and compares them with their ranges in the published files. It also returns their names.
func (c check) sample(ctx context.Context, n int) (found findings, sampled []string, err error) {
	all := c.again.Merge.Plan
	picked := rand.Perm(len(all.Outputs))[:n]
	slices.Sort(picked)
	part := all.Pick(picked)
	cost := c.tools.Engine(part, c.again.Request.Publish).Cost(part)
	cost.Memory = max(cost.Memory, all.Cost.Memory)
	part.Cost = &cost
	outcome, err := pipeline.MakePart(ctx, c.tools, c.again, part, "tensor", nowhere{})
	if err != nil {
		return found, nil, err
	}
	for k, i := range picked {
		t := &all.Outputs[i].Tensors[0]
		sampled = append(sampled, t.Name)
		published, err := sumOfTensor(ctx, c.at, &all.Shards[t.Shard], t)
		switch {
		case err != nil:
			return found, nil, pipeline.VerifyFault(c.at.Name, err)
		case published != outcome.Receipts[k].Sum:
			found = found.differs("%s: the merge makes different bytes for %s", all.Shards[t.Shard].Name, t.Name)
		}
	}
	return found, sampled, nil
}

// sumOfTensor is the sha256 of t's bytes in a published shard; "" if its header is not the plan's, as loaders then look elsewhere.
func sumOfTensor(ctx context.Context, files plan.Files, shard *plan.Shard, t *plan.Tensor) (string, error) {
	r, size, err := files.Open(ctx, shard.Name)
	if err != nil || size != shard.Size {
		return "", err
	}
	header := int64(len(shard.Header))
	if sum, err := pipeline.SumOf(r, 0, header); err != nil || sum != lock.Sum(shard.Header) {
		return "", err
	}
	return pipeline.SumOf(r, header+t.Begin, t.End-t.Begin)
}

// nowhere is a sink for a merge that only needs sums.
type nowhere struct{}

func (nowhere) Create(context.Context, string, int64) (merge.ShardWriter, error) {
	return nowhere{}, nil
}
func (nowhere) Write(p []byte) (int, error)    { return len(p), nil }
func (nowhere) Commit([sha256.Size]byte) error { return nil }
func (nowhere) Abort() error                   { return nil }
