package merge

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// openSink counts the shards that are open.
type openSink struct {
	*failingSink
	shard string // the only one that fails, where the sink does; "" for all
	room  chan struct{}
	open  atomic.Int64
	most  atomic.Int64
}

// newOpenSink has room for so many shards at once.
func newOpenSink(room int) *openSink {
	return &openSink{failingSink: &failingSink{memorySink: *newMemorySink()}, room: make(chan struct{}, room)}
}

func (s *openSink) Create(ctx context.Context, name string, size int64) (ShardWriter, error) {
	select {
	case s.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	from := s.failingSink
	if s.shard != "" && s.shard != name {
		from = &failingSink{}
	}
	if from.in == "Create" {
		<-s.room
		return nil, from.err
	}
	w, err := s.memorySink.Create(ctx, name, size)
	n := s.open.Add(1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	return openShard{failingShard{w, from}, s}, err
}

type openShard struct {
	ShardWriter
	sink *openSink
}

func (w openShard) Commit(sum [sha256.Size]byte) error {
	defer w.close()
	return w.ShardWriter.Commit(sum)
}

func (w openShard) Abort() error {
	defer w.close()
	return w.ShardWriter.Abort()
}

func (w openShard) close() {
	w.sink.open.Add(-1)
	<-w.sink.room
}

// spoiledModels are bigModels with a NaN in the first tensor of one of them and in its last.
func spoiledModels(t testing.TB) []*memoryModel {
	models := bigModels(t, dtype.BF16)
	file := models[1].files["model.safetensors"]
	data := len(file) - 2*(300_001+15+70_000+15+70_000+1)
	for _, at := range []int{data + 2*1234, len(file) - 2} {
		copy(file[at:], []byte{0xc0, 0x7f})
	}
	return models
}

// Bytes and receipts are the same with any number of shards in flight, whole or in windows.
func TestInFlight(t *testing.T) {
	configs := map[string]string{"far norms": "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 3}\n"}
	for name, config := range engineConfigs {
		configs[name] = config
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			p, weights := planOf(t, config, spoiledModels(t), plan.Options{ShardSize: 100_000})
			if len(p.Shards) != 6 {
				t.Fatalf("%d shards, want 6", len(p.Shards))
			}
			whole := newMemorySink()
			want, err := Run(t.Context(), p, weights, whole, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if name != "passthrough" && want.Inherited() == 0 || name == "far norms" && want.Norms().Far == 0 {
				t.Fatalf("nothing was found that could be lost: %+v", want)
			}
			for _, n := range []int{1, 2, 3, 5, 100} {
				for _, o := range []Options{{Threads: 3}, {Threads: 2, buffer: 100_000, Readers: 1}, {Threads: 7, buffer: 1}, {Threads: 1, buffer: 1}} {
					o.InFlight = n
					sink := newOpenSink(n)
					var last Progress
					o.Progress = func(p Progress) { last = p }
					got, err := Run(t.Context(), p, weights, sink, o)
					if err != nil {
						t.Fatalf("%d in flight, %d threads, buffer %d: %v", n, o.Threads, o.buffer, err)
					}
					if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(sink.shards, whole.shards) || !reflect.DeepEqual(sink.sums, whole.sums) {
						t.Errorf("%d in flight, %d threads, buffer %d: other bytes, or receipts %+v, want %+v", n, o.Threads, o.buffer, got, want)
					}
					if c := o.Cost(p); last.Read != c.ReadBytes || last.Shards != len(p.Shards) {
						t.Errorf("%d in flight, buffer %d: %d bytes read and %d shards, planned %d and %d", n, o.buffer, last.Read, last.Shards, c.ReadBytes, len(p.Shards))
					}
					if sink.open.Load() != 0 || sink.most.Load() > int64(n) {
						t.Errorf("%d in flight: %d were open at once, and %d are", n, sink.most.Load(), sink.open.Load())
					}
				}
			}
			// The same for some of them, in their order.
			got, err := Run(t.Context(), p, weights, newMemorySink(), Options{Shards: []int{0, 2, 3}, InFlight: 2, buffer: 1})
			if some := (Receipts{want[0], want[2], want[3]}); err != nil || !reflect.DeepEqual(got, some) {
				t.Errorf("receipts of three are %+v, want %+v; %v", got, some, err)
			}
		})
	}
}

// A sink may have room for one shard alone, and whoever got it needs nothing that the others hold.
func TestRoomForOne(t *testing.T) {
	for _, buffer := range []int64{1, 100_000, 1 << 30} {
		synctest.Test(t, func(t *testing.T) { // which ends a run that stands still
			p, weights := planOf(t, engineConfigs["ties"], bigModels(t, dtype.F32), plan.Options{ShardSize: 100_000})
			sink := newOpenSink(1)
			got, err := Run(t.Context(), p, weights, sink, Options{InFlight: 3, Threads: 1, Readers: 1, buffer: buffer})
			if err != nil || len(got) != len(p.Shards) || sink.most.Load() != 1 {
				t.Errorf("%d of %d shards, %d at once, %v", len(got), len(p.Shards), sink.most.Load(), err)
			}
		})
	}
}

// meeting is a sha256 that goes on once so many others are under way.
type meeting struct {
	hash.Hash
	come func()
}

func (m *meeting) Write(p []byte) (int, error) {
	m.come()
	return m.Hash.Write(p)
}

// As many shards are hashed at once as are in flight: each hash waits until so many have begun.
func TestHashedAtOnce(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4} {
		synctest.Test(t, func(t *testing.T) { // which ends a run that stands still
			p, weights := planOf(t, engineConfigs["linear"], bigModels(t, dtype.F32), plan.Options{ShardSize: 100_000})
			var come sync.WaitGroup
			come.Add(n)
			var made atomic.Int64
			newHash := func() hash.Hash {
				k := made.Add(1)
				once := sync.OnceFunc(func() {
					if k <= int64(n) {
						come.Done()
					}
					come.Wait()
				})
				return &meeting{sha256.New(), once}
			}
			sink := newOpenSink(n)
			got, err := Run(t.Context(), p, weights, sink, Options{InFlight: n, Threads: 2, newHash: newHash})
			if err != nil || len(got) != len(p.Shards) || sink.most.Load() != int64(n) {
				t.Errorf("%d in flight: %d of %d shards, %d at once, %v", n, len(got), len(p.Shards), sink.most.Load(), err)
			}
		})
	}
}

