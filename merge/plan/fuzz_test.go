package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// keyValue is a member of an object as it is written.
type keyValue struct{ key, raw string }

// membersOf reads an object with encoding/json, in the order of the text.
func membersOf(t *testing.T, raw []byte) []keyValue {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("%q is no object: %v, %v", raw, tok, err)
	}
	var out []keyValue
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		out = append(out, keyValue{key.(string), string(value)})
	}
	return out
}

// FuzzConfigEdit edits any config that is read: the result is a config again, the keys that were set have their values,
// and all others keep their bytes and their order.
func FuzzConfigEdit(f *testing.F) {
	for _, seed := range []string{
		"{}", " {\n} \n", `{"num_hidden_layers":2}`, "{\n  \"a\": [1, 2],\n  \"num_hidden_layers\" : 2 ,\n  \"torch_dtype\": null\n}\n",
		`{"text_config": {"num_hidden_layers": 2, "dtype": "float32"}, "quantization_config": {"x": 1}}`, `{"text_config": {}}`,
		`{"num_hidden_layers": 2, "layer_types": [ ], "x": Infinity, "y": -Infinity, "z": [NaN]}`, "\ufeff{\"layer_types\": [\n 1\n,\n 2\n]}",
		`{"quantization_config": 1, "": {"": 2}, "\u0074orch_dtype": "auto", "a\"b": "}{\"", "é": "\\"}`, `{"layer_types": ["]", [","]], "quantization_config": {}}`,
	} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, raw []byte, layers int) {
		c, err := parseConfig(raw)
		if err != nil {
			return
		}
		if !json.Valid(c.Raw) && !strings.Contains(c.text.strict, "10") {
			t.Fatalf("%q is read and is no JSON", raw)
		}
		before := membersOf(t, []byte(c.text.strict))
		e := configEditor{c.text}
		e.set("num_hidden_layers", layers)
		if c.get("layer_types").IsArray() {
			e.setList("layer_types", []string{`"a"`, "2", "[3]"})
		}
		nested := c.get("text_config").IsObject()
		if nested {
			e.set("text_config.n_layer", layers)
		}
		e.remove("quantization_config")
		e.dtype("bfloat16")
		e.dtype("float16") // a second time, on what the first made

		if _, err := readConfigText(e.text.raw); err != nil {
			t.Fatalf("%q became %q: %v", raw, e.text.raw, err)
		}
		if len(e.text.raw) != len(e.text.strict) {
			t.Fatalf("%q became %q and %q", raw, e.text.raw, e.text.strict)
		}
		after := membersOf(t, []byte(e.text.strict))
		set := map[string]string{"num_hidden_layers": fmt.Sprint(layers)}
		k := 0
		for _, m := range before {
			switch {
			case m.key == "quantization_config":
				continue
			case k >= len(after) || after[k].key != m.key:
				t.Fatalf("%q became %q: want key %q in place %d", raw, e.text.raw, m.key, k)
			case m.key == "layer_types" && strings.HasPrefix(m.raw, "["):
				if got := gjson.Parse(after[k].raw).Array(); len(got) != 3 || got[0].Str != "a" || got[2].Raw != "[3]" {
					t.Fatalf("%q became %q: layer_types is %s", raw, e.text.raw, after[k].raw)
				}
			case set[m.key] != "":
				if after[k].raw != set[m.key] {
					t.Fatalf("%q became %q: %s is %s", raw, e.text.raw, m.key, after[k].raw)
				}
			case m.key == "torch_dtype" || m.key == "dtype":
				if v := gjson.Parse(m.raw); (v.Type == gjson.Null || isDTypeName(v)) && after[k].raw != `"float16"` {
					t.Fatalf("%q became %q: %s is %s", raw, e.text.raw, m.key, after[k].raw)
				}
			case strings.HasSuffix(m.key, "_config"): // may hold a dtype
			case after[k].raw != m.raw:
				t.Fatalf("%q became %q: %q was %s and is %s", raw, e.text.raw, m.key, m.raw, after[k].raw)
			}
			k++
		}
		for _, m := range after[k:] {
			if m.key != "num_hidden_layers" && m.key != "torch_dtype" {
				t.Fatalf("%q became %q: %s is new", raw, e.text.raw, m.key)
			}
		}
		if got := e.text.get("num_hidden_layers").Raw; got != fmt.Sprint(layers) {
			t.Fatalf("%q became %q: num_hidden_layers is %q", raw, e.text.raw, got)
		}
		if got := e.text.get("text_config.n_layer").Raw; nested && got != fmt.Sprint(layers) {
			t.Fatalf("%q became %q: text_config.n_layer is %q", raw, e.text.raw, got)
		}
	})
}

