package plan_test

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// vocabulary is a model with n rows in embedding and head, and n as its vocab_size.
func vocabulary(n string) checkpoint {
	c := llama(2).renamed("8x4", n+"x4")
	return c.says(strings.Replace(c.config, "\n}", ",\n  \"vocab_size\": "+n+"\n}", 1))
}

// Vocabularies are cut to the rows that all have, in every input and in config.json, where that is asked for.
func TestVocabulariesAreCut(t *testing.T) {
	const note = " rows in its vocabulary, and the merge has the first 8; tokens beyond them lose their meaning; test the model before relying on it"
	const linear = "merge_method: linear\nmodels:\n  - model: a\n  - model: b\nparameters: {weight: 1}\n"
	for _, tt := range []struct {
		name     string
		a, b     string // rows
		config   string
		warnings []string
	}{
		{"the other is larger", "8", "10", linear, []string{"4:12: warning: b has 10" + note}},
		{"the one that config and tokenizer come from is larger", "10", "8", linear, []string{"3:12: warning: a has 10" + note}},
		{"equal ones are left alone", "8", "8", linear, nil},
		{"the head of a stack comes from the larger", "8", "10",
			"merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 2]}]\n",
			[]string{"4:23: warning: b has 10" + note}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ms := models{"a": vocabulary(tt.a), "b": vocabulary(tt.b)}
			p, faults := ms.build(t, tt.config, plan.Options{TruncateVocabulary: true})
			if p == nil {
				t.Fatal(faults)
			}
			equalLines(t, "warnings", lines(faults), tt.warnings)
			for _, name := range []string{"model.embed_tokens.weight", "lm_head.weight"} {
				got := tensor(t, p, name)
				if got.Shape[0] != 8 {
					t.Errorf("%s has %d rows", name, got.Shape[0])
				}
				for leaf := range got.Expr.Leaves() {
					if leaf.End-leaf.Begin != 8*4*2 {
						t.Errorf("%s reads %d bytes of %s, want those of 8 rows of 4", name, leaf.End-leaf.Begin, leaf.Tensor)
					}
				}
			}
			if config := configJSON(t, p); !strings.Contains(config, `"vocab_size": 8`) {
				t.Errorf("config.json says another vocabulary:\n%s", config)
			}
			if whole, _ := ms.build(t, tt.config, plan.Options{}); tt.warnings == nil && whole.Hash != p.Hash {
				t.Error("the option changes a plan in which nothing is cut")
			}
		})
	}
}

// A stack whose head has other rows than the vocabulary that goes with it would not load.
func TestHeadOfAnotherVocabulary(t *testing.T) {
	equalLines(t, "faults", models{"a": vocabulary("8"), "b": vocabulary("10")}.refused(t,
		"merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 2]}]\n"), []string{
		"4:23: lm_head.weight has 10 rows in b and 8 in a, whose vocabulary the merge uses; add --unsafe-truncate-embeddings to cut the vocabularies to the rows that all models have; the other tokens lose their meaning",
	})
}
