package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// tiny is a Llama-like model for scripts. Every element of its tensor number k, from 1 on, is W·k, so
// that results can be checked by head.
type tiny struct {
	Layers, Hidden, Vocab int
	EOS                   int     // id of the token that ends a text
	Shards                int     // weight files
	W                     float64 // integers are all zero
	DType                 dtype.DType
	Arch                  string // "Llama" gives LlamaForCausalLM
	License               string // "" states none
	Chat                  string // chat template; "" is none
	Word                  string // what tokens begin with
	Tied                  bool   // no lm_head
	Pooler                bool   // as BERT has one
	Extra                 int    // tensors without elements
	NullMetadata          bool   // "__metadata__": null in the weight files
	Vision                int    // layers of a vision tower; 0 is a model without one, and without a projector
	Drop                  *regexp.Regexp
	Format                string // of the weights: "safetensors", "bin" or "gguf"
	Quant                 string // quant_method in config.json
	Config                string // more of config.json, such as "rope_theta": 5

	repo localhub.RepoOptions
}

// parseTiny reads key=value words and the flags private, gated and tied.
func parseTiny(words []string) (*tiny, error) {
	m := &tiny{Layers: 2, Hidden: 4, Vocab: 8, EOS: 2, Shards: 1, W: 1, DType: dtype.BF16, Arch: "Llama", License: "apache-2.0", Word: "w", Format: "safetensors"}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "layers":
			m.Layers, err = strconv.Atoi(value)
		case "hidden":
			m.Hidden, err = strconv.Atoi(value)
		case "vocab":
			m.Vocab, err = strconv.Atoi(value)
		case "eos":
			m.EOS, err = strconv.Atoi(value)
		case "shards":
			m.Shards, err = strconv.Atoi(value)
		case "w":
			m.W, err = strconv.ParseFloat(value, 64)
		case "dtype":
			m.DType, err = dtype.Parse(value)
		case "arch":
			m.Arch = value
		case "license":
			m.License = value
		case "chat":
			m.Chat = value
		case "config":
			m.Config = value
		case "words":
			m.Word = value
		case "pooler":
			m.Pooler = true
		case "extra":
			m.Extra, err = strconv.Atoi(value)
		case "null-metadata":
			m.NullMetadata = true
		case "vision":
			m.Vision, err = strconv.Atoi(value)
		case "tied":
			m.Tied = true
		case "drop":
			m.Drop, err = regexp.Compile(value)
		case "format":
			m.Format = value
		case "quant":
			m.Quant = value
		case "private":
			m.repo.Private = true
		case "gated":
			m.repo.Gated = localhub.Manual
		case "allowed":
			m.repo.Allowed = strings.Split(value, ",")
		default:
			err = fmt.Errorf("no such option")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
	}
	return m, nil
}

func (m *tiny) tensors() []safetensors.Tensor {
	var out []safetensors.Tensor
	add := func(name string, shape ...int64) {
		if m.Drop == nil || !m.Drop.MatchString(name) {
			out = append(out, safetensors.Tensor{Name: name, DType: m.DType, Shape: shape})
		}
	}
	h, i, v := int64(m.Hidden), int64(2*m.Hidden), int64(m.Vocab)
	add("model.embed_tokens.weight", v, h)
	for l := range m.Layers {
		at := func(name string) string { return fmt.Sprintf("model.layers.%d.%s.weight", l, name) }
		add(at("input_layernorm"), h)
		add(at("mlp.down_proj"), h, i)
		add(at("mlp.gate_proj"), i, h)
		add(at("mlp.up_proj"), i, h)
		add(at("post_attention_layernorm"), h)
		add(at("self_attn.k_proj"), h, h)
		add(at("self_attn.o_proj"), h, h)
		add(at("self_attn.q_proj"), h, h)
		add(at("self_attn.v_proj"), h, h)
	}
	add("model.norm.weight", h)
	if !m.Tied {
		add("lm_head.weight", v, h)
	}
	if m.Pooler {
		add("pooler.dense.weight", h, h)
		add("pooler.dense.bias", h)
	}
	for i := range m.Extra {
		add(fmt.Sprintf("model.extra.%d", i), 0)
	}
	for l := range m.Vision {
		at := fmt.Sprintf("vision_tower.vision_model.encoder.layers.%d.", l)
		add(at+"mlp.fc1.weight", i, h)
		add(at+"self_attn.q_proj.weight", h, h)
	}
	if m.Vision > 0 {
		add("multi_modal_projector.linear_1.weight", h, h)
	}
	return out
}

// files returns the whole model by path.
func (m *tiny) files() (map[string]string, error) {
	out := map[string]string{
		"config.json": m.config(),
		"tokenizer.json": fmt.Sprintf(`{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {%s}, "merges": []}}`+"\n",
			strings.Join(m.vocabulary(), ", ")),
		"tokenizer_config.json": m.tokenizerConfig(),
		"README.md":             "---\nlibrary_name: transformers\npipeline_tag: text-generation\n" + m.licenseLine() + "---\n\n# A tiny model\n",
	}
	switch m.Format {
	case "bin":
		out["pytorch_model.bin"] = "a pickle"
		return out, nil
	case "gguf":
		out["model.gguf"] = "GGUF"
		return out, nil
	}
	return out, m.weights(out)
}

