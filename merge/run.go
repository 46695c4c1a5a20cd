package merge

import (
	"context"
	"crypto/sha256"
	"hash"
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

// Sink takes the shards of a result. With one in flight they come in the order of the plan, each after the last one's Commit has
// returned. With n of them up to n are open at once, and calls for different shards may overlap, Create's too.
type Sink interface {
	// Create may wait for room, be it for the Commit or Abort of a shard that is open: that one never waits for this one.
	Create(ctx context.Context, name string, size int64) (ShardWriter, error)
}

// ShardWriter gets each byte of a shard once and in order; then Commit with the sha256 of
// them all, or Abort, which leaves nothing behind. It is used by one goroutine.
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
	InFlight int            // shards that are made at once, see Lanes; 0 means 1
	Progress func(Progress) // called from one goroutine at a time, often; nil is silent

	// Shards are the indexes of the plan's shards that are made, in order; nil means all. Each has the same bytes whichever
	// others are made with it.
	Shards []int

	// Kernel makes the kernel of one call; nil means NewKernel. With several shards in flight, calls may overlap.
	Kernel func(method string, s Spec) Kernel

	buffer  int64            // bytes for the loads of each lane, in tests; 0 follows Memory
	newHash func() hash.Hash // in tests; nil means sha256.New
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
	if o.newHash == nil {
		o.newHash = sha256.New
	}
	return o
}

// Run makes the shards of p from sources, one for each of p.Sources, and hands them to sink. It
// returns when the last shard is committed to the sink, or with the first error, which is
// ctx's when ctx ended; by then every shard that was open is aborted. In any case there is a receipt for each shard that
// was committed.
//
// An error of a shard, in making or in handing it on, is the same with any number of shards in flight: it ends the run when those
// before it are committed. A read that fails ends it at once.
func Run(ctx context.Context, p *plan.Plan, sources []Weights, sink Sink, o Options) (Receipts, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)

	workers := startWorkers(o.Threads)
	defer workers.stop()
	shards := o.shards(p)
	c := common{plan: p, sink: sink, workers: workers, meter: &meter{report: o.Progress}, found: newFindings(p), ledger: newLedger(shards)}
	c.files = newFiles(sources, o.Readers)
	var lanes []*lane
	schedules := o.Schedules(p)
	for i, s := range schedules {
		l := newLane(c, o, s, i, len(schedules))
		l.start(gctx, g)
		lanes = append(lanes, l)
	}
	err := g.Wait()
	for _, l := range lanes {
		l.fetcher.wait()
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return c.ledger.receipts(), cause
		}
		return c.ledger.receipts(), err
	}
	return c.ledger.receipts(), nil
}
