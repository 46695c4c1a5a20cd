package merge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// memorySink keeps shards in memory.
type memorySink struct {
	mu     sync.Mutex
	shards map[string][]byte
	sums   map[string]string
	aborts int
}

func newMemorySink() *memorySink {
	return &memorySink{shards: map[string][]byte{}, sums: map[string]string{}}
}

type memoryShard struct {
	sink *memorySink
	name string
	size int64
	bytes.Buffer
}

func (s *memorySink) Create(_ context.Context, name string, size int64) (ShardWriter, error) {
	return &memoryShard{sink: s, name: name, size: size}, nil
}

func (m *memoryShard) Commit(sum [sha256.Size]byte) error {
	m.sink.mu.Lock()
	defer m.sink.mu.Unlock()
	if int64(m.Len()) != m.size {
		return fmt.Errorf("got %d bytes, want %d", m.Len(), m.size)
	}
	m.sink.shards[m.name] = m.Bytes()
	m.sink.sums[m.name] = hex.EncodeToString(sum[:])
	return nil
}

func (m *memoryShard) Abort() error {
	m.sink.mu.Lock()
	defer m.sink.mu.Unlock()
	m.sink.aborts++
	return nil
}

const golden = "testdata/golden"

// goldenMerge plans and runs one reference case.
type goldenMerge struct {
	recipe *recipe.Recipe
	models []*plan.Model
	plan   *plan.Plan
}

func planGolden(t *testing.T, name string, opts plan.Options) *goldenMerge {
	t.Helper()
	g, faults := tryGolden(t, name, opts)
	if errs := faults.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	return g
}

