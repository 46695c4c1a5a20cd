package plan

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// perLayerLists are config keys with one entry for each layer.
var perLayerLists = []string{
	"layer_types", "attention_types", "attention_layers", "attn_type_list", "block_types", "layers_block_type", "mlp_layer_types",
	"no_rope_layers", "sliding_window_layers", "moe_layer_freq", "block_configs",
	"num_query_heads", "num_kv_heads", "num_heads_per_layer", "ffn_multipliers", "hybrid_override_pattern",
}

// perLayerIndices are config keys that list layers by number.
var perLayerIndices = []string{"mlp_only_layers", "full_attn_idxs", "attn_layer_indices", "cross_attention_layers"}

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
}

func slashed(key string) string { return strings.ReplaceAll(key, ".", "/") }

func (b *builder) perLayerLists(e *configEditor, at string) {
	donor := b.models[b.donor].Config
	for _, key := range perLayerLists {
		old := donor.get(at + key)
		if len(layerEntries(old)) != donor.Layers || donor.Layers == 0 {
			continue // absent, or a pattern that repeats
		}
		list := make([]string, 0, len(b.origins))
		for _, o := range b.origins {
			entries := layerEntries(b.models[o.model].Config.get(at + key))
			if len(entries) != b.models[o.model].Config.Layers {
				entries = layerEntries(old)
			}
			if o.layer >= len(entries) {
				break
			}
			list = append(list, entries[o.layer])
		}
		switch {
		case len(list) < len(b.origins):
			b.stale(at+key, "has an entry for each layer, and not for all that the slices take")
		case old.IsArray():
			e.setList(at+key, list)
		default:
			e.set(at+key, strings.Join(list, ""))
		}
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
	for _, key := range perLayerIndices {
		if !b.models[b.donor].Config.get(at + key).IsArray() {
			continue
		}
		of := make([]map[int]bool, len(b.models))
		for i, m := range b.models {
			of[i] = map[int]bool{}
			for _, v := range m.Config.get(at + key).Array() {
				of[i][int(v.Int())] = true
			}
		}
		var list []string
		for i, o := range b.origins {
			if of[o.model][o.layer] {
				list = append(list, strconv.Itoa(i))
			}
		}
		e.setList(at+key, list)
	}
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
			b.stale(at+"first_k_dense_replace", "counts the dense layers at the start, and the slices put some behind others")
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
		for i, o := range b.origins {
			if int64(i)%n != int64(o.layer)%n {
				b.stale(at+key, "is a period of layers, and the slices move layers out of step with it")
				break
			}
		}
	}
}

func (b *builder) stale(key, why string) {
	b.warn(b.recipe.Donor().Pos, "layer-pattern", "check it by hand, or choose layer ranges that keep it",
		"%s in config.json of %s stays as it is: it %s", key, b.recipe.Donor(), why)
}
