package plan

import (
	"slices"
	"strconv"
	"strings"
)

// containers are the name parts that stand before a layer's number.
var containers = []string{"layers", "h", "blocks", "block", "layer"}

// splitLayer splits a tensor name at its first layer number: "model.layers.7.mlp.up_proj.weight" is
// "model.layers.", 7 and "mlp.up_proj.weight". The container must be a whole part of the name:
// "patch.0." is not layer 0 of "h". A number is one only as it is printed, so 007 is none.
func splitLayer(name string) (prefix string, layer int, suffix string, ok bool) {
	for start := 0; ; {
		dot := strings.IndexByte(name[start:], '.')
		if dot < 0 {
			return "", 0, "", false
		}
		next := start + dot + 1
		if slices.Contains(containers, name[start:next-1]) {
			if digits, rest, more := strings.Cut(name[next:], "."); more {
				if n, err := strconv.Atoi(digits); err == nil && n >= 0 && n < maxLayers && strconv.Itoa(n) == digits {
					return name[:next], n, rest, true
				}
			}
		}
		start = next
	}
}

// maxLayers bounds what counts as a layer's number.
const maxLayers = 1_000_000

// isPre tells whether a tensor outside the layers comes before them. Only slices care: the
// first slice supplies what is before, the last what is after. The rule holds for every
// text model that mergekit 0.1.5 describes.
func isPre(name string) bool {
	if strings.Contains(name, "embed_out") {
		return false
	}
	return slices.ContainsFunc([]string{"embed", "embd", "wte", "wpe", "rotary", "relative_pe", "shared.weight", "conv1", "conv2"},
		func(s string) bool { return strings.Contains(name, s) })
}

// endsIn tells whether name is one of tails, or ends in one after a dot.
func endsIn(name string, tails ...string) bool {
	return slices.ContainsFunc(tails, func(tail string) bool {
		head, ok := strings.CutSuffix(name, tail)
		return ok && (head == "" || strings.HasSuffix(head, "."))
	})
}

// isHead tells whether name is an output head that may be tied to the embedding.
func isHead(name string) bool {
	return name == "output.weight" || endsIn(name, "lm_head.weight", "embed_out.weight", "lm_head.decoder.weight", "predictions.decoder.weight", "vocab_projector.weight")
}

// isEmbedding tells whether name is the input embedding.
func isEmbedding(name string) bool {
	return endsIn(name, "embed_tokens.weight", "wte.weight", "tok_embeddings.weight", "embed_in.weight", "word_embeddings.weight", "shared.weight", "backbone.embeddings.weight")
}

// isVocabulary tells whether axis 0 of name counts tokens.
func isVocabulary(name string) bool {
	return isHead(name) || isEmbedding(name) || endsIn(name, "lm_head.bias", "decoder.weight", "vocab_projector.bias", "predictions.bias", "predictions.decoder.bias")
}

// isBuffer tells whether t is a constant that old checkpoints carry and loaders recompute: a
// table of rotary frequencies or positions, or a causal mask, which has as many dimensions as attention and
// shares its name with the biases of other models.
func isBuffer(t Stored) bool {
	return endsIn(t.Name, "rotary_emb.inv_freq", "masked_bias", "position_ids") ||
		endsIn(t.Name, "attn.bias", "attention.bias") && len(t.Shape) > 1
}

// spellings are name and the old name of the same part of a layer norm, if it is one.
func spellings(name string) []string {
	for _, pair := range [...][2]string{{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}} {
		for i := range pair {
			if head, ok := strings.CutSuffix(name, pair[i]); ok {
				return []string{name, head + pair[1-i]}
			}
		}
	}
	return []string{name}
}
