package card

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// kinds are the parts of a layer in the words and the order of a card. The first of them
// that fits a tensor counts.
var kinds = []string{"attention", "MLP", "norms", "embeddings", "output head", "other tensors"}

// Groups sorts the values that one parameter has in a result of so many layers; values yields
// the name of each output tensor with its value. Tensors of one kind (attention, MLP, norms, embeddings, output head) go
// together, kinds with equal values in every layer go together, and a kind whose tensors
// differ within a layer is taken apart by their names. One group of all tensors has no name.
//
// The layer of a tensor is the first number in its name. A tensor without one, or with one that
// is not below layers, lies outside the layers. What a model has beside its language model (vision tower, audio tower,
// projector) has groups of its own, with its own layers.
func Groups(layers int, values iter.Seq2[string, float64]) []Group {
	of := depths(func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	})
	in := func(tower string) iter.Seq2[string, float64] {
		return func(yield func(string, float64) bool) {
			for name, value := range values {
				if (of == nil || towerOf(name) == tower) && !yield(name, value) {
					return
				}
			}
		}
	}
	groups := groupsOf(layers, in(language))
	for _, t := range towers {
		depth, ok := of[t.name]
		if !ok {
			continue
		}
		if len(groups) == 1 && groups[0].Name == "" {
			groups[0].Name = "language model"
		}
		for _, g := range groupsOf(depth, in(t.name)) {
			g.Name = strings.TrimSpace(t.name + " " + strings.ReplaceAll(g.Name, ", ", ", "+t.name+" "))
			if len(g.Values) > 1 {
				g.Layers = depth
			}
			i := slices.IndexFunc(groups, func(o Group) bool { return len(g.Values) == 1 && len(o.Values) == 1 && same(o.Values[0], g.Values[0]) })
			if i < 0 {
				groups = append(groups, g)
				continue
			}
			groups[i].Name += ", " + g.Name
		}
	}
	if len(groups) == 1 {
		groups[0].Name = ""
	}
	return groups
}

// groupsOf is Groups for one tower.
func groupsOf(layers int, values iter.Seq2[string, float64]) []Group {
	// By kind, then by name with a star for the layer: a row of values, one a layer.
	rows := make([]map[string][]float64, len(kinds))
	for name, value := range values {
		layer, pattern := layerOf(name)
		if layer >= layers { // of another tower than the layers that are counted
			layer, pattern = -1, name
		}
		k := kindOf(pattern)
		if rows[k] == nil {
			rows[k] = map[string][]float64{}
		}
		row := rows[k][pattern]
		switch {
		case layer < 0:
			row = []float64{value}
		case row == nil:
			row = slices.Repeat([]float64{math.NaN()}, layers)
			fallthrough
		default:
			row[layer] = value
		}
		rows[k][pattern] = row
	}

	var groups []Group
	add := func(name string, row []float64) {
		for i, g := range groups {
			if values, ok := together(g.Values, row); ok {
				groups[i] = Group{Name: g.Name + ", " + name, Values: values}
				return
			}
		}
		groups = append(groups, Group{Name: name, Values: row})
	}
	for k, byPattern := range rows {
		inside, outside := map[string][]float64{}, map[string][]float64{}
		for pattern, row := range byPattern {
			if strings.Contains(pattern, "*") {
				inside[pattern] = row
			} else {
				outside[pattern] = row
			}
		}
		// The whole kind, else its tensors in the layers, else each tensor by itself.
		if row, ok := overlay(byPattern); ok {
			add(kinds[k], row)
			continue
		}
		if row, ok := overlay(inside); ok {
			add(kinds[k], row)
			inside = nil
		}
		for _, patterns := range []map[string][]float64{inside, outside} {
			for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
				name := moduleOf(pattern, byPattern)
				if kinds[k] == "norms" && len(outside) == 1 && !strings.Contains(pattern, "*") {
					name = "final norm"
				}
				add(name, patterns[pattern])
			}
		}
	}
	if len(groups) == 1 {
		groups[0].Name = ""
	}
	for i, g := range groups { // one value stands for all layers only where all have it
		if !slices.ContainsFunc(g.Values, func(v float64) bool { return !same(v, g.Values[0]) }) {
			groups[i].Values = g.Values[:1]
		}
	}
	return groups
}

// together returns the row of two groups that a table shows as one: they are equal, or one of them lies outside
// the layers and has the only value of the other, which may still be without it in some layers.
func together(a, b []float64) ([]float64, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a) == len(b) {
		return a, slices.EqualFunc(a, b, same)
	}
	lo, hi := Group{Values: a}.span()
	return a, lo == b[0] && hi == b[0]
}

// overlay puts rows over each other. A row of one value lies outside the layers: it goes with layers that have
// the same value, and gives none to those without. It reports false if two rows have different values in one
// layer, and if there are none.
func overlay(rows map[string][]float64) ([]float64, bool) {
	layers := 0
	for _, row := range rows {
		layers = max(layers, len(row))
	}
	out := slices.Repeat([]float64{math.NaN()}, layers)
	for _, row := range rows {
		if len(row) < layers {
			continue
		}
		for i, v := range row {
			switch {
			case math.IsNaN(out[i]):
				out[i] = v
			case !math.IsNaN(v) && v != out[i]:
				return nil, false
			}
		}
	}
	for _, row := range rows {
		if len(row) == layers {
			continue
		}
		if _, ok := together(out, row); !ok {
			return nil, false
		}
	}
	return out, layers > 0
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// layerOf returns the layer of a tensor and its name with a star in place of the layer's number;
// the layer is -1 for a tensor outside the layers.
func layerOf(name string) (int, string) {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		if n, err := strconv.Atoi(p); err == nil && n >= 0 {
			parts[i] = "*"
			return n, strings.Join(parts, ".")
		}
	}
	return -1, name
}

// kindOf returns the index in kinds of a tensor. A module inside an attention or MLP block counts
// to the block, norms too, as they do for a filter on the block's name.
func kindOf(pattern string) int {
	parts := strings.Split(strings.ToLower(pattern), ".")
	if n := len(parts); n > 1 && (parts[n-1] == "weight" || parts[n-1] == "bias") {
		parts = parts[:n-1]
	}
	module := parts[len(parts)-1]
	for _, p := range parts[:len(parts)-1] {
		switch {
		case containsAny(p, "attn", "attention"):
			return 0
		case containsAny(p, "mlp", "ffn", "feed_forward", "moe", "experts"):
			return 1
		}
	}
	switch {
	case containsAny(module, "norm") || strings.HasPrefix(module, "ln_"):
		return 2
	case containsAny(module, "lm_head", "embed_out"):
		return 4
	case containsAny(module, "embed", "wte", "wpe"):
		return 3
	}
	return 5
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// moduleOf is what a tensor is called beside its siblings: the name of its module, or
// the whole pattern where two siblings would be called the same.
func moduleOf(pattern string, siblings map[string][]float64) string {
	short := shortModule(pattern)
	for s := range siblings {
		if s != pattern && shortModule(s) == short {
			return pattern
		}
	}
	return short
}

func shortModule(pattern string) string {
	parts := strings.Split(pattern, ".")
	if n := len(parts); n > 1 && parts[n-1] == "weight" {
		parts = parts[:n-1]
	}
	if n := len(parts); n > 1 && parts[n-1] == "bias" {
		return parts[n-2] + ".bias"
	}
	return parts[len(parts)-1]
}
