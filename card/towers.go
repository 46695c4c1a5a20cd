package card

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// towers are the parts that a model has beside its language model, in the order of a card, each with what a part of a tensor's
// name contains before the number of its layer. The first that fits counts, so that a projector inside a tower is one.
//
// Source: the names in transformers of Llava, Qwen-VL, Gemma 3, Idefics, SmolVLM, Mllama, InternVL, MiniCPM and
// Qwen-Audio checkpoints.
var towers = []struct {
	name  string
	marks []string // parts of a part
	whole []string // whole parts
}{
	{"projector", []string{"projector", "connector", "merger", "resampler", "aligner"}, []string{"mlp1", "embed_vision", "embed_audio"}},
	{"vision tower", []string{"vision", "visual"}, []string{"vit", "vpm"}},
	{"audio tower", []string{"audio", "whisper", "speech"}, []string{"apm"}},
}

// language is the tower whose layers are those of the result.
const language = ""

// towerOf returns the tower that a tensor belongs to.
func towerOf(name string) string {
	head := strings.Split(name, ".")
	if i := slices.IndexFunc(head, isNumber); i >= 0 {
		head = head[:i]
	}
	for _, t := range towers {
		if slices.ContainsFunc(head, func(p string) bool { return slices.Contains(t.whole, p) || containsAny(p, t.marks...) }) {
			return t.name
		}
	}
	return language
}

func isNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0
}

// stacks are what stands before the number of a layer in a tower. Other numbers there count the parts of a block.
var stacks = []string{"layers", "blocks", "layer", "block", "h", "resblocks"}

// towerLayer is the layer of a tensor in its tower, -1 for one outside the tower's layers.
func towerLayer(name string) int {
	parts := strings.Split(name, ".")
	for i := 1; i < len(parts); i++ {
		if isNumber(parts[i]) {
			if n, _ := strconv.Atoi(parts[i]); slices.Contains(stacks, parts[i-1]) && towerOf(name) != "projector" {
				return n
			}
			return -1
		}
	}
	return -1
}

// depths counts the layers of the towers in names. It is nil where all tensors are of one tower, which then is the model.
func depths(names iter.Seq[string]) map[string]int {
	out := map[string]int{}
	for name := range names {
		t := towerOf(name)
		out[t] = max(out[t], towerLayer(name)+1)
	}
	if _, ok := out[language]; !ok {
		return nil
	}
	return out
}
