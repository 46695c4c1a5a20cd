package plan

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// perLayerLists are config keys with one entry for each layer. Some hold one value for all layers in most models and a list in
// a few: intermediate_size of Gemma 3n.
var perLayerLists = []string{
	"layer_types", "attention_types", "attention_layers", "attn_type_list", "block_types", "layers_block_type", "mlp_layer_types",
	"no_rope_layers", "sliding_window_layers", "moe_layer_freq", "block_configs", "attn_layers", "indexer_types",
	"num_query_heads", "num_kv_heads", "num_heads_per_layer", "num_attention_heads_per_layer", "num_key_value_heads_per_layer",
	"num_attention_heads", "num_key_value_heads", "ffn_multipliers", "hybrid_override_pattern",
	"intermediate_size", "activation_sparsity_pattern", "layer_rope_theta", "sliding_window",
}

// A layerIndex is a config key that lists layers by number.
type layerIndex struct {
	key   string
	first int // the number of the first layer
}

var perLayerIndices = []layerIndex{
	{"mlp_only_layers", 0}, {"full_attn_idxs", 0}, {"attn_layer_indices", 0}, {"cross_attention_layers", 0}, {"moe_layers", 0},
	{"hybrid_layer_ids", 0}, {"rope_scaling_layers", 0},
	{"linear_attn_config.full_attn_layers", 1}, {"linear_attn_config.kda_layers", 1}, // of Kimi Linear
}

// layerPeriods are config keys for a number of layers after which a pattern starts again, or at
// which it changes.
var layerPeriods = []string{
	"sliding_window_pattern", "full_attention_interval", "attn_layer_period", "expert_layer_period", "decoder_sparse_step",
	"interleave_moe_layer_step", "no_rope_layer_interval",
}

// layerOrigin tells which layer of which model an output layer's place in per-layer config lists is that of.
type layerOrigin struct{ model, layer int }

// layerConfig writes the number of layers, and what the config says of each of them, from where each
// output layer came.
func (b *builder) layerConfig(e *configEditor) {
	donor := b.models[b.donor].Config
	if donor.LayersKey == "" {
		b.warn(b.recipe.Donor().Pos, "layer-key", "set it by hand",
			"config.json of %s has no key for the number of layers, so it stays as it is; the result has %d", b.recipe.Donor(), b.plan.Layers)
		return
	}
	for _, key := range layerKeys {
		if n, ok := wholeNumber(donor.get(key)); ok && n == int64(donor.Layers) && path.Dir(slashed(key)) == path.Dir(slashed(donor.LayersKey)) {
			e.set(key, b.plan.Layers)
		}
	}
	at := donor.LayersKey[:strings.LastIndexByte(donor.LayersKey, '.')+1]
	b.perLayerLists(e, at)
	b.perLayerIndices(e, at)
	b.layerBounds(e, at)
	b.unknownLayerLists(at)
}

func slashed(key string) string { return strings.ReplaceAll(key, ".", "/") }

func (b *builder) perLayerLists(e *configEditor, at string) {
	donor := b.models[b.donor].Config
	for _, key := range perLayerLists {
		old := donor.get(at + key)
		if n := len(layerEntries(old)); n != donor.Layers || n == 0 {
			b.otherLength(at+key, old, n)
			continue
		}
		list := make([]string, 0, len(b.origins))
		for _, o := range b.origins {
			from := b.models[o.model].Config
			entries := layerEntries(from.get(at + key))
			if len(entries) != from.Layers {
				entries = layerEntries(old)
			}
			if o.layer >= len(entries) {
				break
			}
			list = append(list, entries[o.layer])
		}
		switch {
		case len(list) < len(b.origins):
			b.stale(at+key, "has an entry for each layer, but not for every layer that the slices take")
		case old.IsArray():
			e.setList(at+key, list)
		default:
			e.set(at+key, strings.Join(list, ""))
		}
	}
}