// layerPattern is what splitLayer looks for, as a regular expression.
var layerPattern = regexp.MustCompile(`(?s)^((?:.*?\.)??(?:layers|h|blocks|block|layer)\.)(0|[1-9][0-9]{0,5})\.(.*)$`)

// FuzzLayout holds the split of names, and the layout of a model that has them, to what any set of names must give.
func FuzzLayout(f *testing.F) {
	for _, seed := range []string{
		"model.layers.0.a\nmodel.layers.1.a\nmodel.embed_tokens.weight\nlm_head.weight", "h.0.x\nh.10.x\nh.007.x\nwte.weight", "patch.0.x\nlayers.layers.3.x\nlayers.1000000.x\nlayers.999.x",
		"encoder.block.0.layer.1.q\ndecoder.block.0.layer.0.q", "layers.0.\n.layers.0.\nlayers..0\nlayers.-1.x\nlayers.+1.x\nh.0", "vision.blocks.1.x\nmodel.layers.1.x\nvision.blocks.0.x\nmodel.layers.0.x",
	} {
		f.Add(seed, 2, "model.layers.0.a")
	}
	f.Fuzz(func(t *testing.T, text string, layers int, other string) {
		m := &Model{Tensors: map[string]Stored{}, Config: Config{Layers: layers}}
		for name := range strings.SplitSeq(text, "\n") {
			prefix, n, suffix, ok := splitLayer(name)
			want := layerPattern.FindStringSubmatch(name)
			if ok != (want != nil) || ok && (prefix != want[1] || strconv.Itoa(n) != want[2] || suffix != want[3]) {
				t.Fatalf("splitLayer(%q) = %q, %d, %q, %v, want %q", name, prefix, n, suffix, ok, want)
			}
			if n > 1000 {
				return // the layout would be right and large
			}
			if _, twice := m.Tensors[name]; !twice && name != ambiguous {
				m.Tensors[name] = Stored{Name: name}
				m.Order = append(m.Order, name)
			}
		}
		l := newLayout(m)
		// Every name has one place.
		got := slices.Concat(l.pre, l.post, l.beyond)
		for k, parts := range l.within {
			for _, p := range parts {
				got = append(got, p.name)
				if p.name != l.layer(k)+p.suffix {
					t.Fatalf("%q is in layer %d as %q", p.name, k, p.suffix)
				}
			}
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(m.Order)); !slices.Equal(got, want) {
			t.Fatalf("the layout has %q, want %q", got, want)
		}
		if len(l.within) != l.layers || l.layers > l.named || layers > 0 && l.layers > layers {
			t.Fatalf("%d layers of %d named and %d in the config", l.layers, l.named, layers)
		}
		for _, name := range m.Order {
			if d := l.depth(name); d < 0 || d > 1 {
				t.Fatalf("depth(%q) = %v", name, d)
			}
			if found, ok := l.outside(name, l); !ok || found.Name != name {
				t.Fatalf("outside(%q) = %q, %v", name, found.Name, ok)
			}
		}
		// What is found under another name is a tensor of this model whose name ends like it.
		if found, ok := l.outside(other, l); ok {
			a, b := tail(found.Name), tail(other)
			if _, is := m.Tensors[found.Name]; !is || a != b && !slices.Contains(spellings(other), found.Name) && len(spellings(other)) == 1 {
				t.Fatalf("outside(%q) = %q", other, found.Name)
			}
		}
	})
}

