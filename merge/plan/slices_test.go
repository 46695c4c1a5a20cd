package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// Overlapping slices stack layers under new numbers, and each is a copy of its source.
func TestSlicesOverlap(t *testing.T) {
	c := llama(4).says(`{"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 4, "torch_dtype": "bfloat16",
 "layer_types": ["s", "f", "s", "f"], "mlp_only_layers": [1, 3]}`)
	p := models{"a": c}.plan(t, `
merge_method: passthrough
slices:
  - sources: [{model: a, layer_range: [0, 3]}]
  - sources: [{model: a, layer_range: [1, 4]}]
`)
	if p.Layers != 6 {
		t.Errorf("Layers = %d, want 6", p.Layers)
	}
	want := []string{"model.embed_tokens.weight"}
	for out, in := range []int{0, 1, 2, 1, 2, 3} {
		for _, part := range []string{"mlp.down_proj.weight", "self_attn.q_proj.weight"} {
			name := fmt.Sprintf("model.layers.%d.%s", out, part)
			want = append(want, name)
			if got, want := shown(t, p, name), fmt.Sprintf("copy x/a:model.layers.%d.%s", in, part); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	}
	want = append(want, "model.norm.weight", "lm_head.weight")
	equalLines(t, "output order", names(p), want)
	for _, want := range []string{`"num_hidden_layers": 6`, `"layer_types": ["s", "f", "s", "f", "s", "f"]`, `"mlp_only_layers": [1, 3, 5]`} {
		if got := configJSON(t, p); !strings.Contains(got, want) {
			t.Errorf("config.json lacks %s:\n%s", want, got)
		}
	}
}

// What is before the layers comes from the first slice and what is after them from the last, from all of its
// sources even if the first slice has fewer. mergekit pairs the first slice's count with the last's models.
func TestSlicesEnds(t *testing.T) {
	ms := models{"a": llama(2), "b": llama(2), "c": llama(2)}
	p := ms.plan(t, `
merge_method: linear
slices:
  - sources: [{model: a, layer_range: [0, 1]}]
  - sources: [{model: b, layer_range: [1, 2]}, {model: c, layer_range: [1, 2]}]
parameters: {weight: 1}
`)
	for name, want := range map[string]string{
		"model.embed_tokens.weight":              "copy x/a:model.embed_tokens.weight",
		"model.layers.0.mlp.down_proj.weight":    "copy x/a:model.layers.0.mlp.down_proj.weight",
		"model.layers.1.mlp.down_proj.weight":    "linear(x/b:model.layers.1.mlp.down_proj.weight, x/c:model.layers.1.mlp.down_proj.weight)",
		"model.norm.weight":                      "linear(x/b:model.norm.weight, x/c:model.norm.weight)",
		"lm_head.weight":                         "linear(x/b:lm_head.weight, x/c:lm_head.weight)",
		"model.layers.1.self_attn.q_proj.weight": "linear(x/b:model.layers.1.self_attn.q_proj.weight, x/c:model.layers.1.self_attn.q_proj.weight)",
	} {
		if got := shown(t, p, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// A slice's base_model is the base of its tensors alone.
func TestSliceBase(t *testing.T) {
	p := models{"a": llama(2), "b": llama(2)}.plan(t, `
merge_method: slerp
base_model: a
slices:
  - sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]
  - base_model: b
    sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]
parameters: {t: 0.5}
`)
	for name, want := range map[string]int{"model.embed_tokens.weight": 1, "model.layers.0.mlp.down_proj.weight": 1,
		"model.layers.1.mlp.down_proj.weight": 2, "lm_head.weight": 2} {
		if got := call(t, p, name).Args.Base + 1; got != want {
			t.Errorf("%s: Base = %d, want %d", name, got, want)
		}
	}
}

// The result has the donor's names, as its config goes with it, whatever the slices' models call theirs.
func TestSlicesNames(t *testing.T) {
	plain := checkpoint{config: `{"architectures": ["GPT2LMHeadModel"], "n_layer": 2, "torch_dtype": "bfloat16"}`,
		lines: []string{"wte.weight BF16 8x4", "wpe.weight BF16 8x4", "h.0.ln_1.weight BF16 4", "h.1.ln_1.weight BF16 4", "ln_f.weight BF16 4"}}
	prefixed := checkpoint{config: plain.config}
	for _, line := range plain.lines {
		prefixed.lines = append(prefixed.lines, "transformer."+line)
	}
	p := models{"p": prefixed, "q": plain}.plan(t, `
merge_method: passthrough
slices:
  - sources: [{model: p, layer_range: [0, 1]}]
  - sources: [{model: q, layer_range: [0, 2]}]
`)
	equalLines(t, "names", names(p), []string{"transformer.wte.weight", "transformer.wpe.weight",
		"transformer.h.0.ln_1.weight", "transformer.h.1.ln_1.weight", "transformer.h.2.ln_1.weight", "transformer.ln_f.weight"})
	if got := shown(t, p, "transformer.ln_f.weight"); got != "copy x/q:ln_f.weight" {
		t.Errorf("transformer.ln_f.weight is %s", got)
	}
	if got := configJSON(t, p); !strings.Contains(got, `"n_layer": 3`) {
		t.Errorf("config.json = %s", got)
	}
}

// Models with and without a prefix, and with the old names of layer norms, meet.
func TestNamesMeet(t *testing.T) {
	bert := func(root, gamma, beta string) checkpoint {
		return checkpoint{config: `{"architectures": ["BertModel"], "num_hidden_layers": 1, "torch_dtype": "float32"}`, lines: []string{
			root + "embeddings.word_embeddings.weight F32 8x4", root + "embeddings.LayerNorm." + gamma + " F32 4",
			root + "encoder.layer.0.output.LayerNorm." + gamma + " F32 4", root + "encoder.layer.0.output.LayerNorm." + beta + " F32 4",
			root + "pooler.dense.weight F32 4x4"}}
	}
	for _, order := range []string{"[{model: old}, {model: new}]", "[{model: new}, {model: old}]"} {
		p := models{"old": bert("bert.", "gamma", "beta"), "new": bert("", "weight", "bias")}.plan(t,
			"merge_method: linear\nmodels: "+order+"\nparameters: {weight: 1}\n")
		if len(p.Outputs) != 5 {
			t.Errorf("%s: %d tensors, want 5: %v", order, len(p.Outputs), names(p))
		}
		for _, o := range p.Outputs {
			if len(o.Inputs()) != 2 {
				t.Errorf("%s: %s has %d inputs", order, o.Name(), len(o.Inputs()))
			}
			if first := o.Inputs()[0].Expr.Op.(*plan.Leaf).Tensor; o.Name() != first {
				t.Errorf("%s: %s has another name than the donor's %s", order, o.Name(), first)
			}
		}
	}
}

// A text model meets the same model inside one that sees; what only that one has is reported.
func TestTextMeetsVision(t *testing.T) {
	text := llama(2)
	vision := llama(2).renamed("model.", "language_model.model.").renamed("lm_head", "language_model.lm_head").with(
		"vision_tower.layers.0.attn.weight BF16 4", "vision_tower.layers.1.attn.weight BF16 4", "projector.weight BF16 4x4")
	vision.config = `{"architectures": ["LlamaForCausalLM"], "text_config": {"num_hidden_layers": 2}, "torch_dtype": "bfloat16"}`
	got := models{"text": text, "vision": vision}.refused(t,
		"merge_method: linear\nmodels:\n- model: text\n- model: vision\nparameters: {weight: 1}\n")
	equalLines(t, "faults", got, []string{
		"3:10: text has no tensor for vision_tower.layers.0.attn.weight, which vision has",
		"3:10: text has no tensor for vision_tower.layers.1.attn.weight, which vision has",
		"3:10: text has no tensor for projector.weight, which vision has; leave text out, or name a model that has the same tensors as vision",
	})

	p := models{"a": vision, "b": vision}.plan(t,
		"merge_method: linear\nmodels:\n- model: a\n- model: b\n  parameters: {weight: [0, 1]}\nparameters: {weight: 1}\n")
	if p.Layers != 2 {
		t.Errorf("Layers = %d, want the text model's 2", p.Layers)
	}
	for name, want := range map[string]float64{
		"vision_tower.layers.0.attn.weight": 0, "vision_tower.layers.1.attn.weight": 1, "projector.weight": 0,
		"language_model.model.layers.1.mlp.down_proj.weight": 1, "language_model.lm_head.weight": 0} {
		if got := call(t, p, name).Args.PerModel[1]["weight"]; got != want {
			t.Errorf("%s: weight of b = %v, want %v", name, got, want)
		}
	}
}

// Layers that the config does not count are the donor's, and slices have no place for them.
func TestBeyond(t *testing.T) {
	c := llama(3).says(fmt.Sprintf(llamaConfig, 2))
	p, warnings := models{"a": c, "b": c}.warned(t, "merge_method: linear\nmodels:\n- model: a\n- model: b\nparameters: {weight: 1}\ndtype: float32\n")
	equalLines(t, "warnings", warnings, []string{"3:10: warning: a has tensors beyond its 2 layers, such as model.layers.2.mlp.down_proj.weight: they are copied, not merged"})
	if got := shown(t, p, "model.layers.2.mlp.down_proj.weight"); got != "copy x/a:model.layers.2.mlp.down_proj.weight" || p.Layers != 2 {
		t.Errorf("layer 2 is %s of %d layers", got, p.Layers)
	}
	p, warnings = models{"a": c}.warned(t, "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 2]}]}]\n")
	equalLines(t, "warnings", warnings, []string{"2:29: warning: a has tensors beyond its 2 layers, such as model.layers.2.mlp.down_proj.weight: slices leave them out"})
	if slices.ContainsFunc(names(p), func(n string) bool { return strings.Contains(n, "layers.2.") }) {
		t.Errorf("layer 2 is in the result: %v", names(p))
	}
}

// Experts are parts of their layer and no layers.
func TestExperts(t *testing.T) {
	c := checkpoint{config: `{"num_hidden_layers": 2, "torch_dtype": "bfloat16"}`, lines: []string{"model.embed_tokens.weight BF16 4x4"}}
	for k := range 2 {
		for e := range 3 {
			c.lines = append(c.lines, fmt.Sprintf("model.layers.%d.mlp.experts.%d.up_proj.weight BF16 4", k, e))
		}
	}
	p := models{"a": c}.plan(t, "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [1, 2]}]}]\n")
	equalLines(t, "names", names(p), []string{"model.embed_tokens.weight", "model.layers.0.mlp.experts.0.up_proj.weight",
		"model.layers.0.mlp.experts.1.up_proj.weight", "model.layers.0.mlp.experts.2.up_proj.weight"})
}
