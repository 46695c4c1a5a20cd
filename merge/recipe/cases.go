package recipe

import (
	"slices"
	"strings"
)

// cases are those with values that levels, the nearest first, give for name, up to the one that takes every tensor;
// complete tells whether there is one. at is where the first of them is set. What could not be read, which has been
// reported, takes every tensor.
func cases(name string, levels ...Params) (all []Case, at Pos, complete bool) {
	for _, level := range levels {
		s, ok := level.Get(name)
		if ok && len(s.Cases) == 0 {
			return all, at, true
		}
		for _, c := range s.Cases {
			if len(c.Values) == 0 {
				continue
			}
			if all = append(all, c); len(all) == 1 {
				at = s.Pos
			}
			if c.matchesAll() {
				return all, at, true
			}
		}
	}
	return all, at, false
}

// commonTensors are names of tensors of which every model that is built has some: norms, embeddings and the output head.
var commonTensors = []string{
	"model.embed_tokens.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.post_attention_layernorm.weight",
	"model.norm.weight", "lm_head.weight", "transformer.wte.weight", "transformer.h.0.ln_1.weight", "transformer.ln_f.weight",
	"gpt_neox.embed_in.weight", "gpt_neox.layers.0.input_layernorm.weight", "gpt_neox.final_layer_norm.weight", "embed_out.weight",
}

// reachesCommon tells whether c may be for one of commonTensors. A filter with a number of a layer in it may take all of a slice.
func reachesCommon(c Case) bool {
	return strings.ContainsAny(c.Filter, "0123456789") || slices.ContainsFunc(commonTensors, c.Matches)
}
