package plan_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A seed is part of a plan, and of its hash, if the method draws at random, and of no other plan.
func TestSeed(t *testing.T) {
	ms := models{"a": llama(1), "b": llama(1), "c": llama(1)}
	config := "merge_method: METHOD\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.5, density: 0.5}\n"
	for method, random := range map[string]bool{"ties": false, "dare_ties": true, "dare_linear": true} {
		hashes := map[string]uint64{}
		for _, seed := range []uint64{0, 7, 1 << 63} {
			p, faults := ms.build(t, strings.Replace(config, "METHOD", method, 1), plan.Options{Seed: seed})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			want := uint64(0)
			if random {
				want = seed
			}
			if p.Seed != want {
				t.Errorf("%s with seed %d has %d in its plan, want %d", method, seed, p.Seed, want)
			}
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(text), `"seed":`); got != (want != 0) {
				t.Errorf("%s with seed %d names a seed in its JSON: %v", method, seed, got)
			}
			hashes[p.Hash] = seed
		}
		if want := map[bool]int{false: 1, true: 3}[random]; len(hashes) != want {
			t.Errorf("%s has %d hashes with three seeds, want %d", method, len(hashes), want)
		}
	}
}

// The config that most people begin with.
func TestTutorialDare(t *testing.T) {
	text, err := os.ReadFile("../recipe/testdata/tutorial/dare-ties.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := models{
		"mistralai/Mistral-7B-v0.1": llama(2), "samir-fama/SamirGPT-v1": llama(2),
		"abacusai/Slerp-CM-mist-dpo": llama(2), "EmbeddedLLM/Mistral-7B-Merge-14-v0.2": llama(2),
	}.plan(t, string(text))
	if p.Method != "dare_ties" || p.DType != "bfloat16" || len(p.Outputs) == 0 {
		t.Fatalf("planned %d tensors of %s with %s", len(p.Outputs), p.DType, p.Method)
	}
	for _, o := range p.Outputs {
		c := o.Call()
		a := c.Args
		if len(c.Inputs) != 4 || c.Work.Usual != 1 || a.Shared["rescale"] != 1 || a.Shared["normalize"] != 0 {
			t.Errorf("%s: %s of %d inputs, %d passes, %v", o.Name(), c.Method, len(c.Inputs), c.Work.Usual, a.Shared)
		}
		if a.Base != 0 || a.PerModel[0] != nil || a.PerModel[1]["weight"] != 0.4 || a.PerModel[3]["density"] != 0.53 {
			t.Errorf("%s: base %d, %v", o.Name(), a.Base, a.PerModel)
		}
		if c.Draw == nil || *c.Draw != (plan.Draw{Seed: p.Seed, Name: o.Name()}) {
			t.Errorf("%s is drawn for with %+v", o.Name(), c.Draw)
		}
	}
}
