package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

const passA = "merge_method: passthrough\nmodels: [{model: a}]\n"

// cut is the names of each shard's tensors.
func cut(p *plan.Plan) []string {
	var out []string
	for _, s := range p.Shards {
		out = append(out, strings.Join(names(p)[s.First:s.End], " "))
	}
	return out
}

// A shard ends before the tensor that would take it over the limit.
func TestShards(t *testing.T) {
	c := checkpoint{lines: []string{"a BF16 4", "b BF16 4", "c BF16 20", "d BF16 1", "e BF16 3", "f BF16 0x4", "g BF16"}} // 8 8 40 2 6 0 2 bytes
	for _, tt := range []struct {
		limit int64
		want  []string
	}{
		{16, []string{"a b", "c", "d e f g"}},    // a and b fit exactly, c has one to itself
		{15, []string{"a", "b", "c", "d e f g"}}, // one byte less
		{56, []string{"a b c", "d e f g"}},
		{8, []string{"a", "b", "c", "d e f", "g"}}, // what has no bytes fits where nothing else does
		{1, []string{"a", "b", "c", "d", "e", "f", "g"}},
		{-1, []string{"a b c d e f g"}},
		{0, []string{"a b c d e f g"}}, // a result up to 1 GB has one
		{66, []string{"a b c d e f g"}},
	} {
		p, faults := models{"a": c}.build(t, passA, plan.Options{ShardSize: tt.limit})
		if p == nil {
			t.Fatal(faults)
		}
		if got := cut(p); !slices.Equal(got, tt.want) {
			t.Errorf("limit %d: %q, want %q", tt.limit, got, tt.want)
		}
		checkShards(t, p)
		if len(p.Shards) == 1 {
			if p.Shards[0].Name != "model.safetensors" || p.IndexFile() != nil {
				t.Errorf("limit %d: one shard called %s with the index %s", tt.limit, p.Shards[0].Name, p.IndexFile())
			}
			continue
		}
		if want := fmt.Sprintf("model-00001-of-%05d.safetensors", len(p.Shards)); p.Shards[0].Name != want {
			t.Errorf("limit %d: the first shard is %s, want %s", tt.limit, p.Shards[0].Name, want)
		}
		checkIndex(t, p)
	}
}

// Without a size that somebody asks for, the number of shards follows from the result alone: one up to 1 GB, else about twenty, of
// 200 MB to 5 GB, and not more than 96 unless there is nothing to put together.
func TestUsualShardSize(t *testing.T) {
	for _, tt := range []struct {
		name    string
		tensors int
		mb      int // of each
		size    int64
		shards  int
	}{
		{"a small one has one", 10, 100, -1, 1},
		{"above 1 GB there are several", 11, 100, 200_000_000, 6},
		{"3 GB in shards of 200 MB", 300, 10, 200_000_000, 15},
		{"7B in bfloat16", 1450, 10, 730_000_000, 20},
		{"a tensor may be larger", 4, 1000, 200_000_000, 4},
		{"70B in bfloat16", 1400, 100, 5_000_000_000, 28},
		{"405B in bfloat16", 8100, 100, 8_500_000_000, 96},
		{"nothing can be put together", 200, 5000, 15_000_000_000, 67},
		{"tensors that fill half a shard", 200, 3000, 9_000_000_000, 67},
	} {
		c := checkpoint{}
		for i := range tt.tensors {
			c.lines = append(c.lines, fmt.Sprintf("t%d BF16 %dx1000", i, tt.mb*500))
		}
		p, faults := models{"a": c}.build(t, passA, plan.Options{})
		if p == nil {
			t.Fatal(faults)
		}
		if p.ShardSize != tt.size || len(p.Shards) != tt.shards {
			t.Errorf("%s: %d shards of %d, want %d of %d", tt.name, len(p.Shards), p.ShardSize, tt.shards, tt.size)
		}
	}
}