// hugeModels overflow in each of four shards.
func hugeModels(t testing.TB) []*memoryModel {
	var out []*memoryModel
	for range 2 {
		var tensors []tensorOf
		for k := range 6 {
			x := slices.Repeat([]float32{1}, 70_000)
			if k > 1 {
				x[69_999] = 3e38
			}
			tensors = append(tensors, tensorOf{fmt.Sprintf("model.part%d.weight", k), []int64{70_000}, x})
		}
		out = append(out, newMemoryModel(t, dtype.F32, tensors...))
	}
	return out
}

// Of several shards that cannot be made the first one's error is returned, be it the last to be met, after the shards before it.
func TestFirstErrorInFlight(t *testing.T) {
	sum := "merge_method: linear\nparameters: {weight: 1, normalize: false}\nmodels: [{model: a}, {model: b}]\n"
	for _, n := range []int{1, 2, 3, 4, 6} {
		for slow := range 5 { // the first shards take long to read
			synctest.Test(t, func(t *testing.T) {
				models := hugeModels(t)
				p, weights := planOf(t, sum, models, plan.Options{ShardSize: 300_000})
				models[0].fail = func(_ string, off int64) error {
					if off < int64(slow)*280_000 {
						time.Sleep(time.Hour)
					}
					return nil
				}
				sink := newOpenSink(n)
				got, err := Run(t.Context(), p, weights, sink, Options{InFlight: n, Threads: 2})
				over, ok := errors.AsType[*Overflow](err)
				if !ok || over.Tensor != "model.part2.weight" || over.Value != math.Ldexp(float64(float32(3e38)), 1) {
					t.Errorf("%d in flight, %d slow: Run = %v, want the overflow in the third tensor", n, slow, err)
				}
				if sink.open.Load() != 0 || len(got) != 2 || got[0].Shard != 0 || got[1].Shard != 1 || len(sink.shards) != 2 {
					t.Errorf("%d in flight, %d slow: %d shards are open, and %+v committed, want the first two", n, slow, sink.open.Load(), got)
				}
			})
		}
	}
}

