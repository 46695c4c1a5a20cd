package card

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// mixed is a tensor of so many elements that takes these weights of the models; a NaN is a model that gives nothing.
func mixed(name string, elements float64, weights ...float64) Mixed {
	m := Mixed{Name: name, Elements: elements}
	for i, w := range weights {
		if !math.IsNaN(w) {
			m.Uses = append(m.Uses, Use{Model: i, Weight: w, Density: math.NaN()})
		}
	}
	return m
}

// told writes strips as a test reads them: name, then for each model weights and, after a colon, densities.
func told(strips []Strip) string {
	var lines []string
	for _, s := range strips {
		line := s.Name
		if s.Mean {
			line += "(mean)"
		}
		for _, c := range s.Models {
			line += fmt.Sprint(" ", c.Weight)
			if c.Density != nil {
				line += fmt.Sprint(":", c.Density)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestStrips(t *testing.T) {
	nan := math.NaN()
	kept := func(m Mixed, density float64) Mixed {
		for i := range m.Uses {
			m.Uses[i].Density = density
		}
		return m
	}
	tests := []struct {
		name    string
		tensors []Mixed
		want    string
	}{
		{"a layer without a kind has no number in its strip", []Mixed{
			mixed("model.embed_tokens.weight", 8, 0.5, 0.5), mixed("model.layers.0.self_attn.q_proj.weight", 4, 0.5, 0.5), mixed("model.layers.1.mlp.up_proj.weight", 4, 0.5, 0.5)},
			"attention [0.5 NaN] [0.5 NaN]\nMLP [NaN 0.5] [NaN 0.5]\nembeddings [0.5] [0.5]"},
		{"kinds with equal values go together", []Mixed{
			mixed("model.layers.0.self_attn.q_proj.weight", 4, 1, 0), mixed("model.layers.1.self_attn.q_proj.weight", 4, 0, 1),
			mixed("model.layers.0.mlp.up_proj.weight", 4, 0, 1), mixed("model.layers.1.mlp.up_proj.weight", 4, 1, 0),
			mixed("model.layers.0.input_layernorm.weight", 1, 0.5, 0.5), mixed("model.layers.1.input_layernorm.weight", 1, 0.5, 0.5),
			mixed("model.norm.weight", 1, 0.5, 0.5), mixed("lm_head.weight", 8, 0.5, 0.5)},
			"attention [1 0] [0 1]\nMLP [0 1] [1 0]\nnorms, final norm, output head [0.5] [0.5]"},
		{"within a layer the mean counts elements", []Mixed{
			mixed("model.layers.0.self_attn.q_proj.weight", 3, 1, 0), mixed("model.layers.0.self_attn.k_proj.weight", 1, 0, 1),
			mixed("model.layers.1.self_attn.q_proj.weight", 3, 0, 1), mixed("model.layers.1.self_attn.k_proj.weight", 1, 0, 1)},
			"(mean) [0.75 0] [0.25 1]"},
		{"a base that changes are added to gives nothing", []Mixed{
			kept(mixed("model.layers.0.mlp.up_proj.weight", 4, nan, 0.5), 0.3), kept(mixed("model.layers.1.mlp.up_proj.weight", 4, nan, 0.5), 1)},
			" [] [0.5]:[0.3 1]"},
		{"another tower has layers of its own", []Mixed{
			mixed("vision.blocks.1.attn.qkv.weight", 4, 0, 1), mixed("model.layers.0.mlp.up_proj.weight", 4, 1, 0), mixed("model.layers.1.mlp.up_proj.weight", 4, 1, 0)},
			"MLP [1] [0]\nvision tower [NaN 0] [NaN 1]"},
		{"a layer beyond those that are counted is outside", []Mixed{
			mixed("model.layers.7.mlp.up_proj.weight", 4, 0, 1), mixed("model.layers.0.mlp.up_proj.weight", 4, 1, 0), mixed("model.layers.1.mlp.up_proj.weight", 4, 1, 0)},
			"MLP [1] [0]\ntensors outside the layers [0] [1]"},
		{"tensors of which nothing is known make no strip", []Mixed{{Name: "model.norm.weight", Elements: 4}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(Strips(2, 2, slices.Values(tt.tensors))); got != tt.want {
				t.Errorf("Strips =\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
