package merge

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// memoryModel is a checkpoint in memory.
type memoryModel struct {
	files map[string][]byte
	reads atomic.Int64
	fail  func(name string, off int64) error // of a ReadAt; nil means none
	wait  func()                             // before each ReadAt
}

func (m *memoryModel) Names() []string {
	return []string{"config.json", "model.safetensors"}
}

func (m *memoryModel) Open(_ context.Context, name string) (io.ReaderAt, int64, error) {
	b, ok := m.files[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return memoryReader{m, name, b}, int64(len(b)), nil
}

type memoryReader struct {
	m    *memoryModel
	name string
	b    []byte
}

func (r memoryReader) ReadAt(p []byte, off int64) (int, error) {
	r.m.reads.Add(1)
	if r.m.wait != nil {
		r.m.wait()
	}
	if r.m.fail != nil {
		if err := r.m.fail(r.name, off); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.b[off:])
	if off+int64(n) == int64(len(r.b)) {
		return n, io.EOF // as a ReaderAt may
	}
	return n, nil
}

// tensorOf is a tensor of a memoryModel.
type tensorOf struct {
	name  string
	shape []int64
	x     []float32
}

func newMemoryModel(t testing.TB, d dtype.DType, tensors ...tensorOf) *memoryModel {
	t.Helper()
	h := safetensors.Header{Metadata: map[string]string{"format": "pt"}}
	var data []byte
	for _, ts := range tensors {
		raw := make([]byte, int64(len(ts.x))*d.Size())
		dtype.Encode(raw, ts.x, d)
		h.Tensors = append(h.Tensors, safetensors.Tensor{Name: ts.name, DType: d, Shape: ts.shape, Begin: int64(len(data)), End: int64(len(data) + len(raw))})
		data = append(data, raw...)
	}
	head, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return &memoryModel{files: map[string][]byte{
		"config.json":       []byte(`{"architectures": ["X"], "num_hidden_layers": 2}`),
		"model.safetensors": append(head, data...),
	}}
}

func normal(seed uint64, n int, scale float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * scale)
	}
	return x
}

// bigModels are three models with a tensor of several windows, some small ones and an odd size.
func bigModels(t testing.TB, d dtype.DType) []*memoryModel {
	var out []*memoryModel
	for seed := range uint64(3) {
		out = append(out, newMemoryModel(t, d,
			tensorOf{"model.embed_tokens.weight", []int64{300_001}, normal(seed, 300_001, 1)},
			tensorOf{"model.layers.0.a.weight", []int64{3, 5}, normal(seed+10, 15, 1)},
			tensorOf{"model.layers.0.b.weight", []int64{70_000}, normal(seed+20, 70_000, 1)},
			tensorOf{"model.layers.1.a.weight", []int64{3, 5}, normal(seed+30, 15, 1)},
			tensorOf{"model.layers.1.b.weight", []int64{70_000}, normal(seed+40, 70_000, 1)},
			tensorOf{"model.empty", []int64{0, 4}, nil},
			tensorOf{"model.scalar", nil, normal(seed+50, 1, 1)},
		))
	}
	return out
}

// planOf plans config over models called a, b, c.
func planOf(t testing.TB, config string, models []*memoryModel, opts plan.Options) (*plan.Plan, []Weights) {
	t.Helper()
	r, faults := recipe.Parse("merge.yaml", []byte(config), Methods())
	if errs := faults.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	var loaded []*plan.Model
	var weights []Weights
	for _, ref := range r.Models() {
		m := models[ref.Path[0]-'a']
		one, err := plan.ReadModel(t.Context(), plan.Identity{Repo: "x/" + ref.Path, Commit: strings.Repeat("0", 40)}, m)
		if err != nil {
			t.Fatal(err)
		}
		loaded = append(loaded, one)
		weights = append(weights, m)
	}
	p, faults := plan.Build(r, Methods(), loaded, opts)
	if errs := faults.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	return p, weights
}

var engineConfigs = map[string]string{
	"linear":          "merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.3}}, {model: b, parameters: {weight: 0.7}}]\n",
	"slerp":           "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.4}\n",
	"task_arithmetic": "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.6}\n",
	"ties":            "merge_method: ties\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.6, density: 0.4, rescale: true}\n",
	"passthrough":     "merge_method: passthrough\nmodels: [{model: b}]\n",
}

