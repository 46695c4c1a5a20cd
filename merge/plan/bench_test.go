package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// large405B has the tensors of Llama 3.1 405B.
func large405B() checkpoint {
	c := checkpoint{config: fmt.Sprintf(llamaConfig, 126), lines: []string{"model.embed_tokens.weight BF16 128256x16384"}}
	for k := range 126 {
		for part, shape := range map[string]string{
			"input_layernorm": "16384", "post_attention_layernorm": "16384",
			"self_attn.q_proj": "16384x16384", "self_attn.k_proj": "1024x16384", "self_attn.v_proj": "1024x16384", "self_attn.o_proj": "16384x16384",
			"mlp.gate_proj": "53248x16384", "mlp.up_proj": "53248x16384", "mlp.down_proj": "16384x53248",
		} {
			c.lines = append(c.lines, fmt.Sprintf("model.layers.%d.%s.weight BF16 %s", k, part, shape))
		}
	}
	c.lines = append(c.lines, "model.norm.weight BF16 16384", "lm_head.weight BF16 128256x16384")
	return c
}

// manyExperts has 60 layers of 256 experts.
func manyExperts() checkpoint {
	c := checkpoint{config: fmt.Sprintf(llamaConfig, 60), lines: []string{"model.embed_tokens.weight BF16 1000x64"}}
	for k := range 60 {
		for e := range 256 {
			for _, part := range []string{"gate_proj", "up_proj", "down_proj"} {
				c.lines = append(c.lines, fmt.Sprintf("model.layers.%d.mlp.experts.%d.%s.weight BF16 64x64", k, e, part))
			}
		}
	}
	c.lines = append(c.lines, "model.norm.weight BF16 64", "lm_head.weight BF16 1000x64")
	return c
}

func benchmark(b *testing.B, config string, ms models) {
	r, faults := recipe.Parse("merge.yaml", []byte(config), merge.Methods())
	if len(faults.Errors()) > 0 {
		b.Fatal(faults)
	}
	var loaded []*plan.Model
	for _, ref := range r.Models() {
		loaded = append(loaded, ms[ref.Path].read(b, ref.Path))
	}
	b.ReportAllocs()
	for b.Loop() {
		if p, _ := plan.Build(r, merge.Methods(), loaded, plan.Options{}); p != nil {
			plan.NewSchedule(p, nil, 1<<30)
		}
	}
}

const tiesOfThree = `
merge_method: ties
base_model: a
models:
- model: a
- {model: b, parameters: {weight: [{filter: mlp, value: [0, 0.5, 1]}, {value: 0.3}], density: 0.5}}
- {model: c, parameters: {weight: 0.5, density: 0.5}}
`

func BenchmarkBuild405B(b *testing.B) {
	c := large405B()
	benchmark(b, tiesOfThree, models{"a": c, "b": c, "c": c})
}

func BenchmarkBuildExperts(b *testing.B) {
	c := manyExperts()
	benchmark(b, tiesOfThree, models{"a": c, "b": c, "c": c})
}

// Nothing meets: every tensor of the others is looked for in vain.
func BenchmarkBuildNothingMeets(b *testing.B) {
	c := manyExperts()
	other := c.renamed("layers", "tower").renamed("experts", "parts")
	benchmark(b, tiesOfThree, models{"a": c, "b": other, "c": c.renamed("model.", "transformer.").renamed("layers", "stages")})
}

func BenchmarkReadModelExperts(b *testing.B) {
	files := manyExperts().memory(b)
	for b.Loop() {
		if _, err := plan.ReadModel(b.Context(), plan.Identity{Digest: strings.Repeat("0", 64)}, files); err != nil {
			b.Fatal(err)
		}
	}
}