// checkShards reads every shard's header back.
func checkShards(t *testing.T, p *plan.Plan) {
	t.Helper()
	next := 0
	for i, s := range p.Shards {
		if s.First != next || s.End <= s.First {
			t.Errorf("shard %d has tensors %d to %d, want them from %d", i, s.First, s.End, next)
		}
		next = s.End
		h, err := safetensors.ReadHeader(file{s.Header, s.Size}, s.Size)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if h.Size != int64(len(s.Header)) || h.Size%8 != 0 || h.Metadata["format"] != "pt" {
			t.Errorf("%s: header of %d bytes, %d read, metadata %v", s.Name, len(s.Header), h.Size, h.Metadata)
		}
		for k, o := range tensorsOf(p, s) {
			got := h.Tensors[k]
			if o.Shard != i || got.Name != o.Name || got.Begin != o.Begin || got.End != o.End || got.DType != o.DType || !slices.Equal(got.Shape, o.Shape) {
				t.Errorf("%s: tensor %d is %+v in the header and %+v in the plan", s.Name, k, got, o)
			}
			if o.Begin%o.DType.Size() != 0 {
				t.Errorf("%s: %s begins at %d, no multiple of its %d bytes", s.Name, o.Name, o.Begin, o.DType.Size())
			}
		}
	}
	if next != len(p.Outputs) {
		t.Errorf("the shards end at tensor %d of %d", next, len(p.Outputs))
	}
}

func checkIndex(t *testing.T, p *plan.Plan) {
	t.Helper()
	ix, err := safetensors.ReadIndex(p.IndexFile())
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for o := range p.Tensors() {
		total += o.End - o.Begin
		if got := ix.WeightMap[o.Name]; got != p.Shards[o.Shard].Name {
			t.Errorf("the index has %s in %s, want %s", o.Name, got, p.Shards[o.Shard].Name)
		}
	}
	if got := string(ix.Metadata["total_size"]); got != fmt.Sprint(total) || len(ix.WeightMap) != len(p.Outputs) {
		t.Errorf("the index has total_size %s and %d tensors, want %d and %d", got, len(ix.WeightMap), total, len(p.Outputs))
	}
}

// Readers map tensors in place, so wider elements go first in a shard where the order would
// put them at odd addresses, and only there.
func TestAlignment(t *testing.T) {
	c := checkpoint{lines: []string{"a BF16 2", "b F32 1", "m BOOL 3", "n BF16 1", "o F64 1", "p BF16 1"}}
	p, _ := models{"a": c}.build(t, passA, plan.Options{})
	if got := cut(p); !slices.Equal(got, []string{"o b a n p m"}) {
		t.Errorf("order %q", got)
	}
	checkShards(t, p)
	p, _ = models{"a": c}.build(t, passA, plan.Options{ShardSize: 8})
	if got := cut(p); !slices.Equal(got, []string{"a b", "n m", "o", "p"}) {
		t.Errorf("order in shards %q", got)
	}
	checkShards(t, p)
}

// Scalars and empty tensors are tensors.
func TestSmallShapes(t *testing.T) {
	p := models{"a": {lines: []string{"scalar BF16", "empty BF16 0x4", "one BF16 1"}}, "b": {lines: []string{"scalar BF16", "empty BF16 0x4", "one BF16 1"}}}.plan(t,
		"merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n")
	checkShards(t, p)
	if p.Params != 2 || p.Shards[0].Size != int64(len(p.Shards[0].Header))+4 {
		t.Errorf("%d parameters in %d bytes", p.Params, p.Shards[0].Size)
	}
	s := plan.NewSchedule(p, nil, plan.MinBuffer)
	if s.Bytes != 8 || s.Requests != 2 {
		t.Errorf("%d bytes in %d requests, want 8 in 2", s.Bytes, s.Requests)
	}
}

