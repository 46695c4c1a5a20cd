package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A layout says which tensors of a model belong to which layer. It is read off the names
// alone, so an architecture that nobody has described yet works like any other.
type layout struct {
	model  *Model
	stack  string   // name up to the layer number, for example "model.layers."; "" without layers
	root   string   // stack without the container: "model.", or "" as in old GPT-2 files
	layers int      // of the stack, as the config counts them
	named  int      // of the stack, as the names count them
	pre    []string // before the layers: embeddings
	post   []string // after them: final norm, head
	within [][]part // tensors of each layer of the stack
	beyond []string // of layers that the config does not count, such as next-token-prediction heads
	other  []stack  // further stacks, such as a vision tower

	tails map[string]string // the names outside the stack by their tails, see bySuffix
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
	places := make([]place, len(m.Order))
	counts := map[string]int{} // layers by prefix
	for i, name := range m.Order {
		if prefix, n, suffix, ok := splitLayer(name); ok {
			places[i] = place{prefix, suffix, n}
			counts[prefix] = max(counts[prefix], n+1)
		}
	}
	l := &layout{model: m, stack: mainStack(counts, m.Config.Layers)}
	l.root = l.stack[:strings.LastIndexByte(strings.TrimSuffix(l.stack, "."), '.')+1]
	l.named = counts[l.stack]
	l.layers = l.named
	if m.Config.Layers > 0 {
		l.layers = min(l.layers, m.Config.Layers)
	}
	l.within = make([][]part, l.layers)
	for i, name := range m.Order {
		switch p := places[i]; {
		case p.prefix != "" && p.prefix == l.stack && p.layer < l.layers:
			l.within[p.layer] = append(l.within[p.layer], part{p.suffix, name})
		case p.prefix != "" && p.prefix == l.stack:
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

// mainStack picks the decoder. Stacks that see or hear come last; then it is the stack with as
// many layers as the config says, else the one that has least more, else the longest; of equals
// one that is no encoder, then the first by name.
func mainStack(counts map[string]int, want int) string {
	names := func(prefix string, parts ...string) int {
		for _, s := range parts {
			if strings.Contains(prefix, s) {
				return 1
			}
		}
		return 0
	}
	rank := func(prefix string) int {
		switch n := counts[prefix]; {
		case n == want:
			return 2 * maxLayers
		case want > 0 && n > want:
			return 2*maxLayers - n
		default:
			return n
		}
	}
	best, first := "", true
	for prefix := range counts {
		if first || cmp.Or(
			names(prefix, "vision", "visual", "audio")-names(best, "vision", "visual", "audio"),
			rank(best)-rank(prefix),
			names(prefix, "encoder")-names(best, "encoder"),
			cmp.Compare(prefix, best)) < 0 {
			best, first = prefix, false
		}
	}
	return best
}

// depth is the gradient position of a name outside the main stack: k/(L-1) inside another stack of L
// layers, 1 in a stack of one layer, and 0 outside all stacks.
func (l *layout) depth(name string) float64 {
	prefix, k, _, ok := splitLayer(name)
	if !ok {
		return 0
	}
	for _, s := range l.other {
		if s.prefix == prefix {
			return layerDepth(k, s.layers)
		}
	}
	return 0
}

// layerDepth is t of layer k of n: the last value of a gradient for a slice of one layer.
// Source: mergekit 0.1.5, plan.py.
func layerDepth(k, n int) float64 {
	if n <= 1 {
		return 1
	}
	return float64(k) / float64(n-1)
}

// layer is the name up to the suffix of layer n.
func (l *layout) layer(n int) string { return l.stack + strconv.Itoa(n) + "." }

// inLayer finds the tensor of layer n that another model calls suffix.
func (l *layout) inLayer(layer, suffix string) (Stored, bool) {
	for _, s := range spellings(suffix) {
		if t, ok := l.model.Tensors[layer+s]; ok {
			return t, true
		}
	}
	return Stored{}, false
}

// outside finds the tensor that the model with layout from calls name: by the same name, else by the name at the
// same place under this model's root ("transformer.wte.weight" and "wte.weight"), else by the one name of
// which either is the other's tail ("lm_head.weight" and "language_model.lm_head.weight").
func (l *layout) outside(name string, from *layout) (Stored, bool) {
	for _, n := range spellings(name) {
		if t, ok := l.model.Tensors[n]; ok {
			return t, true
		}
		if rest, ok := strings.CutPrefix(n, from.root); ok && l.stack != "" && from.stack != "" {
			if t, ok := l.model.Tensors[l.root+rest]; ok {
				return t, true
			}
		}
		if t, ok := l.bySuffix(n); ok {
			return t, true
		}
	}
	return Stored{}, false
}

// ambiguous marks a tail that several names have. No tensor is called so.
const ambiguous = "\x00"

// bySuffix finds the one tensor outside the main stack whose name ends in name after a dot, or which
// name ends in. A tail of one part, such as "weight", says nothing.
func (l *layout) bySuffix(name string) (Stored, bool) {
	if l.tails == nil {
		l.tails = map[string]string{}
		for _, names := range [][]string{l.pre, l.post} {
			for _, whole := range names {
				for tail := range shorter(whole) {
					if _, twice := l.tails[tail]; twice {
						l.tails[tail] = ambiguous
					} else {
						l.tails[tail] = whole
					}
				}
			}
		}
	}
	if !strings.Contains(name, ".") {
		return Stored{}, false
	}
	found := l.tails[name]
	for tail := range shorter(name) {
		if _, ok := l.model.Tensors[tail]; !ok {
			continue
		}
		if found != "" {
			return Stored{}, false
		}
		found = tail
	}
	t, ok := l.model.Tensors[found]
	return t, ok && found != "" // which a tensor may be called, too
}

// shorter yields what is left of name after each of its dots, as long as a dot is left in it.
func shorter(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			_, rest, ok := strings.Cut(name, ".")
			if !ok || !strings.Contains(rest, ".") || !yield(rest) {
				return
			}
			name = rest
		}
	}
}
