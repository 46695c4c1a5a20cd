package plan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A model's tensors come in file order: shards by name, then as they lie in each. An index is not needed to know them.
func TestReadModel(t *testing.T) {
	for _, noIndex := range []bool{false, true} {
		m := checkpoint{shards: map[string][]string{
			"model-00002-of-00002.safetensors": {"model.norm.weight F32 4", "lm_head.weight BF16 8x4"},
			"model-00001-of-00002.safetensors": {"model.layers.0.b BF16 4", "model.layers.0.a BF16 4"},
			"consolidated.safetensors":         {},
		}, noIndex: noIndex}.read(t, "a")
		if want := []string{"model.layers.0.b", "model.layers.0.a", "model.norm.weight", "lm_head.weight"}; !slices.Equal(m.Order, want) {
			t.Errorf("Order = %v, want %v", m.Order, want)
		}
		if want := []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}; !slices.Equal(m.Shards, want) {
			t.Errorf("Shards = %v, want %v", m.Shards, want)
		}
		head := m.Tensors["lm_head.weight"]
		if head.File != "model-00002-of-00002.safetensors" || head.End-head.Begin != 64 || m.Tensors["model.norm.weight"].End != head.Begin {
			t.Errorf("lm_head.weight = %+v", head)
		}
		if m.Bytes() != 96 || m.DType().Torch() != "bfloat16" {
			t.Errorf("%d bytes, mostly %v; want 96 of bfloat16", m.Bytes(), m.DType())
		}
		if c := m.Config; c.Architecture != "LlamaForCausalLM" || c.ModelType != "llama" || c.Layers != 2 || c.LayersKey != "num_hidden_layers" || c.Tied {
			t.Errorf("Config = %+v", c)
		}
	}
}

