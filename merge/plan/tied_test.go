package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A head that some models tie to the embedding is read from there, and the config then unties it.
func TestTiedHeads(t *testing.T) {
	tied := func(c checkpoint, v string) checkpoint {
		return c.says(strings.Replace(c.config, "\n}", fmt.Sprintf(",\n  \"tie_word_embeddings\": %s\n}", v), 1))
	}
	var (
		untied   = llama(1)
		none     = tied(llama(1).without("lm_head"), "true")
		double   = tied(llama(1), "true")      // ties, and has a copy of the embedding as its head
		silent   = llama(1).without("lm_head") // does not say so, and has no other head
		headless = tied(llama(1).without("lm_head"), "false")
	)
	two := "linear(x/a:%s, x/b:%s)"
	embedding, head := "model.embed_tokens.weight", "lm_head.weight"
	for _, tt := range []struct {
		what string
		a, b checkpoint
		want string // the head; "" for none
		flag string // in config.json
	}{
		{"none has a head", none, none, "", "true"},
		{"none has a head or says so", silent, silent, "", ""},
		{"both have their own", untied, untied, fmt.Sprintf(two, head, head), ""},
		{"the donor is tied", none, untied, fmt.Sprintf(two, embedding, head), "false"},
		{"the other is tied", untied, none, fmt.Sprintf(two, head, embedding), ""},
		{"the other is tied and does not say so", untied, silent, fmt.Sprintf(two, head, embedding), ""},
		{"the donor says that it is tied and has a head", double, untied, fmt.Sprintf(two, head, head), "false"},
		{"both are tied and have a copy", double, double, fmt.Sprintf(two, head, head), "true"},
		{"both are tied and one has a copy", none, double, fmt.Sprintf(two, embedding, head), "false"},
	} {
		p, warnings := models{"a": tt.a, "b": tt.b}.warned(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
		got := ""
		if slices.Contains(names(p), head) {
			got = shown(t, p, head)
		}
		if got != tt.want {
			t.Errorf("%s: the head is %q, want %q", tt.what, got, tt.want)
		}
		flag := ""
		if _, after, ok := strings.Cut(configJSON(t, p), `"tie_word_embeddings": `); ok {
			flag, _, _ = strings.Cut(after, "\n")
		}
		if flag != tt.flag {
			t.Errorf("%s: tie_word_embeddings is %q, want %q", tt.what, flag, tt.flag)
		}
		if changed := tt.flag == "false"; changed != (len(warnings) == 1) {
			t.Errorf("%s: warnings %v", tt.what, warnings)
		}
	}
	equalLines(t, "faults", models{"a": untied, "b": headless}.refused(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n"),
		[]string{"2:30: b has no tensor for lm_head.weight, which a has"})
}

// A filter of a model's own parameter sees the head's name where its embedding stands for it.
func TestTiedHeadFilter(t *testing.T) {
	p := models{"a": llama(1), "b": llama(1).without("lm_head")}.plan(t, `
merge_method: linear
models:
- model: a
- model: b
  parameters: {weight: [{filter: lm_head, value: 5}, {filter: embed, value: 6}]}
parameters: {weight: 1}
`)
	for name, want := range map[string]float64{"lm_head.weight": 5, "model.embed_tokens.weight": 6, "model.norm.weight": 1} {
		if got := tensor(t, p, name).Expr.PerModel[1]["weight"]; got != want {
			t.Errorf("%s: weight of b = %v, want %v", name, got, want)
		}
	}
}

// Slices take the head from the last one: its embedding where that is tied and the donor asks for a head of its own.
func TestTiedSlices(t *testing.T) {
	config := "merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [0, 1]}]\n"
	p := models{"a": llama(1), "b": llama(1).without("lm_head")}.plan(t, config)
	if got := shown(t, p, "lm_head.weight"); got != "copy x/b:model.embed_tokens.weight" {
		t.Errorf("untied, then tied: the head is %s", got)
	}
	p, warnings := models{"a": llama(1).without("lm_head"), "b": llama(1)}.warned(t, config)
	if got := shown(t, p, "lm_head.weight"); got != "copy x/b:lm_head.weight" || len(warnings) != 1 || !strings.Contains(configJSON(t, p), `"tie_word_embeddings": false`) {
		t.Errorf("tied, then untied: the head is %s, warnings %v", got, warnings)
	}
	headless := llama(1).without("lm_head").says(`{"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 1, "tie_word_embeddings": false}`)
	equalLines(t, "faults", models{"a": llama(1), "b": headless}.refused(t, config), []string{"4:21: b has no tensor for lm_head.weight, which a has"})
}

// Two names of one tensor, of which files have both or one, stand for each other.
func TestSharedNames(t *testing.T) {
	both := checkpoint{lines: []string{"shared.weight BF16 8x4", "encoder.embed_tokens.weight BF16 8x4", "cls.predictions.bias BF16 8", "cls.predictions.decoder.bias BF16 8"}}
	p := models{"a": both, "b": both.without("embed_tokens", "predictions.bias")}.plan(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
	for name, want := range map[string]string{
		"encoder.embed_tokens.weight":  "linear(x/a:encoder.embed_tokens.weight, x/b:shared.weight)",
		"cls.predictions.bias":         "linear(x/a:cls.predictions.bias, x/b:cls.predictions.decoder.bias)",
		"cls.predictions.decoder.bias": "linear(x/a:cls.predictions.decoder.bias, x/b:cls.predictions.decoder.bias)",
	} {
		if got := shown(t, p, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
