package merge

import (
	"context"
	"sync"
)

// workers run blocks, each with scratch memory of its own.
type workers struct {
	tasks chan func(*scratch)
	wg    sync.WaitGroup
}

func startWorkers(n int) *workers {
	w := &workers{tasks: make(chan func(*scratch))}
	for range n {
		w.wg.Go(func() {
			sc := &scratch{}
			for task := range w.tasks {
				task(sc)
				sc.reset()
			}
		})
	}
	return w
}

// do hands task to a worker, waiting for one to be free.
func (w *workers) do(ctx context.Context, task func(*scratch)) error {
	select {
	case w.tasks <- task:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *workers) stop() {
	close(w.tasks)
	w.wg.Wait()
}

// buffers are the output blocks that wait to be written, a fixed number of them.
type buffers struct {
	slots chan struct{}
	pool  sync.Pool
}

func newBuffers(n int) *buffers { return &buffers{slots: make(chan struct{}, n)} }

func (b *buffers) take(ctx context.Context, n int) ([]byte, error) {
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if buf, ok := b.pool.Get().(*[]byte); ok && cap(*buf) >= n {
		return (*buf)[:n], nil
	}
	return make([]byte, n), nil
}

func (b *buffers) give(buf []byte) {
	b.pool.Put(&buf)
	<-b.slots
}