// asFolders makes folders of the sources of p, which are read in other ways.
func asFolders(p *plan.Plan) {
	for i := range p.Sources {
		p.Sources[i].Repo = ""
	}
}

// A tensor of folders that is made in windows is looked at first, at places of its own. That saves two of the three passes for
// thresholds; where the places are unlike the rest they are made after all. Any error of these reads ends the run.
func TestLooksInWindows(t *testing.T) {
	const n = 300_000
	for _, fooled := range []bool{false, true} {
		base, tuned := make([]float32, n), normal(1, n, 1)
		if fooled {
			newBand([]int64{0}, []int64{1}, n).look(n, false, func(lo, hi int) [][]float32 {
				for i := range tuned[lo:hi] {
					tuned[lo+i] += 1000
				}
				return [][]float32{tuned[lo:hi]}
			})
		}
		tensor := func(x []float32) *memoryModel {
			return newMemoryModel(t, dtype.F32, tensorOf{"w", []int64{n}, x})
		}
		models := []*memoryModel{tensor(base), tensor(tuned)}
		p, weights := planOf(t, "merge_method: ties\nbase_model: a\nmodels: [{model: b}]\nparameters: {weight: 1, density: 0.5}\n", models, plan.Options{})
		want := newMemorySink()
		if _, err := Run(t.Context(), p, weights, want, Options{}); err != nil {
			t.Fatal(err)
		}
		asFolders(p)
		var last Progress
		o := Options{buffer: 100_000, Progress: func(p Progress) { last = p }}
		got := newMemorySink()
		before := models[1].reads.Load()
		if _, err := Run(t.Context(), p, weights, got, o); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.shards, want.shards) {
			t.Errorf("fooled %t: other bytes after a look", fooled)
		}
		passes := map[bool]int64{false: 2, true: 5}[fooled] // with the last one
		if last.Read != passes*2*4*n {
			t.Errorf("fooled %t: %d bytes read, want %d passes over %d", fooled, last.Read, passes, 2*4*n)
		}
		if reads := models[1].reads.Load() - before; reads < 1000 {
			t.Errorf("fooled %t: only %d reads, so nothing was looked at", fooled, reads)
		}
		gone := errors.New("the disk is gone")
		var looks atomic.Int64
		models[1].fail = func(string, int64) error {
			if looks.Add(1) == 500 {
				return gone
			}
			return nil
		}
		if _, err := Run(t.Context(), p, weights, newMemorySink(), o); !errors.Is(err, gone) {
			t.Errorf("fooled %t: Run = %v, want the error of the look", fooled, err)
		}
	}
}

// TestSameBytes holds every method to one result for any threads, buffer and order of arrival, with
// tensors that fit the buffer and tensors that do not.
func TestSameBytes(t *testing.T) {
	for name, config := range engineConfigs {
		for _, d := range []dtype.DType{dtype.BF16, dtype.F32} {
			t.Run(name+" "+d.String(), func(t *testing.T) {
				models := bigModels(t, d)
				p, weights := planOf(t, config, models, plan.Options{ShardSize: 700_000})
				var want map[string][]byte
				for i, o := range []Options{
					{Threads: 1, Readers: 1}, {Threads: 2}, {Threads: 7, Readers: 16},
					{Threads: 2, buffer: 1 << 20}, {Threads: 7, buffer: 100_000}, {Threads: 1, buffer: 1},
					{Threads: 2}, {Threads: 2, buffer: 1 << 20}, {Threads: 7, buffer: 100_000}, {Threads: 1, buffer: 1},
				} {
					if i == 6 {
						asFolders(p)
					}
					sink := newMemorySink()
					if _, err := Run(t.Context(), p, weights, sink, o); err != nil {
						t.Fatalf("%+v: %v", o, err)
					}
					if want == nil {
						want = sink.shards
					}
					if !reflect.DeepEqual(sink.shards, want) {
						t.Errorf("other bytes with %d threads, %d readers and a buffer of %d", o.Threads, o.Readers, o.buffer)
					}
				}
			})
		}
	}
}