// otherLength looks at a list of n entries that ought to have one for each layer and has not: a pattern that starts again, or one
// that counts layers, as GPT-Neo's [[["global", "local"], 12]] does.
func (b *builder) otherLength(key string, list gjson.Result, n int) {
	switch {
	case !list.IsArray() || n == 0:
	case list.Get("0").IsArray():
		if b.moved() {
			b.stale(key, "counts layers, which the slices move")
		}
	case !b.inStep(n):
		b.stale(key, "is a repeating pattern, and the slices move layers out of step with it")
	}
}

// layerEntries returns the entries of a list as they are written, or the letters of a string that has one for each
// layer.
func layerEntries(v gjson.Result) []string {
	var out []string
	if v.Type == gjson.String {
		return strings.Split(v.String(), "")
	}
	if v.IsArray() {
		for _, entry := range v.Array() {
			out = append(out, entry.Raw)
		}
	}
	return out
}

func (b *builder) perLayerIndices(e *configEditor, at string) {
	for _, list := range perLayerIndices {
		key := at + list.key
		if !b.models[b.donor].Config.get(key).IsArray() {
			continue
		}
		of := make([]map[int]bool, len(b.models))
		for i, m := range b.models {
			of[i] = map[int]bool{}
			for _, v := range m.Config.get(key).Array() {
				of[i][int(v.Int())-list.first] = true
			}
		}
		var numbers []string
		for i, o := range b.origins {
			if of[o.model][o.layer] {
				numbers = append(numbers, strconv.Itoa(i+list.first))
			}
		}
		e.setList(key, numbers)
	}
}

// moved tells whether some layer of the result has another number than in its model, or the number of layers is another
// than the donor's.
func (b *builder) moved() bool {
	return len(b.origins) != b.models[b.donor].Config.Layers || !b.inStep(maxLayers)
}

// inStep tells whether every layer is at the same place in a period of n layers as it was in its model.
func (b *builder) inStep(n int) bool {
	for i, o := range b.origins {
		if i%n != o.layer%n {
			return false
		}
	}
	return true
}

// layerBounds looks at the keys that say something of a layer by counting: up to which layer the
// mixture of experts has not begun, in which period attention changes. They are set where the result can
// be said so, else left with a warning.
func (b *builder) layerBounds(e *configEditor, at string) {
	donor := b.models[b.donor].Config
	if n, ok := wholeNumber(donor.get(at + "first_k_dense_replace")); ok {
		dense := make([]bool, len(b.origins))
		for i, o := range b.origins {
			k, ok := wholeNumber(b.models[o.model].Config.get(at + "first_k_dense_replace"))
			if !ok {
				k = n
			}
			dense[i] = int64(o.layer) < k
		}
		first := len(dense)
		if i := slices.Index(dense, false); i >= 0 {
			first = i
		}
		if slices.Contains(dense[first:], true) {
			b.stale(at+"first_k_dense_replace", "counts the dense layers at the start, which the slices move")
		} else {
			e.set(at+"first_k_dense_replace", first)
		}
	}
	if n, ok := wholeNumber(donor.get(at + "max_window_layers")); ok {
		switch {
		case n == int64(donor.Layers):
			e.set(at+"max_window_layers", b.plan.Layers)
		case donor.get(at + "use_sliding_window").Bool():
			b.stale(at+"max_window_layers", "counts layers")
		}
	}
	for _, key := range layerPeriods {
		n, ok := wholeNumber(donor.get(at + key))
		if !ok || n < 2 {
			continue
		}
		if !b.inStep(int(n)) {
			b.stale(at+key, "is a period of layers, and the slices move layers out of step with it")
		}
	}
}

func (b *builder) stale(key, why string) {
	b.warn(b.recipe.Donor().Pos, "layer-pattern", "check it by hand, or choose layer ranges that keep it",
		"%s in config.json of %s is unchanged: it %s", key, b.recipe.Donor(), why)
}
