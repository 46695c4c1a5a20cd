package merge

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// passes makes all passes of c over what w holds, which is all that it needs.
func (e *engine) passes(ctx context.Context, c *call, w *window) error {
	if c.op.Work.Looked > 0 && c.op.Stored() {
		if err := e.look(ctx, c, w); err != nil {
			return err
		}
	}
	for pass, again := 0, c.op.Work.Usual > 0; again; pass++ {
		f := startFold(ctx, c, pass)
		if err := e.scan(ctx, c, f, w, 0, c.n); err != nil {
			return err
		}
		var err error
		if again, err = f.finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look lets c's kernel look at what w holds.
func (e *engine) look(ctx context.Context, c *call, w *window) error {
	c.looked = true
	k, ok := c.kernel.(Looker)
	if !ok {
		return nil
	}
	looked := make(chan struct{})
	task := func(sc *scratch) {
		defer close(looked)
		k.Look(c.at(0, int(c.n), w, sc), true)
	}
	if err := e.workers.do(ctx, task); err != nil {
		return err
	}
	<-looked
	return nil
}

// lookAhead lets the kernels of an output that is made in windows look at what is on disk. It waits for that itself, so that no worker
// does.
func (e *engine) lookAhead(ctx context.Context, j *job) error {
	for _, c := range j.calls {
		if !e.schedule.LooksAt(c.op) {
			continue
		}
		c.looked = true
		if k, ok := c.kernel.(Looker); ok {
			disk := &reading{ctx: ctx, files: e.files}
			k.Look(c.at(0, int(c.n), &window{disk: disk}, &scratch{}), false)
			if disk.err != nil {
				return disk.err
			}
		}
	}
	return nil
}

// scan hands the blocks of elements start to stop to the workers and what they find to f. It returns when every block
// is scanned.
func (e *engine) scan(ctx context.Context, c *call, f *folding, w *window, start, stop int64) error {
	var scanned sync.WaitGroup
	for at, n := range blocks(start, stop, c.block) {
		result := make(chan any, 1)
		if err := f.expect(ctx, result); err != nil {
			return err
		}
		scanned.Add(1)
		task := func(sc *scratch) {
			defer scanned.Done()
			result <- c.kernel.Scan(f.pass, c.at(at, n, w, sc))
		}
		if err := e.workers.do(ctx, task); err != nil {
			scanned.Done()
			return err
		}
	}
	scanned.Wait() // what w holds may be given back next
	return ctx.Err()
}

// folding feeds the results of a pass to a kernel in block order.
type folding struct {
	call    *call
	pass    int
	results chan (<-chan any)
	done    chan struct{}
	again   bool // once done is closed
}

func startFold(ctx context.Context, c *call, pass int) *folding {
	f := &folding{call: c, pass: pass, results: make(chan (<-chan any), 64), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.again = c.kernel.Fold(pass, func(yield func(any) bool) {
			for {
				var result <-chan any
				var ok bool
				select {
				case result, ok = <-f.results:
				case <-ctx.Done():
					runtime.Goexit() // no Fold goes on with a part of the results
				}
				if !ok {
					return
				}
				select {
				case part := <-result:
					if !yield(part) {
						return
					}
				case <-ctx.Done():
					runtime.Goexit()
				}
			}
		})
	}()
	return f
}

func (f *folding) expect(ctx context.Context, result <-chan any) error {
	select {
	case f.results <- result:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish waits until the last result is folded, and tells whether another pass is to follow.
func (f *folding) finish(ctx context.Context) (again bool, err error) {
	close(f.results)
	select {
	case <-f.done:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return false, err // and Fold may not have come to its end
	}
	if f.again && f.pass+1 >= f.call.worst() {
		panic(fmt.Sprintf("merge: %s asks for more than the %d passes of its table", f.call.op.Method, f.call.worst()))
	}
	return f.again, nil
}

// windowed is an output that is made in windows: where it is in its passes.
type windowed struct {
	*job
	index int      // of the output
	fold  *folding // of the pass that is under way
	ended []bool   // by call: it has asked for no more passes
}

// scan adds one window to the pass that it belongs to.
func (o *windowed) scan(ctx context.Context, e *engine, l *load) error {
	c := o.calls[l.Call]
	if o.ended[l.Call] {
		return nil
	}
	if l.Start == 0 {
		o.fold = startFold(ctx, c, l.Pass)
	}
	if err := e.scan(ctx, c, o.fold, newWindow(l, o.held), l.Start, l.Stop); err != nil {
		return err
	}
	if l.Stop < c.n {
		return nil
	}
	again, err := o.fold.finish(ctx)
	if err != nil {
		return err
	}
	o.ended[l.Call] = !again
	e.verdicts.tell(o.index, l.Call, l.Pass, c.worst(), again)
	return nil
}

// verdicts tell the fetcher whether a spare pass is made.
type verdicts struct {
	mu    sync.Mutex
	known map[verdictKey]chan bool
}

type verdictKey struct{ output, call, pass int }

func (v *verdicts) of(k verdictKey) chan bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[verdictKey]chan bool{}
	}
	c, ok := v.known[k]
	if !ok {
		c = make(chan bool, 1)
		v.known[k] = c
	}
	return c
}

// tell says what a call wants after a pass: another one, or none of those up to worst.
func (v *verdicts) tell(output, call, pass, worst int, again bool) {
	if again {
		v.of(verdictKey{output, call, pass + 1}) <- true
		return
	}
	for pass++; pass < worst; pass++ {
		v.of(verdictKey{output, call, pass}) <- false
	}
}

// wait returns what was told of the pass. It may be asked for once by the fetcher, window by window: the answer stays.
func (v *verdicts) wait(ctx context.Context, k verdictKey) (bool, error) {
	c := v.of(k)
	select {
	case made := <-c:
		c <- made
		return made, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
