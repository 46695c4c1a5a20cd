package card

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTowersOfTheirNames(t *testing.T) {
	for _, tt := range []struct {
		name, tower string
		layer       int // of a tower beside the language model
	}{
		{"vision_tower.vision_model.encoder.layers.23.self_attn.q_proj.weight", "vision tower", 23}, // Llava, Gemma 3
		{"vision_tower.vision_model.embeddings.patch_embedding.weight", "vision tower", -1},
		{"multi_modal_projector.linear_1.weight", "projector", -1},
		{"multi_modal_projector.mm_input_projection_weight", "projector", -1},
		{"language_model.model.layers.31.mlp.up_proj.weight", language, 31},
		{"model.language_model.layers.31.mlp.up_proj.weight", language, 31},
		{"visual.blocks.5.attn.qkv.weight", "vision tower", 5}, // Qwen2-VL and later
		{"model.visual.blocks.5.norm1.weight", "vision tower", 5},
		{"visual.merger.mlp.0.weight", "projector", -1},
		{"model.visual.deepstack_merger_list.2.linear_fc1.weight", "projector", -1},
		{"model.vision_model.encoder.layers.26.mlp.fc1.weight", "vision tower", 26}, // Idefics, SmolVLM
		{"model.connector.modality_projection.proj.weight", "projector", -1},
		{"model.text_model.layers.3.mlp.up_proj.weight", language, 3},
		{"vision_model.global_transformer.layers.7.gate_attn", "vision tower", 7}, // Mllama
		{"language_model.model.layers.3.cross_attn.q_proj.weight", language, 3},
		{"mlp1.1.weight", "projector", -1}, // InternVL
		{"vpm.encoder.layers.2.mlp.fc1.weight", "vision tower", 2},
		{"audio_tower.layers.4.fc1.weight", "audio tower", 4},
		{"audio_tower.conv1.weight", "audio tower", -1},
		{"model.layers.3.mlp.vision_mlp.up_proj.weight", language, 3}, // the layer is the language model's
		{"model.embed_tokens.weight", language, -1},
	} {
		if tower, layer := towerOf(tt.name), towerLayer(tt.name); tower != tt.tower || layer != tt.layer {
			t.Errorf("%s: tower %q, layer %d; want %q, %d", tt.name, tower, layer, tt.tower, tt.layer)
		}
	}
}

// llava is a language model of two layers with a vision tower of three and a projector, each tensor with what of says.
func llava(of func(tower string, layer int) float64) func(func(string, float64) bool) {
	names := []string{"multi_modal_projector.linear_1.weight", "language_model.lm_head.weight", "vision_tower.vision_model.embeddings.patch_embedding.weight"}
	for layer := range 3 {
		names = append(names, fmt.Sprintf("vision_tower.vision_model.encoder.layers.%d.mlp.fc1.weight", layer))
	}
	for layer := range 2 {
		names = append(names, fmt.Sprintf("language_model.model.layers.%d.mlp.up_proj.weight", layer))
	}
	return func(yield func(string, float64) bool) {
		for _, name := range names {
			if !yield(name, of(towerOf(name), towerLayer(name))) {
				return
			}
		}
	}
}

func TestGroupsAndStripsOfTowers(t *testing.T) {
	for _, tt := range []struct {
		name           string
		of             func(tower string, layer int) float64
		groups, strips string
	}{
		{"one value all over", func(string, int) float64 { return 0.5 }, "[0.5]", "[0.5]"},
		{"a value a tower", func(tower string, _ int) float64 {
			return map[string]float64{"projector": 0.25, "vision tower": 0.75}[tower]
		},
			"language model[0] projector[0.25] vision tower[0.75]", "MLP, output head[0] tensors outside the layers, vision tower[0.75] projector[0.25]"},
		{"layers of their own", func(tower string, layer int) float64 {
			switch tower {
			case "vision tower":
				return float64(10 + layer)
			case language:
				return float64(layer + 1)
			}
			return 5
		}, "MLP[1 2] output head[0] projector[5] vision tower MLP[10 11 12]/3 vision tower embeddings[9]",
			"MLP[1 2] output head[0] tensors outside the layers[9] vision tower[10 11 12]/3 projector[5]"},
	} {
		var groups, strips []string
		for _, g := range Groups(2, llava(tt.of)) {
			groups = append(groups, toldTower(g.Name, g.Values, g.Layers))
		}
		tensors := func(yield func(Mixed) bool) {
			for name, v := range llava(tt.of) {
				if !yield(mixed(name, 1, v)) {
					return
				}
			}
		}
		for _, s := range Strips(2, 1, tensors) {
			strips = append(strips, toldTower(s.Name, s.Models[0].Weight, s.Layers))
		}
		if got := strings.Join(groups, " "); got != tt.groups {
			t.Errorf("%s: Groups = %s\nwant %s", tt.name, got, tt.groups)
		}
		if got := strings.Join(strips, " "); got != tt.strips {
			t.Errorf("%s: Strips = %s\nwant %s", tt.name, got, tt.strips)
		}
	}
}

func toldTower(name string, values []float64, layers int) string {
	s := name + fmt.Sprint(values)
	if layers > 0 {
		s += fmt.Sprint("/", layers)
	}
	return s
}

// A model that only sees is no tower beside another.
func TestGroupsOfAModelThatIsATower(t *testing.T) {
	values := func(yield func(string, float64) bool) {
		for layer := range 2 {
			if !yield(fmt.Sprintf("vit.encoder.layer.%d.attention.query.weight", layer), float64(layer)) {
				return
			}
		}
	}
	groups := Groups(2, values)
	if len(groups) != 1 || groups[0].Layers != 0 || !slices.Equal(groups[0].Values, []float64{0, 1}) {
		t.Errorf("Groups = %+v, want one group of the model's two layers", groups)
	}
}
