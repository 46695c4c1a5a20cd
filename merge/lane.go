package merge

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A lane makes every nth shard of a run, one after the other, beside n-1 others that make the rest. One processor makes the sha256 of
// a shard, so one lane is never faster than that, however many processors there are.
//
// No lane waits for what another one holds. Each has its own ring for loads and its own blocks for output: one that a sink keeps
// waiting, with both full, takes nothing from the others. What they share comes free whatever the lanes do: a worker after a block,
// as making one waits for nothing, and a reader after a read, whose place in a ring was taken before it. Who came first is served
// first. The only wait of a lane for others is that of a shard that failed, in ledger.before: it is aborted by then, and those that
// it waits for are before it, so that none of them waits for it.
type lane struct {
	fetcher *fetcher
	engine  *engine
	writer  *writer
}

// common is what the lanes of a run share.
type common struct {
	plan    *plan.Plan
	files   *files
	sink    Sink
	workers *workers
	meter   *meter
	found   *findings
	ledger  ledger
}

// newLane returns lane i of n, which reads as s says.
func newLane(c common, o Options, s *plan.Schedule, i, n int) *lane {
	verdicts := &verdicts{}
	return &lane{
		fetcher: newFetcher(s, c.files, c.meter, verdicts),
		engine: &engine{
			plan: c.plan, schedule: s, files: c.files, kernel: o.Kernel, workers: c.workers, verdicts: verdicts,
			buffers: newBuffers(plan.BlocksAhead(o.Threads, n)), found: c.found,
		},
		writer: &writer{
			plan: c.plan, sink: c.sink, newHash: o.newHash, meter: c.meter, found: c.found, ledger: c.ledger,
			first: i, step: n, queue: make(chan *piece, 64),
		},
	}
}

// start starts the stages of l in g, whose context is ctx.
func (l *lane) start(ctx context.Context, g *errgroup.Group) {
	fetched := make(chan *load)
	prepared := make(chan *load)
	g.Go(func() error { return l.fetcher.run(ctx, fetched) })
	g.Go(func() error { return l.engine.prepare(ctx, fetched, prepared) })
	g.Go(func() error { return l.engine.emit(ctx, prepared, l.writer.queue) })
	g.Go(func() error { return l.writer.run(ctx) })
}

// Lanes is how many shards of p Run makes at once under o: InFlight, but no more than there are, and so few that each has as much of
// Memory for its loads as one alone would take. So no tensor is read more often for the sake of others.
func (o Options) Lanes(p *plan.Plan) int {
	o = o.withDefaults()
	most := max(1, min(o.InFlight, len(o.shards(p))))
	if most == 1 || o.buffer > 0 {
		return most
	}
	one := plan.NewSchedule(p, o.Shards, o.share(p, 1))
	need := max(one.Buffer+one.Held+one.Kept, plan.MinBuffer)
	for n := most; n > 1; n-- {
		if o.Memory-plan.Overhead(p, o.Threads, n) >= int64(n)*need {
			return n
		}
	}
	return 1
}

// share is the bytes of each of n lanes for its loads.
func (o Options) share(p *plan.Plan, n int) int64 {
	if o.buffer > 0 {
		return o.buffer
	}
	return max((o.Memory-plan.Overhead(p, o.Threads, n))/int64(n), plan.MinBuffer)
}

// Schedules returns the reads that Run will make under o: those of each lane, where lane i of n makes shards i, i+n, i+2n and so on
// of those that are made.
func (o Options) Schedules(p *plan.Plan) []*plan.Schedule {
	o = o.withDefaults()
	n := o.Lanes(p)
	shards, share := o.shards(p), o.share(p, n)
	schedules := make([]*plan.Schedule, n)
	for i := range schedules {
		mine := []int{}
		for at := i; at < len(shards); at += n {
			mine = append(mine, shards[at])
		}
		schedules[i] = plan.NewSchedule(p, mine, share)
	}
	return schedules
}

// Cost returns what Run will read of p under o, and the memory that it will take.
func (o Options) Cost(p *plan.Plan) plan.Cost {
	o = o.withDefaults()
	schedules := o.Schedules(p)
	c := plan.Cost{Memory: plan.Overhead(p, o.Threads, len(schedules))}
	for _, s := range schedules {
		c.ReadBytes += s.Bytes
		c.Requests += s.Requests
		c.Memory += s.Buffer + s.Held + s.Kept
	}
	return c
}

// shards are the indexes of those that are made.
func (o Options) shards(p *plan.Plan) []int {
	if o.Shards == nil {
		return p.AllShards()
	}
	return o.Shards
}
