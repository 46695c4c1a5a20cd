package merge

import (
	"context"
	"sync"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A load is a plan.Load with its bytes.
type load struct {
	plan.Load
	bytes   []byte
	ready   chan struct{} // closed when every read is done
	release func()        // gives the bytes back

	jobs   []*job // one for each output; made by the first stage
	window *window
}

// fetcher reads the loads of a schedule ahead of their use, in order, into a ring.
type fetcher struct {
	schedule *plan.Schedule
	files    *files
	ring     *ring
	meter    *meter
	verdicts *verdicts
	reads    sync.WaitGroup
}

func newFetcher(s *plan.Schedule, f *files, m *meter, v *verdicts) *fetcher {
	return &fetcher{schedule: s, files: f, meter: m, verdicts: v, ring: newRing(s.Buffer)}
}

// run hands out every load as soon as its reads have begun.
func (f *fetcher) run(runs context.Context, out chan<- *load) (err error) {
	defer closeAtEnd(out, &err)
	ctx, fail := context.WithCancelCause(runs)
	defer fail(nil)
	for i := range f.schedule.Loads {
		l := &load{Load: f.schedule.Loads[i], ready: make(chan struct{}), release: func() {}}
		var err error
		if l.Spare {
			made, err := f.verdicts.wait(ctx, verdictKey{l.First, l.Call, l.Pass})
			if err != nil {
				return err
			}
			if !made {
				continue
			}
		}
		if l.Step == plan.Hold {
			l.bytes = make([]byte, l.Size)
		} else if l.bytes, l.release, err = f.ring.alloc(ctx, l.Size); err != nil {
			return err
		}
		if err := f.start(ctx, runs, l, fail); err != nil {
			return err
		}
		select {
		case out <- l:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	// The reads of the last loads may still fail.
	done := make(chan struct{})
	go func() { f.reads.Wait(); close(done) }()
	select {
	case <-done:
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// start begins the reads of l, as many at once as there are slots. Files stay open as long as runs.
func (f *fetcher) start(ctx, runs context.Context, l *load, fail context.CancelCauseFunc) error {
	var left sync.WaitGroup
	for _, r := range l.Reads {
		select {
		case f.files.slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		left.Add(1)
		f.reads.Go(func() {
			defer left.Done()
			defer func() { <-f.files.slots }()
			if err := f.files.read(runs, r, l.bytes[r.At:r.At+r.Len]); err != nil {
				fail(err)
				return
			}
			f.meter.read(r.Len)
		})
	}
	f.reads.Go(func() {
		left.Wait()
		if ctx.Err() == nil { // else nobody may use these bytes
			close(l.ready)
		}
	})
	return nil
}

// wait returns when no read is under way any more.
func (f *fetcher) wait() { f.reads.Wait() }

// A ring is a fixed buffer that is taken in order and given back in about the same order.
type ring struct {
	buf []byte

	mu    sync.Mutex
	freed sync.Cond
	taken []*segment // in the order they were taken
	next  int64      // where the next one may begin
}

type segment struct {
	begin, end int64
	free       bool
}

func newRing(size int64) *ring {
	r := &ring{buf: make([]byte, size)} // the system hands out its pages when they are first written
	r.freed.L = &r.mu
	return r
}

// alloc waits until n bytes in a row are free. n is at most the size of the ring.
func (r *ring) alloc(ctx context.Context, n int64) ([]byte, func(), error) {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.freed.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, context.Cause(ctx)
		}
		if at, ok := r.fit(n); ok {
			s := &segment{begin: at, end: at + n}
			r.taken = append(r.taken, s)
			r.next = s.end
			return r.buf[s.begin:s.end:s.end], sync.OnceFunc(func() { r.free(s) }), nil
		}
		r.freed.Wait()
	}
}

// fit finds room for n bytes behind the last segment, or at the front.
func (r *ring) fit(n int64) (int64, bool) {
	size := int64(len(r.buf))
	if len(r.taken) == 0 {
		return 0, n <= size
	}
	oldest := r.taken[0].begin
	if r.next > oldest { // free: behind next, and before oldest
		if n <= size-r.next {
			return r.next, true
		}
		return 0, n < oldest
	}
	return r.next, n < oldest-r.next
}

func (r *ring) free(s *segment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.free = true
	for len(r.taken) > 0 && r.taken[0].free {
		r.taken = r.taken[1:]
	}
	r.freed.Broadcast()
}

// meter adds up progress and reports it.
type meter struct {
	mu     sync.Mutex
	now    Progress
	report func(Progress)
}

func (m *meter) add(f func(*Progress)) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.now)
	m.report(m.now)
}

func (m *meter) read(n int64)   { m.add(func(p *Progress) { p.Read += n }) }
func (m *meter) merged(n int64) { m.add(func(p *Progress) { p.Merged += n }) }
func (m *meter) shard()         { m.add(func(p *Progress) { p.Shards++ }) }
