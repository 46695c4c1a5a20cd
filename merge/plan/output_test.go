package plan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// The donor's tokenizer, templates, code and modules go with the result; weights, cards and training state do not, and
// terms of use are nothing that a plan decides.
func TestFiles(t *testing.T) {
	carried := []string{
		"1_Pooling/config.json", "2_Dense/model.safetensors",
		"added_tokens.json", "additional_chat_templates/rag.jinja", "chat_template.jinja", "chat_template.json",
		"config_sentence_transformers.json", "generation_config.json", "merges.txt", "modules.json", "normalizer.json",
		"preprocessor_config.json", "processor_config.json", "qwen.tiktoken", "sentence_bert_config.json", "sentencepiece.bpe.model",
		"special_tokens_map.json", "tekken.json", "tokenization_x.py", "tokenizer.json", "tokenizer.model", "tokenizer_config.json",
		"video_preprocessor_config.json", "vocab.json", "vocab.txt",
	}
	terms := []string{"Licence.md", "LICENSE", "LICENSE.txt", "NOTICE", "USE_POLICY.md", "license.md", "COPYING"}
	for _, name := range terms {
		if !plan.IsTerms(name) || !plan.Needs(name) {
			t.Errorf("IsTerms(%s) = %t and Needs = %t, want both", name, plan.IsTerms(name), plan.Needs(name))
		}
	}
	left := []string{
		"README.md", "optimizer.pt", "pytorch_model.bin", "training_args.bin", "trainer_state.json", "consolidated.safetensors",
		"mergekit_config.yml", "onnx/model.onnx", "handler.py", "3_Other/config.json", "adapter_config.json", "quantize_config.json",
	}
	c := llama(1)
	c.files = map[string]string{}
	for _, name := range slices.Concat(carried, terms, left) {
		c.files[name] = name
	}
	c.files["modules.json"] = `[{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]`
	files := func(c checkpoint) (names []string) {
		other := llama(1)
		other.files = map[string]string{"tokenizer.json": "another", "vocab.txt": "another"}
		for _, f := range (models{"other": other, "donor": c}).plan(t, "merge_method: slerp\nbase_model: donor\nmodels: [{model: other}, {model: donor}]\nparameters: {t: 1}\n").Files {
			names = append(names, f.Name)
			if f.Source != 0 || (f.Edited == nil) != (f.Name != "config.json") {
				t.Errorf("%s: source %d, edited %q", f.Name, f.Source, f.Edited)
			}
			if f.Name != "config.json" && f.Size != int64(len(c.files[f.Name])) {
				t.Errorf("%s: %d bytes, want %d", f.Name, f.Size, len(c.files[f.Name]))
			}
		}
		return names
	}
	want := append(slices.Clone(carried), "config.json")
	slices.Sort(want)
	equalLines(t, "files", files(c), want)
	// With auto_map all code at the top goes along, as the files that it names may import others.
	c.config = strings.Replace(c.config, "\n}", ",\n  \"auto_map\": {\"AutoModel\": \"modeling_x.X\"}\n}", 1)
	c.files["modeling_x.py"] = "import handler"
	c.files["tools/convert.py"] = ""
	want = append(want, "handler.py", "modeling_x.py")
	slices.Sort(want)
	equalLines(t, "files with auto_map", files(c), want)
}

// A file that the donor lists and cannot open is a fault.
func TestFilesBreak(t *testing.T) {
	r, _ := recipe.Parse("merge.yaml", []byte("merge_method: passthrough\nmodels: [{model: a}]\n"), merge.Methods())
	c := llama(1)
	c.files = map[string]string{"vocab.txt": "x"}
	m := c.read(t, "a")
	m.Files = vanishing{m.Files}
	p, faults := plan.Build(r, merge.Methods(), []*plan.Model{m}, plan.Options{})
	if want := "merge.yaml:2:18: vocab.txt of a: "; p != nil || len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), want) {
		t.Errorf("Build = %v, %v; want %s...", p, faults, want)
	}
}

