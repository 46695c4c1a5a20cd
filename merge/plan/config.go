package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Config is a model's config.json as it stands, with the few fields that a plan needs.
type Config struct {
	Raw          []byte // without a byte order mark
	Architecture string // the one entry of architectures; "" where there is none
	ModelType    string
	Layers       int    // 0 where no key gives it, or what it gives is no number of layers
	LayersKey    string // path of the number of layers, for example "text_config.num_hidden_layers"
	Vocabulary   int64  // 0 where no key gives it
	Tied         bool   // the head is the embedding: tie_word_embeddings, with the default of the model type

	layersRaw     string // the value of LayersKey as it is written
	tiedSaid      bool   // the file has tie_word_embeddings
	vocabularyKey string // path of the vocabulary's size; "" where Vocabulary is 0
	text          configText
}

// layerKeys are tried in order. Source: the layer-count keys of mergekit's architecture
// definitions, and the attribute maps of transformers.
var layerKeys = []string{"num_hidden_layers", "n_layer", "n_layers", "num_layers", "text_config.num_hidden_layers", "text_config.n_layer", "llm_config.num_hidden_layers"}

// tieKeys are tried in order.
var tieKeys = []string{"tie_word_embeddings", "text_config.tie_word_embeddings", "llm_config.tie_word_embeddings"}

// tiedByDefault are the model types that tie the embeddings when the file does not say. Source: transformers' config
// classes. Of a type that is not among them a head in the weight files is taken to be one of its own.
var tiedByDefault = []string{
	"albert", "bert", "bloom", "cohere", "cohere2", "distilbert", "electra", "falcon", "gemma", "gemma2", "gemma3", "gemma3_text",
	"gpt2", "gpt_bigcode", "gpt_neo", "mpt", "opt", "roberta", "smollm3", "xlm-roberta",
}

// byteOrderMark starts some files that were saved on Windows.
var byteOrderMark = []byte("\ufeff")

// parseConfig reads config.json. What transformers would not read is an error: text that is
// no JSON object, several architectures, a key that is there twice.
func parseConfig(raw []byte) (Config, error) {
	raw = bytes.TrimPrefix(raw, byteOrderMark)
	text, err := readConfigText(raw)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", configFile, err)
	}
	c := Config{Raw: raw, text: text}
	var architectures []string
	for _, a := range c.get("architectures").Array() {
		if a.Type == gjson.String && !slices.Contains(architectures, a.String()) {
			architectures = append(architectures, a.String())
		}
	}
	switch len(architectures) {
	case 0:
	case 1:
		c.Architecture = architectures[0]
	default:
		return Config{}, fmt.Errorf("%s names %d architectures (%.200s); a merge needs one", configFile, len(architectures), strings.Join(architectures, ", "))
	}
	if v := c.get("model_type"); v.Type == gjson.String {
		c.ModelType = v.String()
	}
	for _, key := range layerKeys {
		v := c.get(key)
		if v.Type != gjson.Number && v.Type != gjson.String && !v.IsBool() {
			continue // not there, or not what counts layers
		}
		if n, ok := wholeNumber(v); ok && n > 0 && n < maxLayers {
			c.Layers = int(n)
		}
		c.LayersKey, c.layersRaw = key, v.Raw
		break
	}
	for _, key := range []string{"vocab_size", "text_config.vocab_size", "llm_config.vocab_size"} {
		if n, ok := wholeNumber(c.get(key)); ok {
			c.Vocabulary, c.vocabularyKey = n, key
			break
		}
	}
	c.Tied = slices.Contains(tiedByDefault, c.ModelType)
	for _, key := range tieKeys {
		if v := c.get(key); v.IsBool() {
			c.Tied, c.tiedSaid = v.Bool(), true
			break
		}
	}
	return c, nil
}

// quantization returns the name of the format that the config says its weights are packed in, and whether
// it says so. Sources: transformers and compressed-tensors; "quantization" is MLX's.
func (c Config) quantization() (string, bool) {
	for _, key := range []string{"quantization_config", "compression_config", "quantization"} {
		q := c.get(key)
		if !q.IsObject() || len(q.Map()) == 0 {
			continue
		}
		for _, name := range []string{"quant_method", "format", "mode"} {
			if v := q.Get(name); v.Type == gjson.String {
				return v.String(), true
			}
		}
		return key, true
	}
	return "", false
}

// get returns the value at a dotted path.
func (c Config) get(path string) gjson.Result { return c.text.get(path) }

func wholeNumber(v gjson.Result) (int64, bool) {
	n := v.Int()
	return n, v.Type == gjson.Number && v.Num >= 0 && v.Num < 1<<53 && float64(n) == v.Num
}

// configText is a JSON object that keeps its bytes. Python writes NaN and Infinity, which are no
// JSON; they are read as other numbers of the same length and written as they were.
type configText struct {
	raw    []byte
	strict string // raw as JSON proper
}

var errNotObject = errors.New("not a JSON object")

func readConfigText(raw []byte) (configText, error) {
	if !utf8.Valid(raw) {
		return configText{}, errors.New("not UTF-8")
	}
	t := configText{raw: raw, strict: string(raw)}
	if !json.Valid(raw) {
		t.strict = maskPython(raw)
		if !json.Valid([]byte(t.strict)) {
			return configText{}, errNotObject
		}
	}
	if !gjson.Parse(t.strict).IsObject() {
		return configText{}, errNotObject
	}
	// Python takes the last of two equal keys, and other readers the first.
	if key, twice := repeatedKey(gjson.Parse(t.strict)); twice {
		return configText{}, fmt.Errorf("the key %.100q appears twice", key)
	}
	return t, nil
}

// maskPython writes numbers of the same length over NaN and Infinity outside of strings.
func maskPython(raw []byte) string {
	out := bytes.Clone(raw)
	quoted := false
	for i := 0; i < len(out); i++ {
		switch {
		case quoted && out[i] == '\\':
			i++
		case out[i] == '"':
			quoted = !quoted
		case quoted:
		case bytes.HasPrefix(out[i:], []byte("NaN")):
			copy(out[i:], "100")
		case bytes.HasPrefix(out[i:], []byte("Infinity")):
			copy(out[i:], "10000000")
		}
	}
	return string(out)
}

// repeatedKey looks for a key that is there twice, in the object and in the objects that are its values.
func repeatedKey(object gjson.Result) (string, bool) {
	twice, found := "", false
	var look func(o gjson.Result, depth int)
	look = func(o gjson.Result, depth int) {
		seen := map[string]bool{}
		o.ForEach(func(key, value gjson.Result) bool {
			if seen[key.String()] {
				twice, found = key.String(), true
			}
			seen[key.String()] = true
			if value.IsObject() && depth > 0 {
				look(value, depth-1)
			}
			return !found
		})
	}
	look(object, 1)
	return twice, found
}

// get returns the value at a dotted path, with its Index in raw; the zero Result where there is none.
func (t configText) get(path string) gjson.Result {
	v := gjson.Parse(t.strict)
	for key := range strings.SplitSeq(path, ".") {
		_, v = member(v, key)
	}
	return v
}

// member returns a member of an object, its key and its value.
func member(object gjson.Result, name string) (key, value gjson.Result) {
	if !object.IsObject() {
		return
	}
	object.ForEach(func(k, v gjson.Result) bool {
		if k.String() == name {
			key, value = k, v
			return false
		}
		return true
	})
	return
}