// What is not a model, or not a whole one, says what it is.
func TestReadModelRefuses(t *testing.T) {
	one := []string{"w.weight BF16 4"}
	shards := map[string][]string{"model-00001-of-00002.safetensors": one}
	config := fmt.Sprintf(llamaConfig, 2)
	quantized := func(key string) string { return strings.Replace(config, "\n}", ",\n  "+key+"\n}", 1) }
	has := func(names ...string) map[string]string {
		out := map[string]string{}
		for _, name := range names {
			out[name] = "x"
		}
		return out
	}
	for _, tt := range []struct {
		what string
		c    checkpoint
		want string
		is   error
	}{
		{"an empty folder", checkpoint{config: "-"}, "there is no config.json: file does not exist", fs.ErrNotExist},
		{"an adapter", checkpoint{config: "-", files: has("adapter_config.json", "adapter_model.safetensors")}, "there is no config.json: this is an adapter", nil},
		{"an adapter with a config", checkpoint{files: has("adapter_model.safetensors")}, "no safetensors weights: this is an adapter", plan.ErrNoWeights},
		{"a diffusion pipeline", checkpoint{config: "-", files: has("model_index.json", "unet/config.json")}, "diffusion pipeline", nil},
		{"GGUF files alone", checkpoint{config: "-", files: has("m.Q4_K_M.gguf")}, "there is no config.json: GGUF files are quantized copies", nil},
		{"GGUF files with a config", checkpoint{files: has("m.gguf")}, "no safetensors weights: GGUF", plan.ErrNoWeights},
		{"Mistral's format", checkpoint{config: "-", files: has("params.json", "consolidated.safetensors")}, "Mistral's own format", nil},
		{"pickles", checkpoint{files: has("pytorch_model.bin")}, "no safetensors weights: it has only .bin files, which are Python pickles", plan.ErrPickles},
		{"pickles in shards", checkpoint{files: has("pytorch_model.bin.index.json")}, "only .bin files", plan.ErrNoWeights},
		{"pickles in a folder", checkpoint{files: has("onnx/model.bin")}, "there is no model.safetensors or model.safetensors.index.json", plan.ErrNoWeights},
		{"a variant", checkpoint{files: has("model.fp16.safetensors")}, "loaders do not look for model.fp16.safetensors", plan.ErrNoWeights},
		{"shards without an index, of which one is missing", checkpoint{files: has("model-00001-of-00002.safetensors")}, "model-00002-of-00002.safetensors is missing: the upload or download of this model is incomplete", plan.ErrNoWeights},
		{"shards without an index, of which several are missing", checkpoint{files: has("model-00002-of-99999.safetensors")}, "model-00001-of-99999.safetensors and 99997 more shards are missing", plan.ErrNoWeights},
		{"shards that are counted from 0", checkpoint{files: has("model-00000-of-00002.safetensors", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")}, "model-00000-of-00002.safetensors is not the name of a shard", plan.ErrNoWeights},
		{"shards of two sets without an index", checkpoint{files: has("model-00001-of-00001.safetensors", "model-00001-of-00002.safetensors")}, "model-00001-of-00001.safetensors and model-00001-of-00002.safetensors belong to two sets of shards, and there is no model.safetensors.index.json to say which one counts", nil},
		{"shards without an index that share a tensor", checkpoint{shards: map[string][]string{"model-00001-of-00002.safetensors": one, "model-00002-of-00002.safetensors": one}, noIndex: true}, `tensor "w.weight" is in model-00001-of-00002.safetensors and in model-00002-of-00002.safetensors, and there is no`, nil},
		{"a shard that is missing", checkpoint{shards: shards, index: map[string]string{"w.weight": "model-00001-of-00002.safetensors", "v": "model-00002-of-00002.safetensors"}},
			"model.safetensors.index.json names model-00002-of-00002.safetensors, which is missing", nil},
		{"shards that are missing", checkpoint{shards: shards, index: map[string]string{"a": "a.safetensors", "b": "b.safetensors", "c": "c.safetensors"}},
			"names a.safetensors and 2 more files that are missing", nil},
		{"an index with another tensor", checkpoint{shards: shards, index: map[string]string{"w.weight": "model-00001-of-00002.safetensors", "v": "model-00001-of-00002.safetensors"}},
			`model.safetensors.index.json puts tensor "v" in model-00001-of-00002.safetensors, whose header does not list it`, nil},
		{"an index that is none", checkpoint{files: map[string]string{"model.safetensors.index.json": "{"}}, "model.safetensors.index.json is cut short: the download is incomplete", plan.ErrCut},
		{"a weight file that is none", checkpoint{files: map[string]string{"model.safetensors": "<html>not found</html>"}}, "model.safetensors is a web page, not the file", plan.ErrPage},
		{"a weight file of something else", checkpoint{files: map[string]string{"model.safetensors": "not found, sorry"}}, "model.safetensors: not a safetensors header", nil},
		{"a weight file that is empty", checkpoint{files: map[string]string{"model.safetensors": ""}}, "model.safetensors is empty: the download is incomplete", plan.ErrEmpty},
		{"no tensors", checkpoint{lines: []string{}}, "the weight files are empty", plan.ErrNoWeights},
		{"a config that is a list", checkpoint{config: "[]", lines: one}, "config.json: not a JSON object", nil},
		{"a config that is cut off", checkpoint{config: `{"a": `, lines: one}, "config.json is cut short: the download is incomplete", plan.ErrCut},
		{"a config in another encoding", checkpoint{config: "{\"a\": \"\xe9\"}", lines: one}, "config.json: not UTF-8", nil},
		{"a config with a key twice", checkpoint{config: `{"n_layer": 2, "n_layer": 3}`, lines: one}, `config.json: the key "n_layer" appears twice`, nil},
		{"a config with a nested key twice", checkpoint{config: `{"text_config": {"n_layer": 2, "n_l\u0061yer": 3}}`, lines: one}, `the key "n_layer" appears twice`, nil},
		{"two architectures", checkpoint{config: `{"architectures": ["A", "B"]}`, lines: one}, "config.json names 2 architectures (A, B); a merge needs one", nil},
		{"a huge config", checkpoint{config: `{"a": "` + strings.Repeat("x", 17<<20) + `"}`, lines: one}, "config.json: 17825801 bytes, more than", nil},

		{"8 bit floats", checkpoint{lines: []string{"w.weight F8_E4M3 4x4", "w.weight_scale_inv F32 1x1"}}, "the weights are quantized (w.weight is F8_E4M3): use the model it was made from instead", plan.ErrQuantized},
		{"8 bit floats as their config says", checkpoint{config: quantized(`"quantization_config": {"quant_method": "fp8"}`), lines: []string{"w.weight F8_E4M3 4x4"}},
			`the weights are quantized ("fp8" in config.json, and w.weight is F8_E4M3)`, plan.ErrQuantized},
		{"bitsandbytes in 4 bits", checkpoint{lines: []string{"w.weight U8 8x1", "w.weight.absmax F32 4"}}, "w.weight is U8", plan.ErrQuantized},
		{"bitsandbytes in 8 bits", checkpoint{lines: []string{"w.weight I8 8x4", "w.SCB F32 4"}}, "w.weight is I8", plan.ErrQuantized},
		{"GPTQ and AWQ", checkpoint{lines: []string{"w.scales F16 4x4", "w.qweight I32 8x4"}}, "w.qweight is I32", plan.ErrQuantized},
		{"compressed tensors", checkpoint{lines: []string{"w.weight_packed I32 8x4"}}, "w.weight_packed is I32", plan.ErrQuantized},
		{"MXFP4", checkpoint{lines: []string{"mlp.experts.down_proj_blocks U8 2x4x4"}}, "down_proj_blocks is U8", plan.ErrQuantized},
		{"codes that only the config tells of", checkpoint{config: quantized(`"quantization_config": {"quant_method": "vptq"}`), lines: []string{"w.centroids F16 4x4", "w.indices I16 8"}},
			`"vptq" in config.json, and w.indices is I16`, plan.ErrQuantized},
		{"MLX", checkpoint{config: quantized(`"quantization": {"group_size": 64, "bits": 4}`), lines: []string{"w.weight U32 8x4"}}, `"quantization" in config.json, and w.weight is U32`, plan.ErrQuantized},
	} {
		m, err := plan.ReadModel(t.Context(), identity("a"), tt.c.memory(t))
		if err == nil || !strings.Contains(err.Error(), tt.want) || m != nil {
			t.Errorf("%s: ReadModel = %v, want %q", tt.what, err, tt.want)
		}
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: %v is no %v", tt.what, err, tt.is)
		}
	}
}

// Oddities that loaders take are taken.
func TestReadModelTakes(t *testing.T) {
	one := []string{"w.weight BF16 4"}
	for _, tt := range []struct {
		what string
		c    checkpoint
		want func(m *plan.Model) bool
	}{
		{"a byte order mark", checkpoint{config: "\ufeff" + `{"n_layer": 3}`, lines: one}, func(m *plan.Model) bool { return m.Config.Layers == 3 && m.Config.Raw[0] == '{' }},
		{"Python's infinity and NaN", checkpoint{config: `{"limit": [0.0, Infinity, -Infinity], "x": NaN, "s": "NaN \" Infinity", "n_layer": 3}`, lines: one}, func(m *plan.Model) bool { return m.Config.Layers == 3 }},
		{"an architecture twice", checkpoint{config: `{"architectures": ["A", "A"]}`, lines: one}, func(m *plan.Model) bool { return m.Config.Architecture == "A" }},
		{"no architecture", checkpoint{config: `{"architectures": null}`, lines: one}, func(m *plan.Model) bool { return m.Config.Architecture == "" && m.Config.Layers == 0 }},
		{"a nested layer count", checkpoint{config: `{"text_config": {"num_hidden_layers": 5, "vocab_size": 7}}`, lines: one},
			func(m *plan.Model) bool {
				return m.Config.Layers == 5 && m.Config.LayersKey == "text_config.num_hidden_layers" && m.Config.Vocabulary == 7
			}},
		{"a layer count that is none", checkpoint{config: `{"num_hidden_layers": 2.5, "n_layer": "3", "num_layers": -1}`, lines: one}, func(m *plan.Model) bool { return m.Config.Layers == 0 && m.Config.LayersKey == "num_hidden_layers" }},
		{"a quantized past", checkpoint{config: `{"quantization_config": {"quant_method": "bitsandbytes"}}`, lines: append(one, "position_ids I64 1x8")}, func(m *plan.Model) bool { return len(m.Order) == 2 }},
		{"an index that leaves a tensor out", checkpoint{shards: map[string][]string{"a.safetensors": {"w BF16 4", "v BF16 4"}}, index: map[string]string{"w": "a.safetensors"}}, func(m *plan.Model) bool { return len(m.Order) == 1 }},
		{"integers that are no weights", checkpoint{lines: append(one, "num_batches_tracked I64", "position_ids I64 1x8", "mask BOOL 4x4", "attn.bias U8 1x1x4x4")}, func(m *plan.Model) bool { return len(m.Order) == 5 }},
		{"further modules", checkpoint{lines: one, files: map[string]string{"modules.json": `[{"path": ""}, {"path": "1_Pooling"}, {"path": "../x"}, {"path": "."}]`}},
			func(m *plan.Model) bool { return slices.Equal(m.Modules, []string{"1_Pooling"}) }},
	} {
		if m := tt.c.read(t, "a"); !tt.want(m) {
			t.Errorf("%s: %+v", tt.what, m.Config)
		}
	}
}

// counted counts the files that are open and the bytes that are read.
type counted struct {
	memory
	opens, open, reads atomic.Int64
}

func (c *counted) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	c.opens.Add(1)
	c.open.Add(1)
	context.AfterFunc(ctx, func() { c.open.Add(-1) })
	r, size, err := c.memory.Open(ctx, name)
	return countedReader{c, r}, size, err
}

type countedReader struct {
	c *counted
	r io.ReaderAt
}

func (r countedReader) ReadAt(p []byte, off int64) (int, error) {
	r.c.reads.Add(int64(len(p)))
	return r.r.ReadAt(p, off)
}

// Headers are a few kB however large the weights are, and no file stays open.
func TestReadModelReadsLittle(t *testing.T) {
	c := checkpoint{shards: map[string][]string{}}
	for i := range 30 {
		c.shards[fmt.Sprintf("model-%05d-of-00030.safetensors", i+1)] = []string{fmt.Sprintf("model.layers.%d.weight BF16 1000000x1000", i)}
	}
	files := &counted{memory: c.memory(t)}
	synctest.Test(t, func(t *testing.T) {
		m, err := plan.ReadModel(t.Context(), identity("a"), files)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(m.Order) != 30 || files.opens.Load() > 33 || files.open.Load() != 0 {
			t.Errorf("%d tensors, %d opens, %d still open", len(m.Order), files.opens.Load(), files.open.Load())
		}
		if read := files.reads.Load(); read > 31*(128<<10) {
			t.Errorf("%d bytes read", read)
		}
	})
}

// A read that fails ends with its error, and with the context's.
func TestReadModelErrors(t *testing.T) {
	files := llama(1).memory(t)
	short := files["model.safetensors"]
	short.size -= 3
	files["model.safetensors"] = short
	if _, err := plan.ReadModel(t.Context(), identity("a"), files); err == nil || err.Error() != "model.safetensors is cut short: the download is incomplete (629 of 632 bytes)" {
		t.Errorf("a weight file that is cut off: %v", err)
	}
	for _, name := range []string{"config.json", "model.safetensors.index.json", "modules.json"} {
		files := checkpoint{shards: map[string][]string{"a.safetensors": {"w BF16 4"}}, files: map[string]string{"modules.json": "[]"}}.memory(t)
		if _, err := plan.ReadModel(t.Context(), identity("a"), broken{files, name}); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s breaks: %v", name, err)
		}
	}
}

var errBroken = errors.New("the line is dead")

// broken has one file that cannot be read.
type broken struct {
	memory
	name string
}

func (b broken) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	if name != b.name {
		return b.memory.Open(ctx, name)
	}
	return deadReader{}, 10, nil
}

type deadReader struct{}

func (deadReader) ReadAt([]byte, int64) (int, error) { return 0, errBroken }
