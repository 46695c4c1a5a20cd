package plan_test

import (
	"math"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// The estimate is about what merges took: the seconds of processor time for 2.2 GB, of which the sha256 takes 1.6.
func TestHashers(t *testing.T) {
	c := checkpoint{lines: []string{"model.embed_tokens.weight BF16 32000x2048", "model.norm.weight BF16 2048"}}
	all := models{"a": c, "b": c, "c": c, "d": c}
	const three = "models: [{model: b}, {model: c}, {model: d}]\nbase_model: a\nparameters: {weight: 0.5"
	for _, tt := range []struct {
		name, config string
		seconds      float64
		hashers      map[int]int // by threads
	}{
		{"passthrough", passA, 3.1, map[int]int{1: 1, 2: 1, 3: 2, 8: 5, 16: 9, 64: 34}},
		{"linear", "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\ndtype: bfloat16\n", 4.8, map[int]int{2: 1, 3: 1, 4: 2, 8: 3, 16: 6, 64: 22}},
		{"slerp", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\ndtype: bfloat16\n", 5.6, map[int]int{2: 1, 3: 1, 4: 2, 8: 3, 16: 5, 64: 18}},
		{"task_arithmetic", "merge_method: task_arithmetic\n" + three + "}\ndtype: bfloat16\n", 6.2, map[int]int{2: 1, 4: 1, 8: 2, 16: 5, 64: 17}},
		{"ties", "merge_method: ties\n" + three + ", density: 0.5}\ndtype: bfloat16\n", 13, map[int]int{2: 1, 8: 1, 9: 2, 16: 3, 64: 9}},
		{"dare_ties", "merge_method: dare_ties\n" + three + ", density: 0.5}\ndtype: bfloat16\n", 12.5, map[int]int{2: 1, 8: 1, 16: 2, 64: 9}},
	} {
		p, faults := all.build(t, tt.config, plan.Options{})
		if p == nil {
			t.Fatal(tt.name, faults)
		}
		if got, want := plan.HashShare(p), 1.6/tt.seconds; math.Abs(got-want) > 0.1*want {
			t.Errorf("the sha256 is estimated as %.3f of %s, and took %.3f", got, tt.name, want)
		}
		for threads, want := range tt.hashers {
			if got := p.Hashers(threads); got != want {
				t.Errorf("%s on %d threads: %d shards at once, want %d", tt.name, threads, got, want)
			}
		}
	}
	if got := new(plan.Plan).Hashers(64); got != 1 {
		t.Errorf("a plan of nothing: %d shards at once, want 1", got)
	}
}