// vanishing lists files that are gone.
type vanishing struct{ plan.Files }

func (v vanishing) Open(context.Context, string) (io.ReaderAt, int64, error) {
	return nil, 0, errors.New("gone")
}

// The donor is the base, else the model that is first in the first slice.
func TestDonor(t *testing.T) {
	ms := models{"a": llama(1), "b": llama(1).says(strings.Replace(fmt.Sprintf(llamaConfig, 1), "{", "{\n  \"b\": 1,", 1))}
	for config, want := range map[string]int{
		"merge_method: linear\nmodels: [{model: b}, {model: a}]\nparameters: {weight: 1}\n":                  0, // b is source 0
		"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\nbase_model: b\n":   1,
		"merge_method: passthrough\nbase_model: b\nslices: [{sources: [{model: a, layer_range: [0, 1]}]}]\n": 0,
	} {
		p := ms.plan(t, config)
		if p.Donor != want || !strings.Contains(configJSON(t, p), `"b": 1`) {
			t.Errorf("%q: donor %d, want %d", config, p.Donor, want)
		}
	}
}

// config.json changes where it must and nowhere else.
func TestConfig(t *testing.T) {
	keep := `"rope_theta": 1e6, "eps": 1.0e-05, "big": 12345678901234567890, "text": "\u00e9 <&>"`
	stack := func(ranges ...string) string {
		s := "merge_method: passthrough\nslices:\n"
		for _, r := range ranges {
			s += "- sources: [{model: a, layer_range: " + r + "}]\n"
		}
		return s
	}
	three := stack("[0, 2]", "[1, 2]")
	for _, tt := range []struct {
		what, config, recipe, want string
	}{
		{"nothing", `{"num_hidden_layers": 2, "torch_dtype": "bfloat16"}`, stack("[0, 2]"), `{"num_hidden_layers": 2, "torch_dtype": "bfloat16"}`},
		{"the layers", `{ "num_hidden_layers" :2,` + keep + `, "torch_dtype": "bfloat16" }`, three, `{ "num_hidden_layers" :3,` + keep + `, "torch_dtype": "bfloat16" }`},
		{"the layers under two names", `{"n_layer": 2, "num_hidden_layers": 2, "torch_dtype": "bfloat16"}`, three, `{"n_layer": 3, "num_hidden_layers": 3, "torch_dtype": "bfloat16"}`},
		{"nested layers", `{"text_config": {"num_hidden_layers": 2}, "vision_config": {"num_hidden_layers": 2}, "dtype": "bfloat16"}`, three,
			`{"text_config": {"num_hidden_layers": 3}, "vision_config": {"num_hidden_layers": 2}, "dtype": "bfloat16"}`},
		{"GPT's layers", `{"n_layer": 2, "torch_dtype": "bfloat16"}`, three, `{"n_layer": 3, "torch_dtype": "bfloat16"}`},
		{"the models form leaves the layers", `{"num_hidden_layers": 2, "layer_types": ["a", "b"], "torch_dtype": "bfloat16"}`, "merge_method: passthrough\nmodels: [{model: a}]\n",
			`{"num_hidden_layers": 2, "layer_types": ["a", "b"], "torch_dtype": "bfloat16"}`},
		{"torch_dtype", `{"num_hidden_layers": 2, "torch_dtype": "float16"}`, "dtype: float32\n" + stack("[0, 2]"), `{"num_hidden_layers": 2, "torch_dtype": "float32"}`},
		{"dtype", `{"num_hidden_layers": 2, "dtype": "float32"}`, stack("[0, 2]"), `{"num_hidden_layers": 2, "dtype": "bfloat16"}`},
		{"both", `{"torch_dtype": "torch.float32", "num_hidden_layers": 2, "dtype": null}`, stack("[0, 2]"), `{"torch_dtype": "bfloat16", "num_hidden_layers": 2, "dtype": "bfloat16"}`},
		{"neither", "{\n    \"num_hidden_layers\": 2\n}\n", stack("[0, 2]"), "{\n    \"num_hidden_layers\": 2,\n    \"torch_dtype\": \"bfloat16\"\n}\n"},
		{"neither, on one line", `{"num_hidden_layers": 2}`, stack("[0, 2]"), `{"num_hidden_layers": 2, "torch_dtype": "bfloat16"}`},
		{"neither, with tabs and CRLF", "{\r\n\t\"num_hidden_layers\": 2\r\n}", stack("[0, 2]"), "{\r\n\t\"num_hidden_layers\": 2,\r\n\t\"torch_dtype\": \"bfloat16\"\r\n}"},
		{"nested types", `{"num_hidden_layers": 2, "dtype": "float32", "text_config": {"dtype": "float32"}, "audio_config": {"torch_dtype": "float16", "inner_config": {"dtype": "float16"}}, "rope": {"dtype": "float32"}}`, stack("[0, 2]"),
			`{"num_hidden_layers": 2, "dtype": "bfloat16", "text_config": {"dtype": "bfloat16"}, "audio_config": {"torch_dtype": "bfloat16", "inner_config": {"dtype": "bfloat16"}}, "rope": {"dtype": "float32"}}`},
		{"lists of layers", "{\n  \"num_hidden_layers\": 2,\n  \"layer_types\": [\n    \"full\",\n    \"slide\"\n  ],\n  \"no_rope_layers\": [1, 0],\n  \"torch_dtype\": \"bfloat16\"\n}", three,
			"{\n  \"num_hidden_layers\": 3,\n  \"layer_types\": [\n    \"full\",\n    \"slide\",\n    \"slide\"\n  ],\n  \"no_rope_layers\": [1, 0, 0],\n  \"torch_dtype\": \"bfloat16\"\n}"},
		{"numbers of layers", `{"num_hidden_layers": 2, "mlp_only_layers": [1], "cross_attention_layers": [], "torch_dtype": "bfloat16"}`, stack("[1, 2]", "[0, 2]"),
			`{"num_hidden_layers": 3, "mlp_only_layers": [0, 2], "cross_attention_layers": [], "torch_dtype": "bfloat16"}`},
		{"a letter a layer", `{"num_hidden_layers": 2, "hybrid_override_pattern": "M*", "torch_dtype": "bfloat16"}`, three, `{"num_hidden_layers": 3, "hybrid_override_pattern": "M**", "torch_dtype": "bfloat16"}`},
		{"a pattern that repeats", `{"num_hidden_layers": 2, "block_types": ["r", "r", "a"], "torch_dtype": "bfloat16"}`, stack("[0, 2]"), `{"num_hidden_layers": 2, "block_types": ["r", "r", "a"], "torch_dtype": "bfloat16"}`},
		{"a value a layer", `{"num_hidden_layers": 2, "intermediate_size": [12, 16], "activation_sparsity_pattern": [0.95, 0], "torch_dtype": "bfloat16"}`, three,
			`{"num_hidden_layers": 3, "intermediate_size": [12, 16, 16], "activation_sparsity_pattern": [0.95, 0, 0], "torch_dtype": "bfloat16"}`},
		{"numbers of layers from 1", `{"num_hidden_layers": 2, "linear_attn_config": {"full_attn_layers": [2], "kda_layers": [1], "num_heads": 2}, "moe_layers": [1], "torch_dtype": "bfloat16"}`, three,
			`{"num_hidden_layers": 3, "linear_attn_config": {"full_attn_layers": [2, 3], "kda_layers": [1], "num_heads": 2}, "moe_layers": [1, 2], "torch_dtype": "bfloat16"}`},
		{"one value for all layers", `{"num_hidden_layers": 2, "intermediate_size": 12, "eos_token_id": [1, 2], "torch_dtype": "bfloat16"}`, three,
			`{"num_hidden_layers": 3, "intermediate_size": 12, "eos_token_id": [1, 2], "torch_dtype": "bfloat16"}`},
		{"lists that nobody knows, where no layer moves", `{"num_hidden_layers": 2, "gates": [1, 0], "odd_layers": [1], "torch_dtype": "bfloat16"}`, stack("[0, 2]"),
			`{"num_hidden_layers": 2, "gates": [1, 0], "odd_layers": [1], "torch_dtype": "bfloat16"}`},
		{"nested lists", `{"text_config": {"num_hidden_layers": 2, "layer_types": ["f", "s"]}, "torch_dtype": "bfloat16"}`, three, `{"text_config": {"num_hidden_layers": 3, "layer_types": ["f", "s", "s"]}, "torch_dtype": "bfloat16"}`},
		{"dense layers", `{"num_hidden_layers": 2, "first_k_dense_replace": 1, "max_window_layers": 2, "torch_dtype": "bfloat16"}`, stack("[0, 1]", "[0, 2]"),
			`{"num_hidden_layers": 3, "first_k_dense_replace": 2, "max_window_layers": 3, "torch_dtype": "bfloat16"}`},
		{"a period that is kept", `{"num_hidden_layers": 2, "sliding_window_pattern": 2, "torch_dtype": "bfloat16"}`, stack("[0, 2]", "[0, 2]"), `{"num_hidden_layers": 4, "sliding_window_pattern": 2, "torch_dtype": "bfloat16"}`},
		{"Python's numbers", `{"num_hidden_layers": 2, "limit": [0.0, 1, Infinity], "x": NaN, "torch_dtype": "float16"}`, three, `{"num_hidden_layers": 3, "limit": [0.0, 1, Infinity], "x": NaN, "torch_dtype": "bfloat16"}`},
		{"a byte order mark", "\ufeff" + `{"num_hidden_layers": 2, "torch_dtype": "bfloat16"}`, three, `{"num_hidden_layers": 3, "torch_dtype": "bfloat16"}`},
		{"a dot in a key", `{"text_config.num_hidden_layers": 9, "num_hidden_layers": 2, "torch_dtype": "bfloat16"}`, three, `{"text_config.num_hidden_layers": 9, "num_hidden_layers": 3, "torch_dtype": "bfloat16"}`},
	} {
		p := models{"a": llama(2).says(tt.config)}.plan(t, tt.recipe)
		if got := configJSON(t, p); got != tt.want {
			t.Errorf("%s:\n got  %s\n want %s", tt.what, got, tt.want)
		}
	}
}

