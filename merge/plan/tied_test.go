package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tied is c with a config that says whether it ties its head.
func (c checkpoint) tied(v string) checkpoint {
	return c.says(strings.Replace(c.config, "\n}", fmt.Sprintf(",\n  \"tie_word_embeddings\": %s\n}", v), 1))
}

// The merge has a head where not every model ties it, one that is read from the embedding in those that do, and its config
// says so once.
func TestTiedHeads(t *testing.T) {
	var (
		untied   = llama(1)
		none     = llama(1).without("lm_head").tied("true")
		double   = llama(1).tied("true")       // ties, and has a copy of the embedding as its head
		unlike   = llama(1).tied("true")       // ties, and has another head
		silent   = llama(1).without("lm_head") // does not say so, and has no other head
		headless = llama(1).without("lm_head").tied("false")
		gemma    = llama(1).says(strings.ReplaceAll(llama(1).config, "llama", "gemma2"))
		unknown  = llama(1).says(strings.ReplaceAll(llama(1).config, "llama", "novel"))
		nested   = llama(1).says(`{"num_hidden_layers": 1, "text_config": {"tie_word_embeddings": true}}`)
	)
	unlike.end = "\x80\x3f"
	two := "linear(x/a:%s, x/b:%s)"
	embedding, head := "model.embed_tokens.weight", "lm_head.weight"
	mixed := func(tied, untied string) string {
		return fmt.Sprintf("2:18: warning: lm_head.weight is the embedding in %s and a matrix of its own in %s: the merge has one of its own (64 B), and its config.json says tie_word_embeddings: false", tied, untied)
	}
	differs := func(pos, name, so string) string {
		return fmt.Sprintf("2:%s: warning: lm_head.weight of %s differs from the embedding that config.json ties it to: loaders ignore it, so %s; if it should count, merge a copy of the model whose config.json has tie_word_embeddings: false", pos, name, so)
	}
	for _, tt := range []struct {
		what     string
		a, b     checkpoint
		want     string // the head; "" for none
		flag     string // in config.json
		warnings []string
	}{
		{"none has a head", none, none, "", "true", nil},
		{"none has a head or says so", silent, silent, "", "", nil},
		{"both have their own", untied, untied, fmt.Sprintf(two, head, head), "", nil},
		{"the donor is tied", none, untied, fmt.Sprintf(two, embedding, head), "false", []string{mixed("a", "b")}},
		{"the other is tied", untied, none, fmt.Sprintf(two, head, embedding), "false", []string{mixed("b", "a")}},
		{"the other is tied and does not say so", untied, silent, fmt.Sprintf(two, head, embedding), "false", []string{mixed("b", "a")}},
		{"the donor says that it is tied and has a copy", double, untied, fmt.Sprintf(two, embedding, head), "false", []string{mixed("a", "b")}},
		{"the donor says that it is tied and has another head", unlike, untied, fmt.Sprintf(two, embedding, head), "false",
			[]string{differs("18", "a", "the embedding is used instead"), mixed("a", "b")}},
		{"both are tied and have a copy", double, double, "", "true", nil},
		{"both are tied and one has a copy", none, double, "", "true", nil},
		{"both are tied and one has another head", double, unlike, "", "true", []string{differs("30", "b", "it is left out")}},
		{"both are of a type that ties, and have a copy", gemma, gemma, "", "", nil},
		{"both are of a type that nobody knows", unknown, unknown, fmt.Sprintf(two, head, head), "", nil},
		{"a config that ties in its text_config", nested, nested, "", "true}", nil},
	} {
		p, warnings := models{"a": tt.a, "b": tt.b}.warned(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
		got := ""
		if slices.Contains(names(p), head) {
			got = shown(t, p, head)
		}
		if got != tt.want || p.HasHead() != (got != "") {
			t.Errorf("%s: the head is %q, want %q", tt.what, got, tt.want)
		}
		flag := ""
		if _, after, ok := strings.Cut(configJSON(t, p), `"tie_word_embeddings": `); ok {
			flag, _, _ = strings.Cut(strings.ReplaceAll(after, ",", "\n"), "\n")
		}
		if flag != tt.flag {
			t.Errorf("%s: tie_word_embeddings is %q, want %q", tt.what, flag, tt.flag)
		}
		equalLines(t, tt.what, warnings, tt.warnings)
	}
	equalLines(t, "faults", models{"a": untied, "b": headless}.refused(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n"),
		[]string{"2:30: b has no tensor for lm_head.weight, which a has; leave b out, or name a model that has the same tensors as a"})
}

// A head of another type is compared by its values, and at both ends.
func TestStoredHeadOfAnotherType(t *testing.T) {
	config := "merge_method: linear\nmodels: [{model: a}]\nparameters: {weight: 1}\n"
	wide := llama(1).without("lm_head").with("lm_head.weight F32 8x4").tied("true")
	if _, warnings := (models{"a": wide}).warned(t, config); len(warnings) > 0 {
		t.Errorf("zeros in two types: %v", warnings)
	}
	wide.end = "\x00\x00\x80\x3f"
	if _, warnings := (models{"a": wide}).warned(t, config); len(warnings) != 1 {
		t.Errorf("a last element of 1: %v", warnings)
	}
	wide.end = "\x00\x00\x80\x3f" + strings.Repeat("\x00", 4*8*4-4)
	if _, warnings := (models{"a": wide}).warned(t, config); len(warnings) != 1 {
		t.Errorf("a first element of 1: %v", warnings)
	}
	if _, warnings := (models{"a": llama(1).without("lm_head").with("lm_head.weight BF16 9x4").tied("true")}).warned(t, config); len(warnings) != 1 {
		t.Errorf("a head of more rows: %v", warnings)
	}
}

// A filter of a model's own parameter sees the head's name where its embedding stands for it.
func TestTiedHeadFilter(t *testing.T) {
	p, _ := models{"a": llama(1), "b": llama(1).without("lm_head")}.warned(t, `
merge_method: linear
models:
- model: a
- model: b
  parameters: {weight: [{filter: lm_head, value: 5}, {filter: embed, value: 6}]}
parameters: {weight: 1}
`)
	for name, want := range map[string]float64{"lm_head.weight": 5, "model.embed_tokens.weight": 6, "model.norm.weight": 1} {
		if got := call(t, p, name).Args.PerModel[1]["weight"]; got != want {
			t.Errorf("%s: weight of b = %v, want %v", name, got, want)
		}
	}
}

// Slices take the head from the last one: its embedding where that is tied and the donor asks for a head of its own.
func TestTiedSlices(t *testing.T) {
	config := "merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [0, 1]}]\n"
	p, warnings := models{"a": llama(1), "b": llama(1).without("lm_head")}.warned(t, config)
	if got := shown(t, p, "lm_head.weight"); got != "copy x/b:model.embed_tokens.weight" || len(warnings) != 1 {
		t.Errorf("untied, then tied: the head is %s, warnings %v", got, warnings)
	}
	p, warnings = models{"a": llama(1).without("lm_head"), "b": llama(1)}.warned(t, config)
	if got := shown(t, p, "lm_head.weight"); got != "copy x/b:lm_head.weight" || len(warnings) != 1 || !strings.Contains(configJSON(t, p), `"tie_word_embeddings": false`) {
		t.Errorf("tied, then untied: the head is %s, warnings %v", got, warnings)
	}
	headless := llama(1).without("lm_head").says(`{"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 1, "tie_word_embeddings": false}`)
	equalLines(t, "faults", models{"a": llama(1), "b": headless}.refused(t, config), []string{"4:21: b has no tensor for lm_head.weight, which a has; leave b out, or name a model that has the same tensors as a"})
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
