package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// Whatever does not fit is told in one go, in the order of the places.
func TestFaultsTogether(t *testing.T) {
	small := llama(2)
	wide := llama(2).renamed("4x4", "6x6").renamed("8x4", "8x6").renamed("norm.weight BF16 4", "norm.weight BF16 6")
	got := models{"a": small, "wide": wide, "bare": small.without("q_proj"), "deep": llama(3)}.refused(t, `merge_method: linear
models:
  - model: a
    parameters: {weight: 1}
  - model: wide
    parameters: {weight: [{filter: norm, value: 1}]}
  - model: bare
    parameters: {weight: 1}
  - model: deep
    parameters: {weight: 1}
`)
	equalLines(t, "faults", got, []string{
		"5:12: model.embed_tokens.weight is [8, 6] in wide and [8, 4] in a",
		"5:12: model.layers.0.mlp.down_proj.weight is [6, 6] in wide and [4, 4] in a",
		"5:12: model.layers.0.self_attn.q_proj.weight is [6, 6] in wide and [4, 4] in a",
		"5:12: 4 more tensors of wide differ in shape from a's; only models of the same size can be merged",
		"6:26: linear needs weight of wide, but it has no value for model.embed_tokens.weight; end its list with a case without a filter",
		"7:12: bare has no tensor for model.layers.0.self_attn.q_proj.weight, which a has",
		"7:12: bare has no tensor for model.layers.1.self_attn.q_proj.weight, which a has; leave bare out, or name a model that has the same tensors as a",
		"9:12: deep has 3 layers and a has 2; use slices with a layer_range to say which layers to combine",
	})
}

// Of many missing tensors three are named and the rest counted, at the model that lacks them.
func TestMissing(t *testing.T) {
	biased := llama(2)
	for k := range 2 {
		biased = biased.with(fmt.Sprintf("model.layers.%d.self_attn.q_proj.bias BF16 4", k), fmt.Sprintf("model.layers.%d.self_attn.k_proj.bias BF16 4", k))
	}
	config := "merge_method: linear\nmodels:\n  - model: a\n  - model: b\nparameters: {weight: 1}\n"
	equalLines(t, "faults", models{"a": llama(2), "b": biased}.refused(t, config), []string{
		"3:12: a has no tensor for model.layers.0.self_attn.q_proj.bias, which b has",
		"3:12: a has no tensor for model.layers.0.self_attn.k_proj.bias, which b has",
		"3:12: a has no tensor for model.layers.1.self_attn.q_proj.bias, which b has",
		"3:12: a lacks 1 more tensor; leave a out, or name a model that has the same tensors as b",
	})
	equalLines(t, "faults", models{"a": biased, "b": llama(2).without("layers.0.")}.refused(t, config), []string{
		"4:12: b has no tensor for model.layers.0.mlp.down_proj.weight, which a has",
		"4:12: b has no tensor for model.layers.0.self_attn.q_proj.weight, which a has",
		"4:12: b has no tensor for model.layers.0.self_attn.q_proj.bias, which a has",
		"4:12: b lacks 3 more tensors; leave b out, or name a model that has the same tensors as a",
	})
}

// Every range that is too long is told, and the slices that can be planned are checked all the same.
func TestLayerRanges(t *testing.T) {
	got := models{"a": llama(2), "b": llama(3).without("layers.2.mlp")}.refused(t, `merge_method: linear
slices:
  - sources:
      - {model: a, layer_range: [0, 3]}
      - {model: b, layer_range: [1, 4]}
  - sources:
      - {model: a, layer_range: [1, 2]}
      - {model: b, layer_range: [2, 3]}
parameters: {weight: [{filter: layers, value: 1}]}
`)
	equalLines(t, "faults", got, []string{
		"4:33: layers 0 to 2 of a, which has 2: the last is 1; write [0, 2]: the second number is the layer after the last",
		"5:33: layers 1 to 3 of b, which has 3: the last is 2; write [1, 3]: the second number is the layer after the last",
		"8:17: b has no tensor for model.layers.2.mlp.down_proj.weight, which a has; leave b out, or name a model that has the same tensors as a",
		"9:22: linear needs weight of a, but it has no value for model.embed_tokens.weight; end its list with a case without a filter",
		"9:22: linear needs weight of b, but it has no value for model.embed_tokens.weight; end its list with a case without a filter",
	})
}