// TestScheduleIsWhatHappens counts the reads and bytes of a run.
func TestScheduleIsWhatHappens(t *testing.T) {
	for name, config := range engineConfigs {
		for _, buffer := range []int64{1, 1 << 20, 1 << 30} {
			models := bigModels(t, dtype.BF16)
			p, weights := planOf(t, config, models, plan.Options{})
			for _, m := range models {
				m.reads.Store(0)
			}
			var last Progress
			o := Options{buffer: buffer, Progress: func(p Progress) { last = p }}
			if _, err := Run(t.Context(), p, weights, newMemorySink(), o); err != nil {
				t.Fatal(err)
			}
			s := o.Cost(p)
			var reads int64
			for _, m := range models {
				reads += m.reads.Load()
			}
			if reads != s.Requests || last.Read != s.ReadBytes {
				t.Errorf("%s, buffer %d: %d reads of %d bytes, planned %d of %d", name, buffer, reads, last.Read, s.Requests, s.ReadBytes)
			}
			if last.Merged != p.Shards[0].Size || last.Shards != 1 {
				t.Errorf("%s: %d bytes and %d shards were reported, want %d and 1", name, last.Merged, last.Shards, p.Shards[0].Size)
			}
		}
	}
}

// TestReadFault stops a run when a read fails, and aborts the open shard.
func TestReadFault(t *testing.T) {
	for _, buffer := range []int64{1, 1 << 30} {
		synctest.Test(t, func(t *testing.T) { // which fails if a goroutine stays behind
			models := bigModels(t, dtype.F32)
			p, weights := planOf(t, engineConfigs["slerp"], models, plan.Options{})
			gone := errors.New("the line is cut")
			var n atomic.Int64
			models[1].fail = func(string, int64) error {
				if n.Add(1) == 3 || buffer > 1 {
					return gone
				}
				return nil
			}
			sink := newMemorySink()
			_, err := Run(t.Context(), p, weights, sink, Options{buffer: buffer})
			if !errors.Is(err, gone) || len(sink.shards) != 0 || sink.aborts != 1 {
				t.Errorf("Run = %v with %d shards and %d aborts, want the read's error, none and one", err, len(sink.shards), sink.aborts)
			}
		})
	}
}

// shortModel ends before its header says.
func TestShortRead(t *testing.T) {
	models := bigModels(t, dtype.F32)
	p, weights := planOf(t, engineConfigs["linear"], models, plan.Options{})
	models[0].files["model.safetensors"] = models[0].files["model.safetensors"][:600_000]
	_, err := Run(t.Context(), p, weights, newMemorySink(), Options{})
	if short, ok := errors.AsType[*Shortened](err); !ok || short.Source != 0 || short.File != "model.safetensors" || short.End <= 600_000 {
		t.Errorf("Run = %v, want that model.safetensors ends before a byte after 600000", err)
	}
}

// failingSink fails in one of its calls.
type failingSink struct {
	memorySink
	in  string
	err error
}

type failingShard struct {
	ShardWriter
	sink *failingSink
}

func (s *failingSink) Create(ctx context.Context, name string, size int64) (ShardWriter, error) {
	if s.in == "Create" {
		return nil, s.err
	}
	w, err := s.memorySink.Create(ctx, name, size)
	return failingShard{w, s}, err
}

func (w failingShard) Write(p []byte) (int, error) {
	if w.sink.in == "Write" {
		return 0, w.sink.err
	}
	return w.ShardWriter.Write(p)
}

func (w failingShard) Commit(sum [sha256.Size]byte) error {
	if w.sink.in == "Commit" {
		return w.sink.err
	}
	return w.ShardWriter.Commit(sum)
}

func TestSinkFault(t *testing.T) {
	for _, in := range []string{"Create", "Write", "Commit"} {
		p, weights := planOf(t, engineConfigs["ties"], bigModels(t, dtype.BF16), plan.Options{})
		sink := &failingSink{memorySink: *newMemorySink(), in: in, err: errors.New("no more room")}
		_, err := Run(t.Context(), p, weights, sink, Options{})
		if !errors.Is(err, sink.err) || !strings.Contains(err.Error(), "model.safetensors: ") {
			t.Errorf("%s: Run = %v, want the sink's error with the shard's name", in, err)
		}
	}
}