func tryGolden(t *testing.T, name string, opts plan.Options) (*goldenMerge, recipe.Faults) {
	t.Helper()
	file := filepath.Join(golden, "configs", name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return tryConfig(t, file, text, opts)
}

// tryConfig plans a config whose models acme/NAME are the reference checkpoints.
func tryConfig(t *testing.T, file string, text []byte, opts plan.Options) (*goldenMerge, recipe.Faults) {
	t.Helper()
	r, faults := recipe.Parse(file, text, Methods())
	if len(faults.Errors()) > 0 {
		return nil, faults
	}
	g := &goldenMerge{recipe: r}
	for _, ref := range r.Models() {
		folder, err := plan.OpenFolder(filepath.Join(golden, "models", strings.TrimPrefix(ref.Path, "acme/")))
		if err != nil {
			t.Fatal(err)
		}
		id, err := folder.Identify()
		if err != nil {
			t.Fatal(err)
		}
		m, err := plan.ReadModel(t.Context(), id, folder)
		if err != nil {
			t.Fatalf("%s: %v", ref, err)
		}
		g.models = append(g.models, m)
	}
	var more recipe.Faults
	g.plan, more = plan.Build(r, Methods(), g.models, opts)
	return g, append(faults, more...)
}

func (g *goldenMerge) run(t *testing.T, o Options) *memorySink {
	t.Helper()
	sink := newMemorySink()
	report, err := Run(t.Context(), g.plan, g.weights(), sink, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range g.plan.Shards {
		sum := sha256.Sum256(sink.shards[s.Name])
		if got := hex.EncodeToString(sum[:]); got != report[i].Sum || got != sink.sums[s.Name] {
			t.Errorf("%s: sha256 of the bytes is %s, reported %s, committed %s", s.Name, got, report[i].Sum, sink.sums[s.Name])
		}
	}
	return sink
}

func (g *goldenMerge) weights() []Weights {
	var out []Weights
	for _, m := range g.models {
		out = append(out, m.Files)
	}
	return out
}

// tensors decodes every tensor of a set of shards.
type values struct {
	dtype dtype.DType
	shape []int64
	x     []float32
}

func decodeShards(t *testing.T, shards map[string][]byte) map[string]values {
	t.Helper()
	out := map[string]values{}
	for name, b := range shards {
		h, err := safetensors.ReadHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, ts := range h.Tensors {
			raw := b[h.Size+ts.Begin : h.Size+ts.End]
			v := values{dtype: ts.DType, shape: ts.Shape, x: make([]float32, int64(len(raw))/ts.DType.Size())}
			dtype.Decode(v.x, raw, ts.DType)
			out[ts.Name] = v
		}
	}
	return out
}

func readShards(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no shards in %s: %v", dir, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

// goldenCases are the reference merges that this build can do.
var goldenCases = []string{
	"linear", "linear-unnormalized", "linear-bf16", "linear-out-shards",
	"slerp-gradient", "slerp-gradient-bf16", "slerp-models-form",
	"dare-linear-density-1", "dare-ties-density-1",
	"task-arithmetic", "ties", "ties-unnormalized", "ties-int8-mask-rescale", "ties-gradients",
	"passthrough-frankenmerge", "passthrough-scale", "slices-linear-misaligned", "mixed-dtype-sources",
	"mistral-slerp", "qwen2-tied-ties", "phi3-slerp", "gemma2-linear", "gpt2-linear",
}

// TestGolden compares names, shapes, types and values with what mergekit 0.1.5 wrote.
func TestGolden(t *testing.T) {
	for _, name := range goldenCases {
		t.Run(name, func(t *testing.T) {
			opts := plan.Options{}
			if name == "linear-out-shards" {
				opts.ShardSize = 10_000
			}
			g := planGolden(t, name, opts)
			sink := g.run(t, Options{Threads: 2})
			got := decodeShards(t, sink.shards)
			want := decodeShards(t, readShards(t, filepath.Join(golden, "expected", name)))
			if len(got) != len(want) {
				t.Errorf("%d tensors, want %d", len(got), len(want))
			}
			for _, ts := range slices.Sorted(mapKeys(want)) {
				compareTensor(t, ts, got[ts], want[ts])
			}
			compareConfig(t, g, name)
		})
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// compareTensor allows float32 2e-6 of the value and 1e-6 of the tensor's largest, and the
// short types one unit in the last place.
func compareTensor(t *testing.T, name string, got, want values) {
	t.Helper()
	if got.dtype != want.dtype || !slices.Equal(got.shape, want.shape) {
		t.Errorf("%s is %s %v, want %s %v", name, got.dtype, got.shape, want.dtype, want.shape)
		return
	}
	largest := 0.0
	for _, x := range want.x {
		largest = max(largest, math.Abs(float64(x)))
	}
	for i := range want.x {
		g, w := float64(got.x[i]), float64(want.x[i])
		allowed := 2e-6*math.Abs(w) + 1e-6*largest
		switch want.dtype {
		case dtype.BF16:
			allowed = math.Ldexp(1, exponent(w)-7)
		case dtype.F16:
			allowed = math.Ldexp(1, max(exponent(w), -14)-10)
		}
		if math.Abs(g-w) > allowed || math.IsNaN(g) != math.IsNaN(w) {
			t.Errorf("%s: element %d is %v, want %v", name, i, g, w)
			return
		}
	}
}

func exponent(x float64) int {
	if x == 0 {
		return -126
	}
	_, e := math.Frexp(x)
	return e - 1
}

// compareConfig compares config.json as JSON.
func compareConfig(t *testing.T, g *goldenMerge, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(golden, "expected", name, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	for _, f := range g.plan.Files {
		if f.Name == "config.json" {
			if err := json.Unmarshal(f.Edited, &got); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(mapKeys(want)) {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("config.json: %s is %v, want %v", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		t.Errorf("config.json has %d keys, want %d", len(got), len(want))
	}
}

// TestGoldenIndex holds the shards and the index to mergekit's names and layout.
func TestGoldenIndex(t *testing.T) {
	g := planGolden(t, "linear-out-shards", plan.Options{ShardSize: 10_000})
	ix, err := safetensors.ReadIndex(g.plan.IndexFile())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(ix.Metadata["total_size"]), "43584"; got != want {
		t.Errorf("total_size is %s, want %s", got, want)
	}
	n := len(g.plan.Shards)
	for i, s := range g.plan.Shards {
		if want := fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, n); s.Name != want {
			t.Errorf("shard %d is %s, want %s", i, s.Name, want)
		}
		var tensors int64
		for _, o := range g.plan.Outputs[s.First:s.End] {
			ts := o.Tensors[0]
			tensors += ts.End - ts.Begin
			if ix.WeightMap[ts.Name] != s.Name {
				t.Errorf("the index puts %s in %s, want %s", ts.Name, ix.WeightMap[ts.Name], s.Name)
			}
		}
		if tensors > 10_000 && s.End-s.First > 1 {
			t.Errorf("%s holds %d bytes in %d tensors, more than the limit", s.Name, tensors, s.End-s.First)
		}
	}
	if one := planGolden(t, "linear", plan.Options{}); one.plan.IndexFile() != nil || one.plan.Shards[0].Name != "model.safetensors" {
		t.Errorf("a result of one shard is %s with an index of %d bytes", one.plan.Shards[0].Name, len(one.plan.IndexFile()))
	}
}

var update = flag.Bool("update", false, "rewrite testdata/golden/sums.txt")

// TestGoldenSums holds the results to the bytes that were first made on amd64, so that a change of the
// arithmetic is a decision, and another processor that rounds otherwise is found.
func TestGoldenSums(t *testing.T) {
	file := filepath.Join(golden, "sums.txt")
	var got strings.Builder
	for _, name := range goldenCases {
		g := planGolden(t, name, plan.Options{})
		for shard, b := range g.run(t, Options{}).shards {
			fmt.Fprintf(&got, "%x  %s/%s\n", sha256.Sum256(b), name, shard)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if problem := sumsDiffer(got.String(), string(want)); problem != "" {
		t.Error(problem)
	}
}

// sumsDiffer says what to do where got are other lines than want, "" where they are the same.
func sumsDiffer(got, want string) string {
	sums := map[string]string{}
	for line := range strings.Lines(want) {
		sum, shard, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[shard] = sum
	}
	var others, unknown []string
	for line := range strings.Lines(got) {
		sum, shard, _ := strings.Cut(strings.TrimSpace(line), "  ")
		switch before, known := sums[shard]; {
		case !known:
			unknown = append(unknown, shard)
		case sum != before:
			others = append(others, fmt.Sprintf("%s is %s, was %s", shard, sum, before))
		}
	}
	switch {
	case len(others) > 0:
		return "other bytes than before; if that is meant, raise plan.Numeric and run go test ./merge -run TestGoldenSums -update:\n" + strings.Join(others, "\n")
	case got != want:
		return fmt.Sprintf("sums.txt has not the cases that there are, with new ones %q; run go test ./merge -run TestGoldenSums -update", unknown)
	}
	return ""
}

func TestSumsDiffer(t *testing.T) {
	const update = "run go test ./merge -run TestGoldenSums -update"
	for _, tt := range []struct{ name, got, want, says string }{
		{"the same", "a1  x/m\nb1  y/m\n", "a1  x/m\nb1  y/m\n", ""},
		{"a new case", "a1  x/m\nb1  y/m\n", "a1  x/m\n", `sums.txt has not the cases that there are, with new ones ["y/m"]; ` + update},
		{"a case that is gone", "a1  x/m\n", "a1  x/m\nb1  y/m\n", "sums.txt has not the cases that there are, with new ones []; " + update},
		{"other bytes beside a new case", "a2  x/m\nb1  y/m\n", "a1  x/m\n", "other bytes than before; if that is meant, raise plan.Numeric and " + update + ":\nx/m is a2, was a1"},
	} {
		if got := sumsDiffer(tt.got, tt.want); got != tt.says {
			t.Errorf("%s: sumsDiffer says %q, want %q", tt.name, got, tt.says)
		}
	}
}

// TestGoldenSameBytes runs every case with other threads, readers and buffers.
func TestGoldenSameBytes(t *testing.T) {
	for _, name := range goldenCases {
		g := planGolden(t, name, plan.Options{ShardSize: 20_000})
		want := g.run(t, Options{Threads: 1, Readers: 1}).shards
		for _, o := range []Options{{Threads: 2}, {Threads: 7, Readers: 3}, {Threads: 2, buffer: 4000}} {
			if got := g.run(t, o).shards; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: other bytes with %+v", name, o)
			}
		}
	}
}

// TestBert merges what mergekit fails on: a model whose layers are called encoder.layer.
func TestBert(t *testing.T) {
	g := planGolden(t, "bert-linear", plan.Options{})
	got := decodeShards(t, g.run(t, Options{}).shards)
	read := func(model int, name string) []float32 {
		ts := g.models[model].Tensors[name]
		r, _, err := g.models[model].Files.Open(t.Context(), ts.File)
		if err != nil {
			t.Fatal(err)
		}
		raw := make([]byte, ts.End-ts.Begin)
		if _, err := io.ReadFull(io.NewSectionReader(r, ts.Begin, int64(len(raw))), raw); err != nil {
			t.Fatal(err)
		}
		x := make([]float32, int64(len(raw))/ts.DType.Size())
		dtype.Decode(x, raw, ts.DType)
		return x
	}
	if len(got) != len(g.models[0].Order) {
		t.Fatalf("%d tensors, want %d", len(got), len(g.models[0].Order))
	}
	for name, v := range got {
		a, b := read(0, name), read(1, name)
		for i := range a {
			want := 0.4*float64(a[i]) + 0.6*float64(b[i])
			if math.Abs(float64(v.x[i])-want) > 1e-6*math.Abs(want)+1e-9 {
				t.Fatalf("%s: element %d is %v, want %v", name, i, v.x[i], want)
			}
		}
	}
}