// What goes wrong in one lane ends all: no shard stays open, and there are receipts for those that were committed.
func TestFaultsInFlight(t *testing.T) {
	gone := errors.New("gone")
	check := func(t *testing.T, what string, n int, sink *openSink, got Receipts, err error) {
		t.Helper()
		if !errors.Is(err, gone) {
			t.Errorf("%s, %d in flight: Run = %v, want %v", what, n, err, gone)
		}
		if sink.open.Load() != 0 || len(got) != len(sink.shards) {
			t.Errorf("%s, %d in flight: %d shards are open, and %d receipts of %d", what, n, sink.open.Load(), len(got), len(sink.shards))
		}
		for i, r := range got {
			if sink.sums[r.Path] != r.Sum || i > 0 && got[i-1].Shard >= r.Shard {
				t.Errorf("%s, %d in flight: receipts %+v", what, n, got)
			}
		}
	}
	for _, n := range []int{1, 2, 5} {
		for _, buffer := range []int64{1, 1 << 30} {
			for _, in := range []string{"Create", "Write", "Commit"} {
				for _, k := range []int{0, 3} {
					p, weights := planOf(t, engineConfigs["linear"], bigModels(t, dtype.BF16), plan.Options{ShardSize: 100_000})
					sink := newOpenSink(n)
					sink.in, sink.err, sink.shard = in, gone, p.Shards[k].Name
					got, err := Run(t.Context(), p, weights, sink, Options{InFlight: n, buffer: buffer})
					check(t, in, n, sink, got, err)
					if !strings.HasPrefix(fmt.Sprint(err), sink.shard) || len(got) < k {
						t.Errorf("%s of %s, %d in flight: Run = %v after %d shards", in, sink.shard, n, err, len(got))
					}
				}
			}
			for _, reads := range []int64{1, 7} {
				models := bigModels(t, dtype.BF16)
				p, weights := planOf(t, engineConfigs["ties"], models, plan.Options{ShardSize: 100_000})
				var reading atomic.Int64
				models[1].fail = func(string, int64) error {
					if reading.Add(1) >= reads || buffer > 1 {
						return gone
					}
					return nil
				}
				sink := newOpenSink(n)
				got, err := Run(t.Context(), p, weights, sink, Options{InFlight: n, buffer: buffer})
				check(t, fmt.Sprint("read ", reads), n, sink, got, err)
			}
			synctest.Test(t, func(t *testing.T) {
				models := bigModels(t, dtype.BF16)
				p, weights := planOf(t, engineConfigs["ties"], models, plan.Options{ShardSize: 100_000})
				ctx, cancel := context.WithCancelCause(t.Context())
				models[2].fail = func(_ string, off int64) error {
					if off < 650_000 {
						return nil
					}
					time.AfterFunc(time.Second, func() { cancel(gone) })
					<-ctx.Done()
					return io.ErrUnexpectedEOF
				}
				sink := newOpenSink(n)
				start := time.Now()
				got, err := Run(ctx, p, weights, sink, Options{InFlight: n, buffer: buffer})
				check(t, "cancel", n, sink, got, err)
				if took := time.Since(start); took > time.Second {
					t.Errorf("%d in flight: a canceled run ended after %v", n, took)
				}
			})
		}
	}
}

// endingModel ends what it opens with the context that it was opened in, as a folder does.
type endingModel struct{ *memoryModel }

