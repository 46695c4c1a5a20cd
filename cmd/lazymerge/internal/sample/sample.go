// Package sample makes checkpoints in a real layout with random weights: what the demo merges,
// and what benchmarks measure.
//
// The weights of two samples of one shape and base differ as two fine-tunes of one model do.
package sample

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// tokenizer is a byte-level BPE of 96 tokens, three of them special.
//
//go:embed tokenizer.json
var tokenizer []byte

// Shape is the size of a Llama-like decoder.
type Shape struct {
	Name         string
	Type         string // "mistral" or "llama"
	Layers       int
	Hidden       int
	Intermediate int
	Heads        int
	KeyValues    int // heads of keys and values
	Vocabulary   int
	ShardSize    int64 // bytes of tensors in one file

	Unchanged float64 // share of the elements that a fine-tune leaves as they are in the base
}

// Shapes are those that can be asked for by name. "demo" is Mistral-7B with every width divided by 32, "wide" one
// layer of Llama-3-8B between its vocabularies.
var Shapes = []Shape{
	{"demo", "mistral", 32, 128, 448, 4, 1, 96, 8_000_000, 0},
	{"tinyllama", "llama", 22, 2048, 5632, 32, 4, 32000, 5_000_000_000, 0},
	{"mistral-7b", "mistral", 32, 4096, 14336, 32, 8, 32000, 5_000_000_000, 0},
	{"wide", "llama", 1, 4096, 14336, 32, 8, 128256, 10_000_000_000, 0},
	{"llama-13b", "llama", 40, 5120, 13824, 40, 40, 32000, 10_000_000_000, 0},
}

// Find returns the shape called name.
func Find(name string) (Shape, bool) {
	for _, s := range Shapes {
		if s.Name == name {
			return s, true
		}
	}
	return Shape{}, false
}

// Tensors lists the tensors in the order in which published checkpoints have them, all BF16.
func (s Shape) Tensors() []safetensors.Tensor {
	var out []safetensors.Tensor
	add := func(name string, shape ...int64) {
		out = append(out, safetensors.Tensor{Name: name, DType: dtype.BF16, Shape: shape})
	}
	h, i := int64(s.Hidden), int64(s.Intermediate)
	kv := h / int64(s.Heads) * int64(s.KeyValues)
	add("model.embed_tokens.weight", int64(s.Vocabulary), h)
	for l := range s.Layers {
		at := func(name string) string { return fmt.Sprintf("model.layers.%d.%s.weight", l, name) }
		add(at("input_layernorm"), h)
		add(at("mlp.down_proj"), h, i)
		add(at("mlp.gate_proj"), i, h)
		add(at("mlp.up_proj"), i, h)
		add(at("post_attention_layernorm"), h)
		add(at("self_attn.k_proj"), kv, h)
		add(at("self_attn.o_proj"), h, h)
		add(at("self_attn.q_proj"), h, h)
		add(at("self_attn.v_proj"), kv, h)
	}
	add("model.norm.weight", h)
	add("lm_head.weight", int64(s.Vocabulary), h)
	return out
}

// Write makes a checkpoint in dir, which it creates: weights from the base and tune seeds, config,
// tokenizer and a card with the license. Tune 0 is the base itself.
func (s Shape) Write(dir string, base, tune uint64, license string) error {
	return s.write(dir, license, func(path string, head []byte, tensors []safetensors.Tensor) error {
		return s.writeShard(path, head, tensors, base, tune)
	})
}

// WriteHollow makes a checkpoint like Write, but all its weights are zeros, which take no room on the disk where the file
// system knows sparse files.
func (s Shape) WriteHollow(dir, license string) error {
	return s.write(dir, license, func(path string, head []byte, tensors []safetensors.Tensor) error {
		if err := os.WriteFile(path, head, 0o666); err != nil {
			return err
		}
		return os.Truncate(path, int64(len(head))+tensors[len(tensors)-1].End)
	})
}