// Another architecture is one fault, not one for each tensor that follows from it, and what is wrong with
// parameters is told beside it.
func TestArchitectures(t *testing.T) {
	gpt := checkpoint{config: `{"architectures": ["GPT2LMHeadModel"], "n_layer": 2, "torch_dtype": "float32"}`,
		lines: []string{"wte.weight F32 8x4", "h.0.ln_1.weight F32 4", "h.1.ln_1.weight F32 4"}}
	ms := models{"a": llama(3), "b": gpt, "c": llama(3)}
	config := `merge_method: linear
models:
  - {model: a, parameters: {weight: 1}}
  - {model: b, parameters: {weight: 1}}
  - {model: c, parameters: {weight: [{filter: norm, value: 1}]}}
`
	equalLines(t, "faults", ms.refused(t, config), []string{
		"4:13: b is a GPT2LMHeadModel, but a is a LlamaForCausalLM; add --allow-crimes if you know that their tensors fit",
		"5:37: linear needs weight of c, but it has no value for model.embed_tokens.weight; end its list with a case without a filter",
	})

	mistral := llama(3).says(strings.Replace(fmt.Sprintf(llamaConfig, 3), "Llama", "Mistral", 1))
	p, faults := models{"a": llama(3), "b": mistral}.build(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n", plan.Options{AllowCrimes: true})
	if p == nil {
		t.Fatal(faults)
	}
	equalLines(t, "warnings", lines(faults), []string{"2:30: warning: b is a MistralForCausalLM, but a is a LlamaForCausalLM"})

	// The old spelling is the same architecture, and a model that names none is not compared.
	old := llama(3).says(strings.Replace(fmt.Sprintf(llamaConfig, 3), "Llama", "LLaMa", 1))
	models{"a": llama(3), "b": old, "c": llama(3).says(`{"num_hidden_layers": 3, "torch_dtype": "bfloat16"}`)}.plan(t,
		"merge_method: linear\nmodels: [{model: a}, {model: b}, {model: c}]\nparameters: {weight: 1}\n")
}

// Slices need one stack of layers to cut.
func TestStacks(t *testing.T) {
	flat := checkpoint{lines: []string{"embed.weight BF16 8x4"}}
	seeing := llama(2).with("vision_tower.blocks.0.weight BF16 4", "vision_tower.blocks.1.weight BF16 4")
	got := models{"flat": flat, "seeing": seeing}.refused(t, `merge_method: passthrough
slices:
  - sources: [{model: flat, layer_range: [0, 1]}]
  - sources: [{model: seeing, layer_range: [0, 1]}]
`)
	equalLines(t, "faults", got, []string{
		"3:23: no tensor of flat is numbered by layer; use the models form",
		"4:23: seeing has a second stack of layers, vision_tower.blocks.0 to 1, and slices cannot say what to do with it; use the models form",
	})
	// The models form takes both.
	p := models{"a": flat, "b": flat}.plan(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
	equalLines(t, "names", names(p), []string{"embed.weight"})
}

// A number of layers that the tensors do not bear out is refused with both numbers, before anything is made of it.
func TestLayerCounts(t *testing.T) {
	incomplete := "its upload or download may be incomplete; if not, "
	for _, tt := range []struct{ said, hint string }{
		{"4", incomplete}, {"40", incomplete}, {"999999", incomplete},
		{"1000000000", ""}, {"1e9", ""}, {"0", ""}, {"-1", ""}, {"2.5", ""}, {`"2"`, ""}, {"true", ""},
	} {
		for path, config := range map[string]string{
			"num_hidden_layers":             `{"num_hidden_layers": %s}`,
			"text_config.num_hidden_layers": `{"text_config": {"num_hidden_layers": %s}}`,
			"n_layer":                       `{"n_layer": %s, "num_layers": 2}`,
		} {
			a := llama(2).says(fmt.Sprintf(config, tt.said))
			want := fmt.Sprintf("config.json of a has %s: %s, and its weight files have 2 layers; %s%s should be 2", path, tt.said, tt.hint, path[strings.IndexByte(path, '.')+1:])
			equalLines(t, path, models{"a": a}.refused(t, "merge_method: passthrough\nmodels: [{model: a}]\n"), []string{"2:18: " + want})
			equalLines(t, path, models{"a": a}.refused(t, "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 2]}]}]\n"), []string{"2:29: " + want})
		}
	}
	// What is no count is passed over, and so is a count of layers that have no numbers.
	flat := checkpoint{lines: []string{"embed.weight BF16 8x4"}}
	for _, c := range []checkpoint{llama(2).says(`{"num_hidden_layers": null, "n_layer": [2, 2], "num_layers": 2}`), flat.says(`{"num_hidden_layers": 2}`)} {
		models{"a": c}.plan(t, "merge_method: passthrough\nmodels: [{model: a}]\n")
	}
	equalLines(t, "faults", models{"a": flat.says(`{"num_hidden_layers": -1}`)}.refused(t, "merge_method: passthrough\nmodels: [{model: a}]\n"),
		[]string{"2:18: config.json of a has num_hidden_layers: -1, and its weight files have no tensor numbered by layer; find another copy of the model whose num_hidden_layers is a number"})
}

// Two vocabularies are told with both sizes.
func TestVocabularies(t *testing.T) {
	equalLines(t, "faults", models{"a": llama(1), "b": llama(1).renamed("8x4", "9x4")}.refused(t,
		"merge_method: linear\nmodels:\n  - model: a\n  - model: b\nparameters: {weight: 1}\n"), []string{
		"4:12: model.embed_tokens.weight has 9 rows in b and 8 in a; add --unsafe-truncate-embeddings to cut the vocabularies to the rows that all models have; the other tokens lose their meaning",
		"4:12: lm_head.weight has 9 rows in b and 8 in a; add --unsafe-truncate-embeddings to cut the vocabularies to the rows that all models have; the other tokens lose their meaning",
	})
	// No dimension is stretched.
	equalLines(t, "faults", models{"a": llama(1), "b": llama(1).renamed("norm.weight BF16 4", "norm.weight BF16 1")}.refused(t,
		"merge_method: linear\nmodels:\n  - model: a\n  - model: b\nparameters: {weight: 1}\n"), []string{
		"4:12: model.norm.weight is [1] in b and [4] in a; only models of the same size can be merged",
	})
}

// Floats do not meet integers.
func TestKinds(t *testing.T) {
	equalLines(t, "faults", models{"a": llama(1), "b": llama(1).renamed("model.norm.weight BF16", "model.norm.weight I64")}.refused(t,
		"merge_method: linear\nmodels:\n  - model: a\n  - model: b\nparameters: {weight: 1}\n"), []string{
		"4:12: model.norm.weight is I64 in b and BF16 in a",
	})
}

// A result without a tensor is refused.
func TestNothingLeft(t *testing.T) {
	got := models{"a": {lines: []string{"rotary_emb.inv_freq F32 4"}}, "b": {lines: []string{"masked_bias F32"}}}.refused(t,
		"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
	if want := "1:15: the models have no tensor in common"; got[0] != want {
		t.Errorf("faults = %v, want %s first", got, want)
	}
}