// The hash follows what decides the result's bytes, and nothing else.
func TestHash(t *testing.T) {
	config := "merge_method: ties\nbase_model: a\nmodels:\n- model: a\n- model: b\n  parameters: {weight: 0.5, density: 0.25}\n"
	a, b := llama(2), llama(2)
	a.files = map[string]string{"tokenizer.json": "{}"}
	ms := models{"a": a, "b": b}
	hash := func(ms models, config string, opts plan.Options) string {
		t.Helper()
		p, faults := ms.build(t, config, opts)
		if p == nil {
			t.Fatal(faults)
		}
		if len(p.Hash) != 64 {
			t.Errorf("Hash = %q", p.Hash)
		}
		return p.Hash
	}
	base := hash(ms, config, plan.Options{})
	for what, got := range map[string]string{
		"again":                      hash(ms, config, plan.Options{}),
		"a shard size that is large": hash(ms, config, plan.Options{ShardSize: 5e9}),
		"no limit that matters":      hash(ms, config, plan.Options{ShardSize: -1}),
		"crimes that do not happen":  hash(ms, config, plan.Options{AllowCrimes: true}),
		"a comment and another form": hash(ms, "# hello\nbase_model: a\nmodels: [{model: a}, {parameters: {density: 2.5e-1, weight: .5}, model: b}]\nmerge_method: ties\n", plan.Options{}),
		"a parameter without effect": hash(ms, "base_model: a\nmodels: [{model: a}, {model: b}]\nmerge_method: ties\nparameters: {density: 0.25, weight: 0.5, normalize: true, int8_mask: true}\n", plan.Options{}),
		"parameters at the top":      hash(ms, "base_model: a\nmodels: [{model: a}, {model: b}]\nmerge_method: ties\nparameters: {density: 0.25, weight: 0.5, normalize: true}\n", plan.Options{}),
		"a file that stays behind":   hash(models{"a": a, "b": checkpoint{config: b.config, lines: b.lines, files: map[string]string{"README.md": "x", "tokenizer.json": "y"}}}, config, plan.Options{}),
	} {
		if got != base {
			t.Errorf("the hash changes with %s", what)
		}
	}
	moved := checkpoint{config: b.config, lines: slices.Concat(b.lines[1:], b.lines[:1])}
	grown := a
	grown.files = map[string]string{"tokenizer.json": "{ }"}
	more := a
	more.files = map[string]string{"tokenizer.json": "{}", "vocab.txt": ""}
	said := a.says(strings.Replace(a.config, "\n}", ",\n  \"x\": 1\n}", 1))
	seen := map[string]string{base: "nothing"}
	for what, got := range map[string]string{
		"a weight":                 hash(ms, strings.Replace(config, "0.5", "0.6", 1), plan.Options{}),
		"a density":                hash(ms, strings.Replace(config, "0.25", "0.26", 1), plan.Options{}),
		"a shared parameter":       hash(ms, config+"parameters: {lambda: 0.9}\n", plan.Options{}),
		"the method":               hash(ms, strings.Replace(config, "ties", "task_arithmetic", 1), plan.Options{}),
		"the base":                 hash(ms, "merge_method: ties\nbase_model: b\nmodels:\n- model: a\n  parameters: {weight: 0.5, density: 0.25}\n- model: b\n", plan.Options{}),
		"dtype":                    hash(ms, config+"dtype: float16\n", plan.Options{}),
		"out_dtype":                hash(ms, config+"out_dtype: float32\n", plan.Options{}),
		"the shard size":           hash(ms, config, plan.Options{ShardSize: 100}),
		"where a source's data is": hash(models{"a": a, "b": moved}, config, plan.Options{}),
		"a shape":                  hash(models{"a": a.renamed("norm.weight BF16 4", "norm.weight BF16 5"), "b": b.renamed("norm.weight BF16 4", "norm.weight BF16 5")}, config, plan.Options{}),
		"a carried file's size":    hash(models{"a": grown, "b": b}, config, plan.Options{}),
		"a carried file":           hash(models{"a": more, "b": b}, config, plan.Options{}),
		"the donor's config":       hash(models{"a": said, "b": b}, config, plan.Options{}),
		"the order of the models":  hash(ms, "merge_method: ties\nmodels:\n- model: b\n  parameters: {weight: 0.5, density: 0.25}\n- model: a\nbase_model: a\n", plan.Options{}),
	} {
		if was, twice := seen[got]; twice {
			t.Errorf("the hash with another %s is that with another %s", what, was)
		}
		seen[got] = what
	}
	// A source is its repo and commit, or its digest.
	for i, id := range []plan.Identity{{Repo: "x/a", Commit: strings.Repeat("1", 40)}, {Repo: "y/a", Commit: strings.Repeat("0", 40)}, {Digest: strings.Repeat("2", 64)}} {
		got := hashOf(t, ms, config, id)
		if was, twice := seen[got]; twice {
			t.Errorf("the hash with identity %d is that with another %s", i, was)
		}
		seen[got] = fmt.Sprint("identity ", i)
	}
}

// A plan survives JSON, but for the headers, which follow from it, and holds its config.json to the byte.
func TestPlanJSON(t *testing.T) {
	p := models{"a": llama(2).says("{\n\"num_hidden_layers\": 2, \"x\": Infinity, \"torch_dtype\": \"bfloat16\", \"h\": \"<&>\"}")}.plan(t, passA)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back plan.Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the plan changes on its way through JSON: %v\n%s\n%s", err, text, again)
	}
	if got := configJSON(t, &back); got != configJSON(t, p) {
		t.Errorf("config.json = %s", got)
	}
}