// TestCancel ends a run in the middle, at once.
func TestCancel(t *testing.T) {
	for _, buffer := range []int64{1, 1 << 30} {
		synctest.Test(t, func(t *testing.T) {
			models := bigModels(t, dtype.F32)
			p, weights := planOf(t, engineConfigs["ties"], models, plan.Options{ShardSize: 300_000})
			ctx, cancel := context.WithCancel(t.Context())
			var once sync.Once
			models[2].wait = func() {
				once.Do(func() { time.AfterFunc(time.Second, cancel) })
				select {
				case <-ctx.Done():
				case <-time.After(time.Hour):
				}
			}
			start := time.Now()
			sink := newMemorySink()
			_, err := Run(ctx, p, weights, sink, Options{buffer: buffer})
			if !errors.Is(err, context.Canceled) || time.Since(start) > 2*time.Second {
				t.Errorf("Run = %v after %v", err, time.Since(start))
			}
		})
	}
}

// TestNonFinite stops at a NaN or Inf that the arithmetic makes, and counts those that an input has.
func TestNonFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	sum := "merge_method: linear\nparameters: {weight: 1, normalize: false}\nmodels: [{model: a}, {model: b}]\n"
	tests := []struct {
		name      string
		a, b      []float32
		over      string // the sum that overflows; "" for none
		inherited int64
	}{
		{"a sum overflows float32", []float32{1, 3e38}, []float32{1, 3e38}, "element 1 of the merge is 6e+38 and becomes Inf in float32", 0},
		{"an input's NaN and Inf are handed down", []float32{nan, 1, 2}, []float32{1, inf, 2}, "", 2},
		{"opposite infinities", []float32{inf}, []float32{-inf}, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, weights := planOf(t, sum, []*memoryModel{normOf(t, dtype.F32, tt.a...), normOf(t, dtype.F32, tt.b...)}, plan.Options{})
			report, err := Run(t.Context(), p, weights, newMemorySink(), Options{})
			if over, ok := errors.AsType[*Overflow](err); ok != (tt.over != "") || ok && over.Error() != "model.norm.weight: "+tt.over {
				t.Fatalf("Run = %v, want %q", err, tt.over)
			}
			if err == nil && report.Inherited() != tt.inherited {
				t.Errorf("%d values inherited, want %d", report.Inherited(), tt.inherited)
			}
		})
	}
}