func (m *tiny) weights(out map[string]string) error {
	tensors := m.tensors()
	if m.Shards == 1 {
		text, err := m.shard(tensors, 1)
		out["model.safetensors"] = text
		return err
	}
	ix := safetensors.Index{WeightMap: map[string]string{}}
	each := (len(tensors) + m.Shards - 1) / m.Shards
	for n := range m.Shards {
		name := fmt.Sprintf("model-%05d-of-%05d.safetensors", n+1, m.Shards)
		part := tensors[n*each : min((n+1)*each, len(tensors))]
		for _, t := range part {
			ix.WeightMap[t.Name] = name
		}
		text, err := m.shard(part, n*each+1)
		if err != nil {
			return err
		}
		out[name] = text
	}
	out["model.safetensors.index.json"] = string(ix.Encode())
	return nil
}

// shard is one weight file; its first tensor has the given number.
func (m *tiny) shard(tensors []safetensors.Tensor, first int) (string, error) {
	tensors = slices.Clone(tensors)
	var data []byte
	for i := range tensors {
		t := &tensors[i]
		values := make([]float32, t.N())
		for j := range values {
			values[j] = float32(m.W * float64(first+i))
		}
		raw := make([]byte, t.N()*m.DType.Size())
		if m.DType.Float() {
			dtype.Encode(raw, values, m.DType)
		}
		t.Begin = int64(len(data))
		data = append(data, raw...)
		t.End = int64(len(data))
	}
	h := safetensors.Header{Tensors: tensors, Metadata: map[string]string{"format": "pt"}}
	head, err := h.Encode()
	if m.NullMetadata {
		head = bytes.Replace(head, []byte(`{"format":"pt"}`), []byte(`null           `), 1)
	}
	return string(head) + string(data), err
}

func (m *tiny) config() string {
	extra := ""
	if m.Quant != "" {
		extra = fmt.Sprintf(",\n  \"quantization_config\": {\"quant_method\": %q}", m.Quant)
	}
	if m.Config != "" {
		extra += ",\n  " + m.Config
	}
	torch := m.DType.Torch()
	return fmt.Sprintf(`{
  "architectures": ["%sForCausalLM"],
  "bos_token_id": 1,
  "eos_token_id": %d,
  "hidden_size": %d,
  "model_type": %q,
  "num_attention_heads": 1,
  "num_hidden_layers": %d,
  "tie_word_embeddings": %t,
  "torch_dtype": %q,
  "vocab_size": %d%s
}
`, m.Arch, m.EOS, m.Hidden, strings.ToLower(m.Arch), m.Layers, m.Tied, torch, m.Vocab, extra)
}

func (m *tiny) vocabulary() []string {
	words := make([]string, m.Vocab)
	for i := range words {
		words[i] = fmt.Sprintf(`"%s%d": %d`, m.Word, i, i)
	}
	return words
}

func (m *tiny) tokenizerConfig() string {
	if m.Chat == "" {
		return "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}\n"
	}
	return fmt.Sprintf("{\"chat_template\": %q, \"tokenizer_class\": \"PreTrainedTokenizerFast\"}\n", m.Chat)
}

func (m *tiny) licenseLine() string {
	if m.License == "" {
		return ""
	}
	return "license: " + m.License + "\n"
}

// contents is files for a Hub.
func (m *tiny) contents() (map[string]localhub.Content, error) {
	files, err := m.files()
	contents := map[string]localhub.Content{}
	for name, text := range files {
		contents[name] = localhub.Text(text)
	}
	return contents, err
}

// model DIR [OPTION...]: a tiny model in a folder.
func cmdModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: model DIR [OPTION...]")
	}
	m, err := parseTiny(args[1:])
	ts.Check(err)
	files, err := m.files()
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	for name, text := range files {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
}

// hubmodel NAMESPACE/NAME [OPTION...]: a tiny model on the Hub.
func cmdHubModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: hubmodel NAMESPACE/NAME [OPTION...]")
	}
	ts.Check(putTiny(of(ts).server, args[0], args[1:]...))
}

// putTiny puts a model with the options of hubmodel into a repo.
func putTiny(server *localhub.Server, id string, options ...string) error {
	m, err := parseTiny(options)
	if err != nil {
		return err
	}
	contents, err := m.contents()
	if err != nil {
		return err
	}
	_, err = server.PutRepo(id, m.repo, contents)
	return err
}

// hubpropose NAMESPACE/NAME AUTHOR TITLE [OPTION...]: a pull request with the files of a tiny model.
func cmdHubPropose(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: hubpropose NAMESPACE/NAME AUTHOR TITLE [OPTION...]")
	}
	m, err := parseTiny(args[3:])
	ts.Check(err)
	contents, err := m.contents()
	ts.Check(err)
	_, err = of(ts).server.PutPullRequest(args[0], args[1], args[2], contents)
	ts.Check(err)
}

// hubcrowd NAMESPACE/NAME N AUTHOR...: N pull requests with a note, by the authors in turn.
func cmdHubCrowd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: hubcrowd NAMESPACE/NAME N AUTHOR...")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	authors := args[2:]
	for i := range n {
		note := map[string]localhub.Content{"NOTES.md": localhub.Text(fmt.Sprintf("note %d", i))}
		_, err := of(ts).server.PutPullRequest(args[0], authors[i%len(authors)], "A note", note)
		ts.Check(err)
	}
}

func uniqueSorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
