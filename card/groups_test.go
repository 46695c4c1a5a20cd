package card

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// mistral yields the tensors of a model of so many layers, each with what value says of it.
func mistral(layers int, value func(name string, layer int) float64) func(func(string, float64) bool) {
	return func(yield func(string, float64) bool) {
		names := []string{"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"}
		for _, n := range names {
			if !yield(n, value(n, -1)) {
				return
			}
		}
		for l := range layers {
			for _, m := range []string{"input_layernorm", "self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj", "mlp.down_proj", "post_attention_layernorm"} {
				n := fmt.Sprintf("model.layers.%d.%s.weight", l, m)
				if !yield(n, value(n, l)) {
					return
				}
			}
		}
	}
}

func TestGroups(t *testing.T) {
	tests := []struct {
		name  string
		value func(name string, layer int) float64
		want  string
	}{
		{"one value is one group without a name", func(string, int) float64 { return 0.5 }, "[0.5]"},
		{"the tutorial's filters", func(n string, l int) float64 {
			switch {
			case strings.Contains(n, "self_attn"):
				return float64(l)
			case strings.Contains(n, "mlp"):
				return float64(3 - l)
			}
			return 0.5
		}, "attention[0 1 2 3] MLP[3 2 1 0] norms, embeddings, output head[0.5]"},
		{"a gradient without filters leaves those outside the layers apart", func(n string, l int) float64 {
			if l < 0 {
				return 9
			}
			return float64(l)
		}, "attention, MLP, norms[0 1 2 3] final norm, embeddings, output head[9]"},
		{"a filter inside a block takes the block apart", func(n string, l int) float64 {
			if strings.Contains(n, "q_proj") {
				return 1
			}
			return 0
		}, "o_proj, MLP, norms, embeddings, output head[0] q_proj[1]"},
		{"layers without the parameter are blank, with those outside the layers too", func(n string, l int) float64 {
			if l == 1 || l == 2 {
				return math.NaN()
			}
			return 2
		}, "[2 NaN NaN 2]"},
		{"a value outside the layers gives none to layers without", func(n string, l int) float64 {
			switch {
			case l == 3:
				return math.NaN()
			case l > 0 && strings.Contains(n, "o_proj"):
				return 0
			}
			return 1
		}, "o_proj[1 0 0 NaN] q_proj, MLP, norms, embeddings, output head[1 1 1 NaN]"},
		{"another value outside the layers stays apart", func(n string, l int) float64 {
			switch {
			case l == 3:
				return math.NaN()
			case l < 0:
				return 1
			}
			return 2
		}, "attention, MLP, norms[2 2 2 NaN] final norm, embeddings, output head[1]"},
		{"two values in different layers are not one group", func(n string, l int) float64 {
			if l >= 0 && strings.Contains(n, "mlp") == (l < 2) {
				return math.NaN()
			}
			return 2
		}, "attention, norms, embeddings, output head[2 2 NaN NaN] MLP[NaN NaN 2 2]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range Groups(4, mistral(4, tt.value)) {
				got = append(got, fmt.Sprint(g.Name, g.Values))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("Groups = %s\nwant     %s", s, tt.want)
			}
		})
	}
}

func TestGroupsOfOtherNames(t *testing.T) {
	for name, want := range map[string]string{
		"transformer.h.3.attn.c_attn.weight":                  "attention",
		"transformer.h.3.mlp.c_fc.bias":                       "MLP",
		"transformer.h.3.ln_1.weight":                         "norms",
		"transformer.wte.weight":                              "embeddings",
		"model.layers.3.block_sparse_moe.experts.0.w1.weight": "MLP",
		"model.layers.3.self_attn.q_norm.weight":              "attention",
		"bert.embeddings.word_embeddings.weight":              "embeddings",
		"gpt_neox.embed_out.weight":                           "output head",
		"model.layers.3.conv.in_proj.weight":                  "other tensors",
		"model.visual.patch":                                  "other tensors",
		"model.layers.3.post_attention_layernorm.weight":      "norms",
	} {
		_, pattern := layerOf(name)
		if got := kinds[kindOf(pattern)]; got != want {
			t.Errorf("%s counts to %s, want %s", name, got, want)
		}
	}
	if layer, pattern := layerOf("model.layers.3.experts.0.w1"); layer != 3 || pattern != "model.layers.*.experts.0.w1" {
		t.Errorf("layerOf = %d, %q", layer, pattern)
	}
}

func TestGroupsOfATowerWithMoreLayers(t *testing.T) {
	values := mistral(3, func(_ string, layer int) float64 { return float64(max(0, layer)) })
	for _, g := range Groups(2, values) { // layer 2 is not one of the two that are counted
		if strings.Contains(g.Name, "MLP") && fmt.Sprint(g.Values) != "[0 1]" {
			t.Errorf("Groups gives %s %v, want the values of two layers", g.Name, g.Values)
		}
		if strings.Contains(g.Name, "q_proj") && fmt.Sprint(g.Values) != "[2]" {
			t.Errorf("Groups gives %s %v, want the value of layer 2", g.Name, g.Values)
		}
	}
}