// TestNorms finds the tensor whose norm is furthest from its parents'.
func TestNorms(t *testing.T) {
	two := func(norm, small float32) *memoryModel {
		return newMemoryModel(t, dtype.F32,
			tensorOf{"model.a.weight", []int64{2}, []float32{norm, 0}},
			tensorOf{"model.b.weight", []int64{2}, []float32{0, small}})
	}
	sum := "merge_method: linear\nparameters: {weight: %s, normalize: false}\nmodels: [{model: a}, {model: b}]\n"
	tests := []struct {
		name   string
		weight string
		want   NormReport
	}{
		{"between its parents'", "0.5", NormReport{}},
		{"twice the larger", "{filter: a.weight, value: 2}, {value: 0.5}", NormReport{Tensor: "model.a.weight", Norm: 14, Low: 3, High: 4, Outside: 2.5, Far: 1}},
		{"a third of the smaller", "{filter: b.weight, value: 0.25}, {value: 0.5}", NormReport{Tensor: "model.b.weight", Norm: 2, Low: 3, High: 5, Outside: 1.0 / 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			weight := tt.weight
			if strings.HasPrefix(weight, "{") {
				weight = "[" + weight + "]"
			}
			p, weights := planOf(t, fmt.Sprintf(sum, weight), []*memoryModel{two(3, 3), two(4, 5)}, plan.Options{})
			report, err := Run(t.Context(), p, weights, newMemorySink(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := report.Norms()
			if got.Tensor != tt.want.Tensor || math.Abs(got.Outside-tt.want.Outside) > 1e-9 || got.Norm != tt.want.Norm || got.Low != tt.want.Low || got.High != tt.want.High {
				t.Errorf("norms %+v, want %+v", got, tt.want)
			}
		})
	}
	// The estimate is the same whatever the threads and windows.
	p, weights := planOf(t, "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 2}\n", bigModels(t, dtype.BF16), plan.Options{})
	var want NormReport
	for _, o := range []Options{{Threads: 1}, {Threads: 7}, {Threads: 3, buffer: 1}} {
		report, err := Run(t.Context(), p, weights, newMemorySink(), o)
		if err != nil {
			t.Fatal(err)
		}
		if want.Tensor == "" {
			want = report.Norms()
		}
		if report.Norms() != want || want.Outside < 0.5 {
			t.Errorf("norms %+v with %+v, want %+v", report.Norms(), o, want)
		}
	}
}

// TestPlanAsJSON runs a plan that went through its JSON form: it is plain data.
func TestPlanAsJSON(t *testing.T) {
	models := bigModels(t, dtype.BF16)
	p, weights := planOf(t, engineConfigs["ties"], models, plan.Options{})
	want := newMemorySink()
	if _, err := Run(t.Context(), p, weights, want, Options{}); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again plan.Plan
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	for i := range again.Shards {
		again.Shards[i].Header = p.Shards[i].Header
	}
	got := newMemorySink()
	if _, err := Run(t.Context(), &again, weights, got, Options{}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.shards, want.shards) {
		t.Error("other bytes from the plan's JSON")
	}
}

// TestRing takes and frees segments at random and checks that none overlap.
func TestRing(t *testing.T) {
	r := newRing(1000)
	rnd := rand.New(rand.NewPCG(1, 2))
	type held struct {
		b    []byte
		mark byte
		free func()
	}
	var all []held
	for i := range 20_000 {
		n := rnd.Int64N(400)
		r.mu.Lock()
		_, fits := r.fit(n)
		r.mu.Unlock()
		if !fits && len(all) == 0 {
			t.Fatalf("step %d: nothing is held and %d bytes do not fit", i, n)
		}
		if !fits || len(all) > 0 && rnd.IntN(3) == 0 {
			k := rnd.IntN(min(2, len(all)))
			for _, b := range all[k].b {
				if b != all[k].mark {
					t.Fatalf("step %d: another segment was written over", i)
				}
			}
			all[k].free()
			all = append(all[:k], all[k+1:]...)
			continue
		}
		b, free, err := r.alloc(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		mark := byte(i)
		for j := range b {
			b[j] = mark
		}
		all = append(all, held{b, mark, free})
	}
}

// Any set of shards has the bytes and receipts that they have in the whole, also in windows; a run that ends early has
// receipts for the shards that it committed.
func TestSomeShards(t *testing.T) {
	models := bigModels(t, dtype.BF16)
	p, weights := planOf(t, engineConfigs["ties"], models, plan.Options{ShardSize: 100_000})
	whole := newMemorySink()
	all, err := Run(t.Context(), p, weights, whole, Options{})
	if err != nil || len(all) != len(p.Shards) || len(all) < 4 {
		t.Fatalf("%d receipts of %d shards, %v", len(all), len(p.Shards), err)
	}
	for _, shards := range [][]int{{0}, {1, 3}, {2}, {len(all) - 1}, {0, 1, 2, 3}, {}} {
		for _, buffer := range []int64{1, 1 << 30} {
			part, o := newMemorySink(), Options{Shards: shards, buffer: buffer}
			var last Progress
			o.Progress = func(p Progress) { last = p }
			got, err := Run(t.Context(), p, weights, part, o)
			if err != nil {
				t.Fatal(err)
			}
			var want Receipts
			for _, i := range shards {
				want = append(want, all[i])
				if name := p.Shards[i].Name; string(part.shards[name]) != string(whole.shards[name]) {
					t.Errorf("shards %v: %s has other bytes", shards, name)
				}
			}
			if !reflect.DeepEqual(got, want) || len(part.shards) != len(shards) {
				t.Errorf("shards %v: receipts %+v of %d shards, want %+v", shards, got, len(part.shards), want)
			}
			if s := o.Cost(p); last.Read != s.ReadBytes {
				t.Errorf("shards %v: %d bytes read, planned %d", shards, last.Read, s.ReadBytes)
			}
		}
	}
	models[1].fail = func(_ string, off int64) error {
		if off > 650_000 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	got, err := Run(t.Context(), p, weights, newMemorySink(), Options{buffer: 1})
	if err == nil || len(got) == 0 || len(got) == len(all) || !reflect.DeepEqual(got, all[:len(got)]) {
		t.Errorf("a run that ended early has receipts %+v, %v; want the first of %+v", got, err, all)
	}
}
