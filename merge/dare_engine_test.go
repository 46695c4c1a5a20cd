package merge

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A merge with random masks has the same bytes for any threads, readers and buffers, on every processor, and
// others with another seed.
func TestDareSameBytes(t *testing.T) {
	for _, tt := range []struct {
		method string
		seed   uint64
		want   string // sha256 of the only shard
	}{
		{"dare_ties", 0, "3603aa068b2507b89106b62283901e106f4eafc70a723f610b98ee547d8feea8"},
		{"dare_ties", 42, "bb0008aa86fd39ac6cac78b8c14de2587ea11dfcdc03a93a9ae4d687f95b3084"},
		{"dare_linear", 42, "69e2109b8228b03a0ead0422f65ae5ca41c9a6a1cc8cb6ed9f12b728ae61be7e"},
	} {
		text := fmt.Sprintf("merge_method: %s\nbase_model: acme/base\nparameters: {weight: 0.5, density: 0.53}\n"+
			"models: [{model: acme/instruct}, {model: acme/math}, {model: acme/code}]\ndtype: bfloat16\n", tt.method)
		g, faults := tryConfig(t, "merge.yaml", []byte(text), plan.Options{Seed: tt.seed})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		want := g.run(t, Options{Threads: 1, Readers: 1}).shards
		for _, o := range []Options{{Threads: 2}, {Threads: 7, Readers: 3}, {Threads: 2, buffer: 4000}} {
			if got := g.run(t, o).shards; !reflect.DeepEqual(got, want) {
				t.Errorf("%s with seed %d: other bytes with %+v", tt.method, tt.seed, o)
			}
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(want[g.plan.Shards[0].Name])); got != tt.want {
			t.Errorf("%s with seed %d: the sha256 is %s, want %s", tt.method, tt.seed, got, tt.want)
		}
	}
}
