package plan

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// layerName splits a tensor name at its layer number. The container must be a whole part of
// the name: "patch.0." is not layer 0 of "h".
var layerName = regexp.MustCompile(`^((?:.*?\.)?(?:layers|h|blocks|block|layer)\.)(\d+)\.(.*)$`)

// A layout says which tensors of a model belong to which layer. It is read off the names
// alone, so an architecture that nobody has described yet works like any other.
type layout struct {
	stack  string   // name up to the layer number, for example "model.layers."; "" without layers
	layers int      // of the stack
	pre    []string // before the layers: embeddings
	post   []string // after them: final norm, head
	within [][]part // tensors of each layer of the stack
	beyond []string // of layers that the config does not count, such as next-token-prediction heads
	other  []stack  // further stacks, such as a vision tower
}

// A part is one tensor of a layer.
type part struct {
	suffix string // the name after the layer number
	name   string // whole
}

// A stack is a run of layers beside the main one.
type stack struct {
	prefix string
	layers int
}

// newLayout reads the layout of m. Everything is in file order.
func newLayout(m *Model) *layout {
	type place struct {
		prefix, suffix string
		layer          int
	}
	places := map[string]place{}
	counts := map[string]int{} // layers by prefix
	for _, name := range m.Order {
		match := layerName.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		n, err := strconv.Atoi(match[2])
		if err != nil || n >= 1e6 {
			continue
		}
		places[name] = place{match[1], match[3], n}
		counts[match[1]] = max(counts[match[1]], n+1)
	}
	l := &layout{stack: mainStack(counts, m.Config.Layers)}
	l.layers = counts[l.stack]
	if m.Config.Layers > 0 && m.Config.Layers < l.layers {
		l.layers = m.Config.Layers
	}
	l.within = make([][]part, l.layers)
	for _, name := range m.Order {
		switch p, ok := places[name]; {
		case ok && p.prefix == l.stack && p.layer < l.layers:
			l.within[p.layer] = append(l.within[p.layer], part{p.suffix, name})
		case ok && p.prefix == l.stack:
			l.beyond = append(l.beyond, name)
		case isPre(name):
			l.pre = append(l.pre, name)
		default:
			l.post = append(l.post, name)
		}
	}
	for prefix, n := range counts {
		if prefix != l.stack {
			l.other = append(l.other, stack{prefix, n})
		}
	}
	slices.SortFunc(l.other, func(a, b stack) int { return cmp.Compare(a.prefix, b.prefix) })
	return l
}

// mainStack picks the decoder: the stack with as many layers as the config says, else the one
// that has more, else the longest; of equals the first by name.
func mainStack(counts map[string]int, want int) string {
	best := ""
	rank := func(prefix string) int {
		switch n := counts[prefix]; {
		case n == want:
			return 1 << 30
		case want > 0 && n > want:
			return 1<<29 - n
		default:
			return n
		}
	}
	for prefix := range counts {
		if best == "" || rank(prefix) > rank(best) || rank(prefix) == rank(best) && prefix < best {
			best = prefix
		}
	}
	return best
}

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

// depth is the gradient position of name: k/(L-1) inside a stack of L layers, 1 in a stack of one layer,
// and 0 outside all stacks.
func (l *layout) depth(name string) float64 {
	match := layerName.FindStringSubmatch(name)
	if match == nil {
		return 0
	}
	k, err := strconv.Atoi(match[2])
	if err != nil {
		return 0
	}
	n := l.layers
	if match[1] != l.stack {
		i := slices.IndexFunc(l.other, func(s stack) bool { return s.prefix == match[1] })
		if i < 0 {
			return 0
		}
		n = l.other[i].layers
	}
	return layerDepth(k, n)
}

// layerDepth is t of layer k of n: the last value of a gradient for a slice of one layer.
// Source: mergekit 0.1.5, plan.py.
func layerDepth(k, n int) float64 {
	if n <= 1 {
		return 1
	}
	return float64(k) / float64(n-1)
}

// isHead tells whether name is an output head that may be tied to the embedding.
func isHead(name string) bool {
	return strings.HasSuffix(name, "lm_head.weight") || name == "output.weight" || strings.HasSuffix(name, "embed_out.weight")
}

// isEmbedding tells whether name is the input embedding.
func isEmbedding(name string) bool {
	for _, s := range []string{"embed_tokens.weight", "wte.weight", "tok_embeddings.weight", "embed_in.weight", "word_embeddings.weight"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// isVocabulary tells whether axis 0 of name counts tokens.
func isVocabulary(name string) bool {
	return isHead(name) || isEmbedding(name) || strings.HasSuffix(name, "lm_head.bias") ||
		strings.HasSuffix(name, "decoder.weight") || strings.Contains(name, "vocab_projector.") || name == "cls.predictions.bias"
}

// isBuffer tells whether name is a constant that old checkpoints carry and loaders recompute.
func isBuffer(name string) bool {
	for _, s := range []string{"rotary_emb.inv_freq", ".masked_bias", ".attn.bias", ".attention.bias", "position_ids"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// lookup finds the tensor that another model calls name: by the same name, else by the
// one name of which either is the other's tail (models with and without "transformer." or
// "model."), else with the old names of layer norms.
func (m *Model) lookup(name string) (Stored, bool) {
	if t, ok := m.Tensors[name]; ok {
		return t, true
	}
	if t, ok := m.bySuffix(name); ok {
		return t, true
	}
	for _, pair := range [][2]string{{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}} {
		for i := range pair {
			if head, ok := strings.CutSuffix(name, pair[i]); ok {
				if t, ok := m.Tensors[head+pair[1-i]]; ok {
					return t, true
				}
			}
		}
	}
	return Stored{}, false
}

func (m *Model) bySuffix(name string) (Stored, bool) {
	var found Stored
	n := 0
	for _, other := range m.Order {
		if strings.HasSuffix(other, "."+name) || strings.HasSuffix(name, "."+other) {
			found = m.Tensors[other]
			n++
		}
	}
	return found, n == 1
}
