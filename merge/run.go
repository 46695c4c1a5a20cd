package merge

import (
	"context"
	"crypto/sha256"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// Weights gives the engine random access to one pinned model. A local folder and a Hub
// revision both serve.
type Weights interface {
	// Open returns the bytes of one weight file and its size. Reads end with ctx.
	Open(ctx context.Context, name string) (io.ReaderAt, int64, error)
}

// Sink takes the shards of a result in the order of the plan.
type Sink interface {
	// Create is asked for one shard at a time: the next after the last one's Commit has
	// returned. It may wait for room.
	Create(ctx context.Context, name string, size int64) (ShardWriter, error)
}

// ShardWriter gets each byte of a shard once and in order; then Commit with the sha256 of
// them all, or Abort, which leaves nothing behind.
type ShardWriter interface {
	io.Writer
	Commit(sum [sha256.Size]byte) error
	Abort() error
}

// Options say how a plan is run. None of them changes a byte of the result.
type Options struct {
	Threads  int            // that merge; 0 means one for each CPU
	Memory   int64          // bytes the process may take; 0 means 1 GiB
	Readers  int            // reads under way at once; 0 means 8
	Progress func(Progress) // called from one goroutine at a time, often; nil is silent

	// Shards are the indexes of the plan's shards that are made, in order; nil means all. Each has the same bytes whichever
	// others are made with it.
	Shards []int

	// Kernel makes the kernel of one call; nil means NewKernel.
	Kernel func(method string, s Spec) Kernel

	buffer int64 // bytes for loads, in tests; 0 follows Memory
}

// Progress is how far a run has come. Totals are the schedule's and the plan's.
type Progress struct {
	Read   int64 // bytes read from the sources
	Merged int64 // bytes handed to the sink
	Shards int   // committed to the sink
}

const (
	defaultMemory  = 1 << 30
	defaultReaders = 8
)

// Schedule returns the reads that Run will make under o.
func (o Options) Schedule(p *plan.Plan) *plan.Schedule {
	o = o.withDefaults()
	if o.buffer > 0 {
		return plan.NewSchedule(p, o.Shards, o.buffer)
	}
	return plan.NewSchedule(p, o.Shards, max(o.Memory-plan.Overhead(p, o.Threads), plan.MinBuffer))
}

func (o Options) withDefaults() Options {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.Readers <= 0 {
		o.Readers = defaultReaders
	}
	if o.Kernel == nil {
		o.Kernel = NewKernel
	}
	return o
}

// Run makes the shards of p from sources, one for each of p.Sources, and hands them to sink. It
// returns when the last shard is committed to the sink, or with the first error, which is
// ctx's when ctx ended; by then the shard that was open is aborted. In any case there is a receipt for each shard that
// was committed.
func Run(ctx context.Context, p *plan.Plan, sources []Weights, sink Sink, o Options) (Receipts, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)

	s := o.Schedule(p)
	meter := &meter{report: o.Progress}
	workers := startWorkers(o.Threads)
	defer workers.stop()

	verdicts := &verdicts{}
	f := newFetcher(s, sources, o.Readers, meter, verdicts)
	shards := o.Shards
	if shards == nil {
		shards = p.AllShards()
	}
	found := newFindings(p)
	e := &engine{plan: p, schedule: s, fetcher: f, kernel: o.Kernel, workers: workers, verdicts: verdicts, buffers: newBuffers(2*o.Threads + 8), found: found}
	w := newWriter(p, shards, sink, meter, found)
	fetched := make(chan *load)
	prepared := make(chan *load)
	g.Go(func() error { return f.run(gctx, fetched) })
	g.Go(func() error { return e.prepare(gctx, fetched, prepared) })
	g.Go(func() error { return e.emit(gctx, prepared, w.queue) })
	g.Go(func() error { return w.run(gctx) })
	err := g.Wait()
	f.wait()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return w.receipts, cause
		}
		return w.receipts, err
	}
	return w.receipts, nil
}
