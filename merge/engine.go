package merge

import (
	"context"
	"errors"
	"sync"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// engine works on loads in two stages, so that the scans of one load run beside the last pass of
// the load before it. Blocks of both go to the same workers.
type engine struct {
	plan     *plan.Plan
	schedule *plan.Schedule
	files    *files
	kernel   func(method string, s Spec) Kernel
	workers  *workers
	verdicts *verdicts
	buffers  *buffers
	found    *findings
}

// prepare is the first stage: it makes the jobs and runs their passes but the last.
func (e *engine) prepare(ctx context.Context, in <-chan *load, out chan<- *load) (err error) {
	defer closeAtEnd(out, &err)
	var wide *windowed // the output whose windows are passing
	for {
		l, err := receive(ctx, in)
		if l == nil {
			return err
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if l.Windowed() && (wide == nil || wide.index != l.First) {
			j := newJob(&e.plan.Outputs[l.First], e.kernel)
			wide = &windowed{job: j, index: l.First, ended: make([]bool, len(j.calls))}
			if err := e.lookAhead(ctx, j); err != nil {
				return err
			}
		}
		switch l.Step {
		case plan.Hold:
			wide.held = newWindow(l, nil)
			continue
		case plan.Scan:
			if err := wide.scan(ctx, e, l); err != nil {
				return err
			}
			l.release()
			continue
		case plan.Emit:
			l.jobs, l.window = []*job{wide.job}, newWindow(l, wide.held)
		case plan.Whole:
			if err := e.prepareWhole(ctx, l); err != nil {
				return err
			}
		}
		if err := send(ctx, out, l); err != nil {
			return err
		}
	}
}

// prepareWhole makes the jobs of a load and all their passes, outputs side by side.
func (e *engine) prepareWhole(ctx context.Context, l *load) error {
	l.window = newWindow(l, nil)
	var wg sync.WaitGroup
	errs := make([]error, l.End-l.First)
	for i := l.First; i < l.End; i++ {
		j := newJob(&e.plan.Outputs[i], e.kernel)
		l.jobs = append(l.jobs, j)
		if len(j.calls) == 0 {
			continue
		}
		wg.Go(func() {
			for _, c := range j.calls {
				if err := e.passes(ctx, c, l.window); err != nil {
					errs[i-l.First] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// emit is the second stage: it runs the last pass and queues the output in order.
func (e *engine) emit(ctx context.Context, in <-chan *load, out chan<- *piece) (err error) {
	defer closeAtEnd(out, &err)
	put := func(p *piece) error { return send(ctx, out, p) }
	for {
		l, err := receive(ctx, in)
		if l == nil {
			return err
		}
		for _, j := range l.jobs {
			start, stop := j.span(l)
			var err error
			if j.output.Codec == plan.Copy {
				err = copyOut(j, l.window, start, stop, put)
			} else {
				err = e.emitJob(ctx, j, l.window, start, stop, put)
			}
			if err != nil {
				return err
			}
		}
		if err := put(&piece{done: closed, release: l.release}); err != nil {
			return err
		}
	}
}

// closeAtEnd closes out unless there is an error: that is to be the first to be heard of, and not what the next stage misses.
func closeAtEnd[T any](out chan<- T, err *error) {
	if *err == nil {
		close(out)
	}
}

// receive returns the next of in, nil at its end or when ctx has ended.
func receive[T any](ctx context.Context, in <-chan *T) (*T, error) {
	select {
	case v := <-in:
		return v, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func send[T any](ctx context.Context, out chan<- *T, v *T) error {
	select {
	case out <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closed is the done channel of pieces that need no work.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// copyOut queues elements start to stop as they are, in pieces that keep the writer and the hash in step.
func copyOut(j *job, w *window, start, stop int64, put func(*piece) error) error {
	const most = 1 << 20
	for l := range j.output.Expr.Leaves() { // the only one
		for start < stop {
			raw := w.raw(l, start, min(stop, start+most/l.DType.Size()))
			if err := put(&piece{data: raw, done: closed, release: func() {}}); err != nil {
				return err
			}
			start += int64(len(raw)) / l.DType.Size()
		}
	}
	return nil
}

// emitJob makes elements start to stop of one output. Output buffers are taken in output order, so the block that
// the writer waits for always has one.
func (e *engine) emitJob(ctx context.Context, j *job, w *window, start, stop int64, put func(*piece) error) error {
	size := int(j.output.Tensors[0].DType.Size())
	for at, n := range blocks(start, stop, j.block) {
		from, to := j.output.Part(0, at, at+int64(n))
		buf, err := e.buffers.take(ctx, int(to-from)*size)
		if err != nil {
			return err
		}
		p := &piece{data: buf, done: make(chan struct{}), release: func() { e.buffers.give(buf) }}
		task := func(sc *scratch) {
			defer close(p.done)
			p.err = e.make(j, p.data, at, n, w, sc)
		}
		if err := e.workers.do(ctx, task); err != nil {
			return err
		}
		if err := put(p); err != nil {
			return err
		}
	}
	if stop < j.n {
		return nil
	}
	for _, bytes := range j.later { // when the writer comes to them all blocks are made
		if err := put(&piece{data: bytes, done: closed, release: func() {}}); err != nil {
			return err
		}
	}
	return nil
}

// make makes, encodes and checks the block of n elements from at on.
func (e *engine) make(j *job, first []byte, at int64, n int, w *window, sc *scratch) error {
	dst := sc.wide(n)
	j.value.wide(dst, at, w, sc)
	if err := sc.overflowOf(j.output); err != nil {
		return err
	}
	if infinite := codecs[j.output.Codec].encode(j.bytes(sc, first, at, n), dst, j.output); infinite {
		if err := e.checkFinite(j, dst, at, w); err != nil {
			return err
		}
	}
	if j.norms != nil {
		e.checkNorms(j, dst, at, w, sc)
	}
	return nil
}
