package merge

import (
	"sync"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Receipt is what is known of a shard that was made: all that its card and checks need, so that it need not be made
// again for them.
type Receipt struct {
	Shard     int    // index into Plan.Shards
	Path      string // its name there
	Sum       string // sha256, 64 hex digits
	Size      int64  // bytes
	Inherited int64  // NaN and Inf elements that an input had in the same place
	Norms     NormReport
}

// Receipts are those of some shards of one plan, in the order of the plan.
type Receipts []Receipt

// Sums are the sha256 of the shards.
func (rs Receipts) Sums() []string {
	sums := make([]string, len(rs))
	for i, r := range rs {
		sums[i] = r.Sum
	}
	return sums
}

// Inherited is how many NaN and Inf elements the shards have from their inputs.
func (rs Receipts) Inherited() int64 {
	n := int64(0)
	for _, r := range rs {
		n += r.Inherited
	}
	return n
}

// Norms reports the tensor of all shards whose norm is furthest outside its inputs', and how many are far outside.
func (rs Receipts) Norms() NormReport {
	var worst NormReport
	for _, r := range rs {
		worst.add(r.Norms)
	}
	return worst
}

// findings are what the workers of a run find out, by shard.
type findings struct {
	mu     sync.Mutex
	shards []finding
}

type finding struct {
	inherited int64
	norms     NormReport
}

func newFindings(p *plan.Plan) *findings { return &findings{shards: make([]finding, len(p.Shards))} }

func (f *findings) inherit(shard int, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shards[shard].inherited += n
}

// norm adds the report of one tensor.
func (f *findings) norm(shard int, r NormReport) {
	if r.Outside > FarOutside {
		r.Far = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shards[shard].norms.add(r)
}

// of is what was found in a shard; all of it, once its last block is made.
func (f *findings) of(shard int) finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shards[shard]
}
