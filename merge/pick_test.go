package merge

import (
	"bytes"
	"maps"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// TestPickedTensorsAreThoseOfTheWhole makes every third tensor alone and finds it where the whole result has it, also for
// methods that draw at random.
func TestPickedTensorsAreThoseOfTheWhole(t *testing.T) {
	configs := maps.Clone(engineConfigs)
	configs["dare_ties"] = "merge_method: dare_ties\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.6, density: 0.4}\n"
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			p, weights := planOf(t, config, bigModels(t, dtype.BF16), plan.Options{ShardSize: 700_000, Seed: 7})
			whole := newMemorySink()
			if _, err := Run(t.Context(), p, weights, whole, Options{Threads: 2}); err != nil {
				t.Fatal(err)
			}
			picked := []int{6, 0, 3}
			part := newMemorySink()
			q := p.Pick(picked)
			if _, err := Run(t.Context(), q, weights, part, Options{Threads: 2}); err != nil {
				t.Fatal(err)
			}
			if len(q.Outputs) != len(picked) || len(part.shards) != len(picked) {
				t.Fatalf("Pick of %d tensors has %d in %d shards", len(picked), len(q.Outputs), len(part.shards))
			}
			for _, i := range picked {
				tensor := &p.Outputs[i].Tensors[0]
				shard := p.Shards[tensor.Shard]
				at := int64(len(shard.Header)) + tensor.Begin
				want := whole.shards[shard.Name][at : at+tensor.End-tensor.Begin]
				if !bytes.Equal(part.shards[tensor.Name], want) {
					t.Errorf("%s alone has other bytes than in the whole", tensor.Name)
				}
			}
			if p.Outputs[0].Tensors[0].Shard == p.Outputs[6].Tensors[0].Shard {
				t.Error("the whole has one shard, so places in later ones are not tried")
			}
		})
	}
}