// write makes a checkpoint whose weight files are written by shard.
func (s Shape) write(dir, license string, shard func(path string, head []byte, tensors []safetensors.Tensor) error) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	small := map[string]string{
		"config.json":            s.config(),
		"generation_config.json": "{\n  \"bos_token_id\": 1,\n  \"eos_token_id\": 2\n}\n",
		"tokenizer.json":         string(tokenizer),
		"tokenizer_config.json":  "{\n  \"bos_token\": \"<s>\",\n  \"eos_token\": \"</s>\",\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n  \"unk_token\": \"<unk>\"\n}\n",
		"README.md":              fmt.Sprintf("---\nlibrary_name: transformers\nlicense: %s\npipeline_tag: text-generation\n---\n\n# Random weights\n\nMade by lazymerge to be merged. It says nothing.\n", license),
	}
	for name, text := range small {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return s.writeWeights(dir, shard)
}

// writeWeights cuts the tensors into shards and writes them side by side.
func (s Shape) writeWeights(dir string, write func(path string, head []byte, tensors []safetensors.Tensor) error) error {
	var shards [][]safetensors.Tensor
	var at int64
	for _, t := range s.Tensors() {
		size := elements(t) * t.DType.Size()
		if len(shards) == 0 || at+size > s.ShardSize {
			shards = append(shards, nil)
			at = 0
		}
		t.Begin, t.End = at, at+size
		at = t.End
		shards[len(shards)-1] = append(shards[len(shards)-1], t)
	}
	ix := safetensors.Index{WeightMap: map[string]string{}}
	var g errgroup.Group
	for n, tensors := range shards {
		name := "model.safetensors"
		if len(shards) > 1 {
			name = fmt.Sprintf("model-%05d-of-%05d.safetensors", n+1, len(shards))
		}
		for _, t := range tensors {
			ix.WeightMap[t.Name] = name
		}
		g.Go(func() error {
			h := safetensors.Header{Tensors: tensors, Metadata: map[string]string{"format": "pt"}}
			head, err := h.Encode()
			if err != nil {
				return err
			}
			return write(filepath.Join(dir, name), head, tensors)
		})
	}
	if err := g.Wait(); err != nil || len(shards) == 1 {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "model.safetensors.index.json"), ix.Encode(), 0o666)
}

func (s Shape) writeShard(path string, head []byte, tensors []safetensors.Tensor, base, tune uint64) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := w.Write(head); err != nil {
		return err
	}
	const block = 1 << 16
	values := make([]float32, block)
	raw := make([]byte, block*dtype.BF16.Size())
	for _, t := range tensors {
		a, b := generator(t.Name, base, 0), generator(t.Name, base, tune)
		mean := float32(0)
		if len(t.Shape) == 1 {
			mean = 1 // norms
		}
		for left := elements(t); left > 0; {
			n := min(left, block)
			for i := range n {
				values[i] = mean + float32(a.NormFloat64())*0.02
				if tune != 0 && (s.Unchanged == 0 || b.Float64() >= s.Unchanged) {
					values[i] += float32(b.NormFloat64()) * 0.002
				}
			}
			size := n * dtype.BF16.Size()
			dtype.Encode(raw[:size], values[:n], dtype.BF16)
			if _, err := w.Write(raw[:size]); err != nil {
				return err
			}
			left -= n
		}
	}
	return w.Flush()
}

func elements(t safetensors.Tensor) int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// generator is seeded by the tensor's name, so that shards can be made in any order.
func generator(name string, base, tune uint64) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", base, tune, name))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}

// config is config.json in the keys and the order of published checkpoints.
func (s Shape) config() string {
	class := map[string]string{"mistral": "MistralForCausalLM", "llama": "LlamaForCausalLM"}[s.Type]
	return fmt.Sprintf(`{
  "architectures": [
    "%s"
  ],
  "bos_token_id": 1,
  "eos_token_id": 2,
  "hidden_act": "silu",
  "hidden_size": %d,
  "initializer_range": 0.02,
  "intermediate_size": %d,
  "max_position_embeddings": 32768,
  "model_type": "%s",
  "num_attention_heads": %d,
  "num_hidden_layers": %d,
  "num_key_value_heads": %d,
  "rms_norm_eps": 1e-05,
  "rope_theta": 10000.0,
  "tie_word_embeddings": false,
  "torch_dtype": "bfloat16",
  "use_cache": true,
  "vocab_size": %d
}
`, class, s.Hidden, s.Intermediate, s.Type, s.Heads, s.Layers, s.KeyValues, s.Vocabulary)
}
