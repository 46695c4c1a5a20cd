package recipe

import "strings"

// commonTensors are names of tensors of which every model that is built has some: norms, embeddings and the output head.
var commonTensors = []string{
	"model.embed_tokens.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.post_attention_layernorm.weight",
	"model.norm.weight", "lm_head.weight", "transformer.wte.weight", "transformer.h.0.ln_1.weight", "transformer.ln_f.weight",
	"gpt_neox.embed_in.weight", "gpt_neox.layers.0.input_layernorm.weight", "gpt_neox.final_layer_norm.weight", "embed_out.weight",
}

// reachesCommon tells whether levels may give name a value for one of commonTensors. A filter with a number of a layer in it may
// take all of a slice.
func reachesCommon(name string, levels ...Params) bool {
	for _, level := range levels {
		s, ok := level.Get(name)
		if !ok {
			continue
		}
		if len(s.Cases) == 0 { // could not be read, which has been reported
			return true
		}
		for _, c := range s.Cases {
			if len(c.Values) == 0 {
				continue
			}
			if c.matchesAll() || strings.ContainsAny(c.Filter, "0123456789") {
				return true
			}
			for _, tensor := range commonTensors {
				if strings.Contains(tensor, c.Filter) {
					return true
				}
			}
		}
	}
	return false
}

// filteredOnly reports that prm, which is needed for every tensor, has filters alone where levels give it.
func (p *parser) filteredOnly(prm *Param, levels ...Params) {
	for _, level := range levels {
		if s, ok := level.Get(prm.Name); ok {
			p.fault(s.Pos, "missing-parameter", `add "- value: ..." without a filter, as the last case`,
				"%s needs %s for every tensor, and these filters leave norms and embeddings without one", p.method.Name, prm.Name)
			return
		}
	}
}
