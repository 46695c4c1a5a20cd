package plan_test

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A value that only its place in a gradient makes wrong is a fault of the value, told once and not for each layer.
func TestGradientOfWholeNumbers(t *testing.T) {
	methods := []recipe.Method{{Name: "twice", Models: recipe.Count{Min: 1}, Params: []recipe.Param{{Name: "times", Type: recipe.Int, Default: 1}}}}
	r, faults := recipe.Parse("merge.yaml", []byte("merge_method: twice\nmodels: [{model: a}]\nparameters: {times: [1, 2]}\n"), methods)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, faults := plan.Build(r, methods, []*plan.Model{llama(5).read(t, "a")}, plan.Options{})
	if p != nil {
		t.Error("planned")
	}
	equalLines(t, "faults", lines(faults), []string{"3:21: times is 1.25 at 0.25 of its gradient, and must be a whole number"})
}

// Two tensors that would have one name cannot be written.
func TestNamesCollide(t *testing.T) {
	donor := llama(1)
	other := llama(1).with("p.model.norm.weight BF16 4").renamed("model.norm.weight BF16 4", "model.norm.weight BF16 4")
	got := models{"donor": donor, "other": other}.refused(t, "merge_method: passthrough\nbase_model: donor\nslices: [{sources: [{model: other, layer_range: [0, 1]}]}]\n")
	if len(got) != 1 || !strings.HasPrefix(got[0], "2:13: the result cannot be written: ") || !strings.Contains(got[0], `"model.norm.weight" appears twice`) {
		t.Errorf("faults = %v", got)
	}
}

// A layer norm goes by the donor's spelling in layers that come from others.
func TestSpellings(t *testing.T) {
	bert := func(suffix string) checkpoint {
		return checkpoint{config: `{"num_hidden_layers": 1, "torch_dtype": "float32"}`,
			lines: []string{"encoder.layer.0.output.LayerNorm." + suffix + " F32 4", "encoder.layer.0.new.LayerNorm." + suffix + " F32 4", "pooler.weight F32 4"}}
	}
	p := models{"old": bert("gamma").without("new"), "new": bert("weight")}.plan(t,
		"merge_method: passthrough\nslices:\n- sources: [{model: old, layer_range: [0, 1]}]\n- sources: [{model: new, layer_range: [0, 1]}]\n")
	equalLines(t, "names", names(p), []string{"encoder.layer.0.output.LayerNorm.gamma",
		"encoder.layer.1.output.LayerNorm.gamma", "encoder.layer.1.new.LayerNorm.weight", "pooler.weight"})
}

// Many tensors of another kind are counted.
func TestManyKinds(t *testing.T) {
	c := llama(2)
	got := models{"a": c, "b": c.renamed("q_proj.weight BF16 4x4", "q_proj.weight I64 4x4").renamed("down_proj.weight BF16 4x4", "down_proj.weight I64 4x4")}.refused(t,
		"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
	equalLines(t, "faults", got, []string{
		"2:30: model.layers.0.mlp.down_proj.weight is I64 in b and BF16 in a",
		"2:30: model.layers.0.self_attn.q_proj.weight is I64 in b and BF16 in a",
		"2:30: model.layers.1.mlp.down_proj.weight is I64 in b and BF16 in a",
		"2:30: 1 more tensor of b is integers where a has none, or the other way around",
	})
}

// A nested config that ties is untied as well.
func TestNestedTie(t *testing.T) {
	tied := llama(1).without("lm_head").says(`{"text_config": {"num_hidden_layers": 1, "tie_word_embeddings": true}, "torch_dtype": "bfloat16"}`)
	p, _ := models{"a": tied, "b": llama(1)}.warned(t, "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
	if got, want := configJSON(t, p), `{"text_config": {"num_hidden_layers": 1, "tie_word_embeddings": false}, "torch_dtype": "bfloat16", "tie_word_embeddings": false}`; got != want {
		t.Errorf("config.json = %s, want %s", got, want)
	}
}

// The key for quantization goes, wherever it stands.
func TestQuantizationGoes(t *testing.T) {
	for config, want := range map[string]string{
		`{"quantization_config": {"bits": 4}, "torch_dtype": "bfloat16"}`:                              `{"torch_dtype": "bfloat16"}`,
		`{"torch_dtype": "bfloat16", "quantization_config": {"bits": 4}}`:                              `{"torch_dtype": "bfloat16"}`,
		"{\n  \"torch_dtype\": \"bfloat16\",\n  \"quantization_config\": {\n    \"bits\": 4\n  }\n}\n": "{\n  \"torch_dtype\": \"bfloat16\"\n}\n",
		"{\n  \"quantization_config\": {\"bits\": 4},\n  \"torch_dtype\": \"bfloat16\"\n}\n":           "{\n  \"torch_dtype\": \"bfloat16\"\n}\n",
		`{"quantization_config": {}, "torch_dtype": "bfloat16"}`:                                       `{"quantization_config": {}, "torch_dtype": "bfloat16"}`,
	} {
		p, _ := models{"a": llama(1).says(config)}.warned(t, passA)
		if got := configJSON(t, p); got != want {
			t.Errorf("%s became %s, want %s", config, got, want)
		}
	}
}

// Small files are read whole, and those that are not there or not small are errors.
func TestReadSmall(t *testing.T) {
	c := llama(1)
	c.files = map[string]string{"tokenizer.json": "{}", "empty.txt": ""}
	m := c.read(t, "a")
	for name, want := range map[string]string{"tokenizer.json": "{}", "empty.txt": ""} {
		if got, err := m.ReadSmall(t.Context(), name); err != nil || string(got) != want {
			t.Errorf("ReadSmall(%s) = %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := m.ReadSmall(t.Context(), "missing"); err == nil || !strings.HasPrefix(err.Error(), "missing: ") {
		t.Errorf("ReadSmall of nothing = %v", err)
	}
	files := memory{"huge": file{nil, 1 << 40}}
	if _, err := plan.ReadFile(t.Context(), files, "huge", 100); err == nil || !strings.Contains(err.Error(), "more than the 100 allowed") {
		t.Errorf("ReadFile of a huge file = %v", err)
	}
}

// A model that does not meet the others in its architecture is not told of twice in slices.
func TestArchitecturesInSlices(t *testing.T) {
	gpt := checkpoint{config: `{"architectures": ["GPT2LMHeadModel"]}`, lines: []string{"wte.weight F32 8x4"}}
	equalLines(t, "faults", models{"a": llama(1), "b": gpt}.refused(t, "merge_method: passthrough\nslices:\n- sources: [{model: a, layer_range: [0, 1]}]\n- sources: [{model: b, layer_range: [0, 1]}]\n"),
		[]string{"4:21: b is a GPT2LMHeadModel, but a is a LlamaForCausalLM; add --allow-crimes if you know that their tensors fit"})
}

// config.json of a model that was saved from a folder names that folder, and the result does not.
func TestPathInConfig(t *testing.T) {
	for name, kept := range map[string]bool{
		"alice/model": true, "gpt2": true, "": true,
		"/home/alice/model": false, "./model": false, "../model": false, "~/model": false, `C:\\model`: false, "out/": false, "runs/7/out": false,
	} {
		c := llama(1)
		c.config = strings.Replace(c.config, "{", `{"_name_or_path": "`+name+`", `, 1)
		p, _ := models{"a": c}.warned(t, passA)
		if got := strings.Contains(configJSON(t, p), `"_name_or_path": "`+name+`"`); got != kept {
			t.Errorf("_name_or_path %q: kept %v, want %v", name, got, kept)
		}
	}
}