type endingReader struct {
	io.ReaderAt
	ctx context.Context
}

func (m endingModel) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	r, size, err := m.memoryModel.Open(ctx, name)
	return endingReader{r, ctx}, size, err
}

func (r endingReader) ReadAt(p []byte, off int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, io.ErrClosedPipe
	}
	return r.ReaderAt.ReadAt(p, off)
}

// A file that a lane opened stays open for the others after that lane's end.
func TestFilesOutliveTheirLane(t *testing.T) {
	for range 10 { // any lane may be the first to open
		models := bigModels(t, dtype.BF16)
		p, weights := planOf(t, engineConfigs["linear"], models, plan.Options{ShardSize: 100_000})
		for i, w := range weights {
			weights[i] = endingModel{w.(*memoryModel)}
		}
		if _, err := Run(t.Context(), p, weights, newMemorySink(), Options{InFlight: 6, buffer: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// The memory of a run holds its lanes, and nothing is read more often for their sake.
func TestLanesFitInMemory(t *testing.T) {
	method := func(shards int, elements int64, passes, inputs int) *plan.Plan {
		p := &plan.Plan{Outputs: make([]plan.Output, 0, shards)}
		var all []int
		for k := range shards {
			c := &plan.Call{Work: plan.Work{Usual: passes, Worst: passes, Keeps: 1 << 20}}
			for i := range inputs {
				leaf := &plan.Leaf{Source: i, DType: dtype.BF16, Stored: []int64{elements}, End: 2 * elements}
				c.Inputs = append(c.Inputs, plan.Input{Model: i, Expr: plan.Expr{Op: leaf}})
			}
			p.Outputs = append(p.Outputs, plan.Output{Codec: plan.Cast, Expr: plan.Expr{Op: c},
				Tensors: []plan.Tensor{{Name: fmt.Sprint(k), DType: dtype.BF16, Shape: []int64{elements}}}})
			all = append(all, k)
		}
		return p.Pick(all)
	}
	const mb = 1 << 20
	for _, tt := range []struct {
		name     string
		p        *plan.Plan
		memory   int64
		inFlight int
		want     int
	}{
		{"no more than there are", method(3, 10*mb, 0, 2), 8 << 30, 8, 3},
		{"none is one", method(3, 10*mb, 0, 2), 8 << 30, 0, 1},
		{"each has 32 MiB", method(20, 10*mb, 0, 2), 512 * mb, 20, 13},
		{"each has a tensor of 80 MiB and as much beside it", method(20, 10*mb, 3, 4), 1024 * mb, 20, 5},
		{"no room for two", method(20, 10*mb, 3, 4), 300 * mb, 20, 1},
	} {
		for _, hub := range []bool{false, true} {
			if hub {
				tt.p.Sources = []plan.Source{{Repo: "a/b"}} // and loads are larger
			}
			o := Options{Memory: tt.memory, InFlight: tt.inFlight, Threads: 4}
			n := o.Lanes(tt.p)
			if !hub && n != tt.want {
				t.Errorf("%s: %d lanes, want %d", tt.name, n, tt.want)
			}
			schedules := o.Schedules(tt.p)
			one := o
			one.InFlight = 1
			c, least := o.Cost(tt.p), one.Cost(tt.p)
			if len(schedules) != n || c.Memory > tt.memory {
				t.Errorf("%s: %d schedules of %d lanes take %d bytes of %d", tt.name, len(schedules), n, c.Memory, tt.memory)
			}
			if c.ReadBytes != least.ReadBytes || c.Requests != least.Requests {
				t.Errorf("%s: %d bytes in %d reads, with one lane %d in %d", tt.name, c.ReadBytes, c.Requests, least.ReadBytes, least.Requests)
			}
			for _, s := range schedules {
				if n > 1 && s.Buffer+s.Held > tt.memory/int64(n) {
					t.Errorf("%s: a lane takes %d bytes of %d", tt.name, s.Buffer+s.Held, tt.memory/int64(n))
				}
			}
		}
	}
}
