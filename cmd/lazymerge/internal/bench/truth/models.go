package truth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// seed is that of every merge.
const seed = 7

// config writes the setting as a config, with key, which is dtype or out_dtype, as d.
func (s setting) config(m recipe.Method, key string, d dtype.DType) string {
	var text strings.Builder
	fmt.Fprintf(&text, "merge_method: %s\n", m.Name)
	if s.base != none {
		fmt.Fprintf(&text, "base_model: %s\n", modelName(s.base))
	}
	fmt.Fprintf(&text, "%s: %s\n", key, d.Torch())
	one := func(name string, value float64) string {
		if p := m.Param(name); p != nil && p.Type == recipe.Bool {
			return fmt.Sprintf("%s: %v", name, value != 0)
		}
		return fmt.Sprintf("%s: %v", name, value)
	}
	if len(s.shared) > 0 {
		text.WriteString("parameters:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.shared)) {
		fmt.Fprintf(&text, "  %s\n", one(name, s.shared[name]))
	}
	text.WriteString("models:\n")
	j := 0
	for i := range s.models() {
		fmt.Fprintf(&text, "- model: %s\n", modelName(i))
		if i == s.base {
			continue
		}
		if len(s.per) > 0 {
			text.WriteString("  parameters:\n")
		}
		for _, name := range slices.Sorted(maps.Keys(s.per)) {
			fmt.Fprintf(&text, "    %s\n", one(name, s.per[name][j]))
		}
		j++
	}
	return text.String()
}

// modelName is what a config calls model i.
func modelName(i int) string { return fmt.Sprintf("truth/%c", 'a'+i) }

// A kind of tensor, with entries that are alike in all models as those of fine-tunes of one model are.
type kind struct {
	name  string
	shape []int64
	entry func(r *rand.Rand, shared float64) float64 // of one model; shared is normally distributed and the same for all
}

var kinds = []kind{
	{"model.layers.0.self_attn.q_proj.weight", []int64{96, 128}, func(r *rand.Rand, shared float64) float64 {
		return 0.02*shared + 0.002*r.NormFloat64()
	}},
	{"model.layers.0.input_layernorm.weight", []int64{8193}, func(r *rand.Rand, shared float64) float64 {
		return 1 + 0.02*shared + 1e-6*r.NormFloat64()
	}},
	{"model.layers.0.mlp.up_proj.weight", []int64{3, 5}, func(r *rand.Rand, shared float64) float64 {
		return shared + r.NormFloat64()
	}},
	{"model.layers.1.self_attn.q_proj.weight", []int64{64, 64}, func(r *rand.Rand, _ float64) float64 { // nothing in common
		return 0.02 * r.NormFloat64()
	}},
	{"model.layers.1.input_layernorm.weight", []int64{1}, func(r *rand.Rand, _ float64) float64 { return r.NormFloat64() }},
	{"model.layers.1.mlp.up_proj.weight", []int64{67_001}, func(r *rand.Rand, shared float64) float64 { // more than a block
		return 3e-4*shared + 1e-5*r.NormFloat64() // which float16 holds as subnormal numbers
	}},
	{"model.layers.1.mlp.down_proj.weight", []int64{50, 100}, func(r *rand.Rand, _ float64) float64 { // many equal magnitudes
		return float64(r.IntN(9)-4) / 64
	}},
}

// models are small models in memory, all with the same tensors.
type models struct {
	source dtype.DType
	each   []*model
}

type model struct {
	file   []byte // model.safetensors
	values map[string][]float64
}

// newModels makes n models. The entries are the same for every n and again on every call.
func newModels(n int, source dtype.DType, repeat int) *models {
	ms := &models{source: source}
	for i := range n {
		m := &model{values: map[string][]float64{}}
		h := safetensors.Header{Metadata: map[string]string{"format": "pt"}}
		var data []byte
		for at, k := range kinds {
			common, own := rand.New(rand.NewPCG(uint64(at), 1)), rand.New(rand.NewPCG(uint64(at), uint64(i)+2))
			shape, elements := slices.Clone(k.shape), int64(1)
			if len(shape) > 0 && shape[0] > 3 {
				shape[0] *= int64(repeat)
			}
			for _, d := range shape {
				elements *= d
			}
			x := make([]float64, elements)
			for j := range x {
				x[j] = k.entry(own, common.NormFloat64())
			}
			raw := make([]byte, elements*source.Size())
			dtype.Encode(raw, x, source)
			dtype.Decode(x, raw, source)
			m.values[k.name] = x
			h.Tensors = append(h.Tensors, safetensors.Tensor{Name: k.name, DType: source, Shape: shape, Begin: int64(len(data)), End: int64(len(data) + len(raw))})
			data = append(data, raw...)
		}
		head, err := h.Encode()
		if err != nil {
			panic(err) // the names are ours
		}
		m.file = slices.Concat(head, data)
		ms.each = append(ms.each, m)
	}
	return ms
}

// tensors are the names of all.
func (ms *models) tensors() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// rows returns a copy of the tensor called name of every model.
func (ms *models) rows(name string) [][]float64 {
	var rows [][]float64
	for _, m := range ms.each {
		rows = append(rows, slices.Clone(m.values[name]))
	}
	return rows
}

const (
	weightsFile = "model.safetensors"
	configFile  = "config.json"
)

// Names and Open serve the plan and the engine.
func (m *model) Names() []string { return []string{configFile, weightsFile} }

func (m *model) Open(_ context.Context, name string) (io.ReaderAt, int64, error) {
	b := m.file
	switch name {
	case configFile:
		b = []byte(`{"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2}`)
	case weightsFile:
	default:
		return nil, 0, fs.ErrNotExist
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// merge makes what config says of the models.
func (ms *models) merge(ctx context.Context, config string) (*result, error) {
	r, faults := recipe.Parse("merge.yaml", []byte(config), merge.Methods())
	if errs := faults.Errors(); len(errs) > 0 {
		return nil, errs
	}
	var read []*plan.Model
	var weights []merge.Weights
	for _, ref := range r.Models() {
		m := ms.each[ref.Path[len(ref.Path)-1]-'a']
		one, err := plan.ReadModel(ctx, plan.Identity{Repo: ref.Path, Commit: strings.Repeat("0", 40)}, m)
		if err != nil {
			return nil, err
		}
		read = append(read, one)
		weights = append(weights, m)
	}
	p, faults := plan.Build(r, merge.Methods(), read, plan.Options{Seed: seed})
	if errs := faults.Errors(); len(errs) > 0 {
		return nil, errs
	}
	out := &result{}
	if _, err := merge.Run(ctx, p, weights, out, merge.Options{}); err != nil {
		return nil, err
	}
	return out, nil
}

// A result keeps the only shard of a merge. It is a merge.Sink.
type result struct{ shard bytes.Buffer }

func (r *result) Create(context.Context, string, int64) (merge.ShardWriter, error) { return r, nil }
func (r *result) Write(p []byte) (int, error)                                      { return r.shard.Write(p) }
func (r *result) Commit([sha256.Size]byte) error                                   { return nil }
func (r *result) Abort() error                                                     { return nil }

// values reads a tensor that was written.
func (r *result) values(name string) ([]float64, error) {
	file := r.shard.Bytes()
	h, err := safetensors.ReadHeader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	for _, t := range h.Tensors {
		if t.Name != name {
			continue
		}
		raw := file[h.Size+t.Begin : h.Size+t.End]
		x := make([]float64, int64(len(raw))/t.DType.Size())
		dtype.Decode(x, raw, t.DType)
		return x, nil
	}
	return nil, fmt.Errorf("the result has no tensor %s", name)
}
