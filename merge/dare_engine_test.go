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
		{"dare_ties", 0, "67d6ae7c80ade5f2235f37857bf510bc5a87500edafd85ea4d5f7bf8cfc6e286"},
		{"dare_ties", 42, "8cfeeaf32f3ad830007e6f0fea1315afb045d536d38be19b571fcea435f6017f"},
		{"dare_linear", 42, "bf1525292e2c691ab1c26a0f0b07ef82cd71fb60aeac33c1f483b66ff1063090"},
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