// Lists come from the config of the model that each layer is of.
func TestConfigOfSeveral(t *testing.T) {
	config := func(types string) string {
		return `{"model_type": "llama", "num_hidden_layers": 2, "layer_types": ` + types + `, "torch_dtype": "bfloat16"}`
	}
	recipe := "merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [0, 2]}]\n"
	p := models{"a": llama(2).says(config(`["f", "f"]`)), "b": llama(2).says(config(`["s", "t"]`))}.plan(t, recipe)
	if got, want := configJSON(t, p), `"layer_types": ["f", "s", "t"]`; !strings.Contains(got, want) {
		t.Errorf("config.json = %s, want %s", got, want)
	}
	// A model without the list has its layers as the donor has those of the same number.
	p = models{"a": llama(2).says(config(`["f", "g"]`)), "b": llama(2)}.plan(t, recipe)
	if got, want := configJSON(t, p), `"layer_types": ["f", "f", "g"]`; !strings.Contains(got, want) {
		t.Errorf("config.json = %s, want %s", got, want)
	}
}

// What the config would say wrongly is warned of.
func TestConfigWarnings(t *testing.T) {
	stacked := "merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [1, 2]}]\n- sources: [{model: a, layer_range: [0, 2]}]\n"
	for _, tt := range []struct{ config, want, stays string }{
		{`{}`, "3:21: warning: config.json of a has no key for the number of layers, so it stays as it is; the result has 3; set it by hand", ""},
		{`{"num_hidden_layers": 2, "sliding_window_pattern": 2}`, "sliding_window_pattern in config.json of a is unchanged: it is a period of layers, and the slices move layers out of step with it", `"sliding_window_pattern": 2`},
		{`{"num_hidden_layers": 2, "first_k_dense_replace": 1}`, "first_k_dense_replace in config.json of a is unchanged: it counts the dense layers at the start", `"first_k_dense_replace": 1`},
		{`{"num_hidden_layers": 2, "max_window_layers": 1, "use_sliding_window": true}`, "max_window_layers in config.json of a is unchanged", `"max_window_layers": 1`},
		{`{"num_hidden_layers": 2, "block_types": ["r", "r", "a"]}`, "block_types in config.json of a is unchanged: it is a repeating pattern, and the slices move layers out of step with it", `["r", "r", "a"]`},
		{`{"num_hidden_layers": 2, "attention_types": [[["global", "local"], 1]]}`, "attention_types in config.json of a is unchanged: it counts layers", `[[["global", "local"], 1]]`},
		{`{"num_hidden_layers": 2, "gates": [1, 0]}`, "gates in config.json of a is unchanged: it has as many entries as the model has layers", `"gates": [1, 0]`},
		{`{"num_hidden_layers": 2, "mixer_config": {"odd_layers": [1], "kernel": [1]}}`, "mixer_config.odd_layers in config.json of a is unchanged: it seems to list layers by number", `"odd_layers": [1]`},
		{`{"text_config": {"num_hidden_layers": 2, "layer_scales": {"0": 1, "1": 2}}, "vision_config": {"gates": [0, 1], "out_layers": [1]}}`,
			"text_config.layer_scales in config.json of a is unchanged: it seems to have layers by number", `"layer_scales": {"0": 1, "1": 2}`},
		{`{"num_hidden_layers": 2, "quantization_config": {"quant_method": "bitsandbytes"}, "x": 1}`, "config.json of a says its weights are quantized (bitsandbytes), but they are not; the result does not say so", `2, "x": 1`},
		{`{"num_hidden_layers": 2, "quantization_config": {"bits": 4}}`, "says its weights are quantized (quantization_config)", `{"num_hidden_layers": 3, "torch_dtype"`},
	} {
		p, warnings := models{"a": llama(2).says(tt.config)}.warned(t, stacked)
		if len(warnings) != 1 || !strings.Contains(warnings[0], tt.want) {
			t.Errorf("%s: warnings %v, want %s", tt.config, warnings, tt.want)
		}
		if got := configJSON(t, p); !strings.Contains(strings.Replace(got, ": 3, \"x\"", ": 2, \"x\"", 1), tt.stays) {
			t.Errorf("%s became %s", tt.config, got)
		}
	}
	two := llama(2).says(`{"model_type": "llama", "num_hidden_layers": 2, "layer_types": ["f", "s"]}`)
	_, warnings := models{"a": two, "b": llama(3)}.warned(t,
		"merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [2, 3]}]\n")
	if len(warnings) != 1 || !strings.Contains(warnings[0], "layer_types in config.json of a is unchanged: it has an entry for each layer, but not for every layer that the slices take") {
		t.Errorf("warnings %v", warnings)
	}
	// A list that nobody knows speaks of the layers of its own model, wherever they go.
	other := func(gates string) checkpoint {
		return llama(2).says(`{"model_type": "llama", "num_hidden_layers": 2, "gates": ` + gates + `}`)
	}
	for gates, want := range map[string]int{"[0, 1]": 0, "[0,1]": 0, "[1, 1]": 1} {
		_, warnings = models{"a": other("[0, 1]"), "b": other(gates)}.warned(t,
			"merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [1, 2]}]\n")
		if len(warnings) != want {
			t.Errorf("gates %s: warnings %v, want %d", gates, warnings, want)
		}
	}
}
