package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// carried are the donor's files that a result takes over as they are, beside config.json. The
// list is mergekit's with what it forgets: vocab.json, other tokenizer formats, processors,
// licences.
var carried = []string{
	"tokenizer_config.json", "special_tokens_map.json", "tokenizer.json", "added_tokens.json",
	"merges.txt", "vocab.json", "vocab.txt", "*.model", "*.tiktoken", "tekken.json",
	"chat_template.jinja", "chat_template.json", "additional_chat_templates/*",
	"generation_config.json",
	"preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "normalizer.json",
	"LICENSE*", "NOTICE*", "USE_POLICY*",
	"modules.json", "config_sentence_transformers.json", "sentence_*_config.json",
}

// files lists the small files of the result in order of name.
func (b *builder) files() []File {
	m := b.models[b.donor]
	modules := b.modules()
	var out []File
	for _, name := range m.Files.Names() {
		code := strings.HasSuffix(name, ".py") && !strings.Contains(name, "/") && m.Config.get("auto_map").Exists()
		if code || isCarried(name) || slices.ContainsFunc(modules, func(dir string) bool { return strings.HasPrefix(name, dir+"/") }) {
			out = append(out, File{Name: name, Source: b.donor})
		}
	}
	out = append(out, File{Name: configFile, Source: b.donor, Edited: b.config()})
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func isCarried(name string) bool {
	return slices.ContainsFunc(carried, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// modules returns the folders that a sentence-transformers model keeps its further modules in, such as
// "1_Pooling". They are carried whole: their weights are not part of the language model.
func (b *builder) modules() []string { return b.models[b.donor].Modules }

// config returns the donor's config.json with what the merge changes. Key order, unknown keys
// and numbers stay as they are written.
func (b *builder) config() json.RawMessage {
	c := b.models[b.donor].Config
	e := configEditor{raw: c.Raw}
	if b.plan.DType != "" {
		e.dtype(b.plan.DType)
	}
	if b.recipe.Form == recipe.FormSlices && c.LayersKey != "" {
		e.set(c.LayersKey, b.plan.Layers)
		e.perLayer(path.Dir(strings.ReplaceAll(c.LayersKey, ".", "/")), b.layers, b.models)
	}
	if b.recipe.Form == recipe.FormSlices && c.LayersKey == "" {
		b.warn(recipe.Pos{}, "layer-key", "set it by hand", "config.json of %s has no key for the number of layers, so it stays as it is; the result has %d", b.recipe.Donor(), b.plan.Layers)
	}
	if b.untied {
		e.set("tie_word_embeddings", false)
	}
	if e.err != nil {
		b.fault(b.recipe.Donor().Pos, "config", "", "config.json of %s cannot be edited: %v", b.recipe.Donor(), e.err)
	}
	return e.raw
}

// configEditor sets keys of a config.json in place.
type configEditor struct {
	raw []byte
	err error
}

// set puts v at a gjson path where it differs. A new key goes to the end, on a line of its own
// where the file is indented.
func (e *configEditor) set(key string, v any) {
	if e.err != nil {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		e.err = err
		return
	}
	old := gjson.GetBytes(e.raw, key)
	switch {
	case old.Exists() && old.Raw == string(text):
	case !old.Exists() && !strings.Contains(key, "."):
		e.raw, e.err = appendKey(e.raw, key, text)
	default:
		e.raw, e.err = sjson.SetRawBytes(e.raw, key, text)
	}
}

// appendKey adds a key at the end of the object raw, indented as its first key is.
func appendKey(raw []byte, key string, value []byte) ([]byte, error) {
	end := bytes.LastIndexByte(raw, '}')
	body := bytes.TrimRight(raw[:end], " \t\r\n")
	if bytes.HasSuffix(body, []byte("{")) {
		return fmt.Appendf(nil, "{\n  %q: %s\n}\n", key, value), nil
	}
	indent := " "
	if open := bytes.IndexByte(raw, '{'); open >= 0 {
		if n := len(raw[open+1:]) - len(bytes.TrimLeft(raw[open+1:], " \t\r\n")); n > 0 {
			indent = string(raw[open+1 : open+1+n])
		}
	}
	out := fmt.Appendf(bytes.Clone(body), ",%s%q: %s", indent, key, value)
	return append(out, raw[len(body):]...), nil
}

// dtype writes the type into whichever of the two keys the file has, at the top and in nested
// configs, and torch_dtype, which every reader knows, where it has neither.
func (e *configEditor) dtype(name string) {
	n := 0
	for _, at := range []string{"", "text_config.", "vision_config."} {
		for _, key := range []string{"torch_dtype", "dtype"} {
			if v := gjson.GetBytes(e.raw, at+key); v.Type == gjson.String || v.Type == gjson.Null && v.Exists() {
				e.set(at+key, name)
				if at == "" {
					n++
				}
			}
		}
	}
	if n == 0 {
		e.set("torch_dtype", name)
	}
}

// perLayerLists are config keys with one entry for each layer.
var perLayerLists = []string{"layer_types", "attention_types", "attention_layers", "block_types", "layers_block_type", "no_rope_layers", "sliding_window_layers", "mlp_layer_types"}

// perLayerIndices are config keys that list layers by number.
var perLayerIndices = []string{"mlp_only_layers", "full_attn_idxs", "attn_layer_indices"}

// perLayer rebuilds the lists that have an entry a layer, from where each output layer came.
func (e *configEditor) perLayer(dir string, from []layerOrigin, models []*Model) {
	at := ""
	if dir != "." {
		at = strings.ReplaceAll(dir, "/", ".") + "."
	}
	for _, key := range perLayerLists {
		if !gjson.GetBytes(e.raw, at+key).IsArray() {
			continue
		}
		list := make([]json.RawMessage, 0, len(from))
		for _, o := range from {
			entries := models[o.model].Config.get(at + key).Array()
			if o.layer >= len(entries) {
				list = nil
				break
			}
			list = append(list, json.RawMessage(entries[o.layer].Raw))
		}
		if list != nil {
			e.set(at+key, list)
		}
	}
	for _, key := range perLayerIndices {
		if !gjson.GetBytes(e.raw, at+key).IsArray() {
			continue
		}
		list := []int{}
		for i, o := range from {
			for _, v := range models[o.model].Config.get(at + key).Array() {
				if v.Type == gjson.Number && int(v.Num) == o.layer {
					list = append(list, i)
				}
			}
		}
		e.set(at+key, list)
	}
}