// tail is the part of a name after the last dot.
func tail(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// The main stack is the one that the config counts.
func TestMainStack(t *testing.T) {
	for _, tt := range []struct {
		counts map[string]int
		want   int
		stack  string
	}{
		{map[string]int{}, 4, ""},
		{map[string]int{"h.": 4}, 0, "h."},
		{map[string]int{"model.layers.": 32, "model.visual.blocks.": 32}, 32, "model.layers."},
		{map[string]int{"audio_tower.layers.": 32, "language_model.model.layers.": 32}, 32, "language_model.model.layers."},
		{map[string]int{"model.layers.": 33, "vision_tower.layers.": 32}, 32, "model.layers."},
		{map[string]int{"model.layers.": 61, "mtp.layers.": 1}, 0, "model.layers."},
		{map[string]int{"encoder.block.": 6, "decoder.block.": 6}, 6, "decoder.block."},
		{map[string]int{"encoder.block.": 6, "decoder.block.": 12}, 6, "encoder.block."},
		{map[string]int{"a.layers.": 5, "b.layers.": 7}, 6, "b.layers."},
		{map[string]int{"a.layers.": 4, "b.layers.": 5}, 6, "b.layers."},
		{map[string]int{"b.layers.": 4, "a.layers.": 4}, 6, "a.layers."},
		{map[string]int{"vision_model.encoder.layers.": 12}, 12, "vision_model.encoder.layers."},
	} {
		if got := mainStack(tt.counts, tt.want); got != tt.stack {
			t.Errorf("mainStack(%v, %d) = %q, want %q", tt.counts, tt.want, got, tt.stack)
		}
	}
}

// Names meet under the roots of their models, else by the one tail that they share.
func TestOutside(t *testing.T) {
	of := func(names ...string) *layout {
		m := &Model{Tensors: map[string]Stored{}, Order: names}
		for _, name := range names {
			m.Tensors[name] = Stored{Name: name}
		}
		return newLayout(m)
	}
	for _, tt := range []struct {
		what     string
		from, to *layout
		name     string
		want     string // "" for none
	}{
		{"the same name", of("a.b"), of("a.b", "x.a.b"), "a.b", "a.b"},
		{"a root more", of("layers.0.x"), of("model.layers.0.x", "model.norm.weight", "vision.norm.weight"), "norm.weight", "model.norm.weight"},
		{"a root less", of("model.layers.0.x"), of("layers.0.x", "norm.weight"), "model.norm.weight", "norm.weight"},
		{"another root", of("model.layers.0.x"), of("text.model.layers.0.x", "text.model.norm.weight", "norm.weight.x"), "model.norm.weight", "text.model.norm.weight"},
		{"a head under a root", of("model.layers.0.x"), of("text.model.layers.0.x", "text.lm_head.weight"), "lm_head.weight", "text.lm_head.weight"},
		{"a head above it", of("text.model.layers.0.x"), of("model.layers.0.x", "lm_head.weight"), "text.lm_head.weight", "lm_head.weight"},
		{"two that end alike", of(), of("a.norm.weight", "b.norm.weight"), "norm.weight", ""},
		{"two that it ends in", of(), of("b.c", "a.b.c"), "x.a.b.c", ""},
		{"one word", of(), of("weight", "a.weight"), "x.weight", ""},
		{"one word that is whole", of(), of("a.weight"), "weight", ""},
		{"an old name", of(), of("bert.LayerNorm.gamma"), "LayerNorm.weight", "bert.LayerNorm.gamma"},
		{"a new name", of(), of("LayerNorm.bias"), "bert.LayerNorm.beta", "LayerNorm.bias"},
		{"half a word", of(), of("xnorm.weight"), "norm.weight", ""},
	} {
		got, ok := tt.to.outside(tt.name, tt.from)
		if got.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q is %q, %v; want %q", tt.what, tt.name, got.Name, ok, tt.want)
		}
	}
}

// Before the layers is what embeds, after them all else. The names are of published models.
func TestPre(t *testing.T) {
	for name, want := range map[string]bool{
		"model.embed_tokens.weight": true, "transformer.wte.weight": true, "transformer.wpe.weight": true, "gpt_neox.embed_in.weight": true, "gpt_neox.embed_out.weight": false, "embed_out.weight": false,
		"shared.weight": true, "transformer.embd.wte.weight": true, "rotary_emb.inv_freq": true, "model.norm.weight": false, "lm_head.weight": false,
		"transformer.ln_f.weight": false, "score.weight": false, "bert.embeddings.word_embeddings.weight": true, "bert.pooler.dense.weight": false, "model.tok_embeddings.weight": true, "output.weight": false,
		"encoder.conv1.weight": true, "encoder.layer_norm.weight": false,
	} {
		if got := isPre(name); got != want {
			t.Errorf("isPre(%q) = %v, want %v", name, got, want)
		}
	}
}

// FuzzInspect holds what is said of a small file to what it is: a pointer and a web page are never taken for it, JSON that a loader
// reads is, and what is called cut short is no JSON yet.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{"", "{}", "{", `{"a": NaN}`, "[1,", `"`, "{}{}", "\ufeff[]", "<html>", " <!DOCTYPE html>", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "nul", "-", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		err := inspect("tokenizer.json", content)
		switch {
		case err == nil && bytes.HasPrefix(content, []byte("version https://git-lfs")), err == nil && bytes.HasPrefix(content, []byte("<html")), err == nil && len(content) == 0:
			t.Fatalf("%q is taken for JSON", content)
		case err != nil && json.Valid(content):
			t.Fatalf("%q is JSON: %v", content, err)
		case err == nil && !json.Valid([]byte(maskPython(bytes.TrimPrefix(content, byteOrderMark)))):
			t.Fatalf("%q is no JSON", content)
		}
		if _, ok := errors.AsType[*FileError](err); err != nil && !ok {
			t.Fatalf("inspect(%q) = %v", content, err)
		}
		if errors.Is(err, ErrCut) && json.Valid(append([]byte("["), content...)) {
			t.Fatalf("%q is called cut short", content)
		}
		if err := inspect("LICENSE", content); errors.Is(err, ErrCut) || errors.Is(err, ErrNotJSON) {
			t.Fatalf("a text %q is %v", content, err)
		}
	})
}
