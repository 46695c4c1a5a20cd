package merge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// engine works on loads in two stages, so that the scans of one load run beside the last pass of
// the load before it. Blocks of both go to the same workers.
type engine struct {
	plan      *plan.Plan
	workers   *workers
	fetcher   *fetcher
	buffers   *buffers
	inherited atomic.Int64

	mu    sync.Mutex
	worst NormReport
}

// A job is one output tensor under way.
type job struct {
	tensor *plan.Tensor
	view   *view
	block  int64 // elements of a block
	n      int64 // elements of the tensor

	fold  *folding // of the pass that is being scanned
	norms *norms   // of the last pass; shared by the windows of a tensor
}

func newJob(t *plan.Tensor, seed uint64) *job {
	j := &job{tensor: t, view: newView(t, &t.Expr, seed), n: 1}
	for _, d := range t.Shape {
		j.n *= d
	}
	unit := j.view.units()
	j.block = max(1, plan.Quantum/unit) * unit
	if t.Expr.Op != plan.Copy {
		j.norms = newNorms(t.Name, max(1, len(j.view.inputs)), int((j.n+j.block-1)/j.block))
	}
	return j
}

// attach gives the leaves their bytes in l; at is the index of the first one's place.
func (j *job) attach(l *load, at int) (next int) {
	for _, leaf := range j.view.leaves() {
		from, n := int64(0), j.n
		if l.Windowed() {
			from, n = l.Start, l.Stop-l.Start
		}
		begin := l.Places[at]
		leaf.raw, leaf.from = l.bytes[begin:begin+n*leaf.expr.DType.Size()], from
		at++
	}
	return at
}

// blocks ranges over the blocks of l's part of the tensor.
func (j *job) blocks(l *load) iter.Seq2[Block, int] {
	start, stop := int64(0), j.n
	if l.Windowed() {
		start, stop = l.Start, l.Stop
	}
	return func(yield func(Block, int) bool) {
		for at := start; at < stop; at += j.block {
			if !yield(Block{Index: int(at / j.block), Start: at}, int(min(j.block, stop-at))) {
				return
			}
		}
	}
}

// prepare is the first stage: it attaches the bytes and runs the scans.
func (e *engine) prepare(ctx context.Context, in <-chan *load, out chan<- *load) error {
	defer close(out)
	var windowed *job // the tensor whose windows are passing
	for {
		var l *load
		var ok bool
		select {
		case l, ok = <-in:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return nil
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if l.Windowed() {
			if l.Pass == 0 && l.Start == 0 {
				windowed = newJob(&e.plan.Tensors[l.First], e.plan.Seed)
				if plan.Quantum%windowed.view.units() != 0 {
					return fmt.Errorf("%s is too large for this memory budget: %s works on %d elements at a time; raise --memory", windowed.tensor.Name, windowed.tensor.Expr.Method, windowed.view.units())
				}
			}
			j := windowed.at(l)
			if l.Pass < windowed.tensor.Expr.Passes() {
				if err := e.scanWindow(ctx, windowed, j, l); err != nil {
					return err
				}
				l.release()
				continue
			}
			l.jobs = []*job{j}
		} else {
			err = e.scanWhole(ctx, l)
		}
		if err != nil {
			return err
		}
		select {
		case out <- l:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// at returns the job with its leaves on window l. Kernels are shared, leaves are not, for the last
// pass of one window runs beside the next window's arrival.
func (j *job) at(l *load) *job {
	c := *j
	c.view = j.view.clone()
	c.attach(l, 0)
	return &c
}

func (v *view) clone() *view {
	c := *v
	c.inputs = make([]*view, len(v.inputs))
	for i, in := range v.inputs {
		c.inputs[i] = in.clone()
	}
	return &c
}

// scanWhole makes the jobs of a load and runs all their passes, tensors side by side.
func (e *engine) scanWhole(ctx context.Context, l *load) error {
	at := 0
	var wg sync.WaitGroup
	errs := make([]error, l.End-l.First)
	for i := l.First; i < l.End; i++ {
		j := newJob(&e.plan.Tensors[i], e.plan.Seed)
		at = j.attach(l, at)
		l.jobs = append(l.jobs, j)
		if j.tensor.Expr.Passes() == 0 {
			continue
		}
		wg.Go(func() {
			for pass := range j.tensor.Expr.Passes() {
				if err := e.scan(ctx, j, l, pass, true, true); err != nil {
					errs[i-l.First] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// scanWindow runs one pass over one window; the fold goes on through all windows of the pass.
func (e *engine) scanWindow(ctx context.Context, whole, j *job, l *load) error {
	j.fold = whole.fold
	err := e.scan(ctx, j, l, l.Pass, l.Start == 0, l.Stop == j.n)
	whole.fold = j.fold
	return err
}

// scan runs blocks of pass number pass, counted over all kernels of the tensor. It returns when every
// block is scanned and, after the last, folded.
func (e *engine) scan(ctx context.Context, j *job, l *load, pass int, first, last bool) error {
	v, s := j.view.pass(pass)
	if first {
		j.fold = startFold(ctx, v.kernel, s)
	}
	var scanned sync.WaitGroup
	for b, n := range j.blocks(l) {
		result := make(chan any, 1)
		if err := j.fold.expect(ctx, result); err != nil {
			return err
		}
		scanned.Add(1)
		task := func(sc *scratch) {
			defer scanned.Done()
			result <- v.kernel.Scan(s, v.block(b, n, sc))
		}
		if err := e.workers.do(ctx, task); err != nil {
			scanned.Done()
			return err
		}
	}
	if last {
		if err := j.fold.finish(ctx); err != nil {
			return err
		}
		if want := s+1 < v.expr.Scans; j.fold.again != want {
			panic(fmt.Sprintf("%s: %s asks for another pass after %d of %d: %t", j.tensor.Name, v.expr.Method, s+1, v.expr.Scans, j.fold.again))
		}
		return nil
	}
	scanned.Wait() // the window's bytes are given back next
	return nil
}

// pass returns the kernel's view and its own pass number for pass n of the whole tensor.
func (v *view) pass(n int) (*view, int) {
	for _, k := range v.kernels() {
		if n < k.expr.Scans {
			return k, n
		}
		n -= k.expr.Scans
	}
	panic("merge: pass beyond the last")
}

// folding feeds the results of a pass to a kernel in block order.
type folding struct {
	results chan (<-chan any)
	done    chan struct{}
	again   bool
}

func startFold(ctx context.Context, k Kernel, s int) *folding {
	f := &folding{results: make(chan (<-chan any), 64), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.again = k.Fold(s, func(yield func(any) bool) {
			for {
				var result <-chan any
				var ok bool
				select {
				case result, ok = <-f.results:
				case <-ctx.Done():
					return
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
					return
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

// finish waits until the last result is folded.
func (f *folding) finish(ctx context.Context) error {
	close(f.results)
	select {
	case <-f.done:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// emit is the second stage: it runs the last pass and queues the output in order.
func (e *engine) emit(ctx context.Context, in <-chan *load, out chan<- *piece) error {
	defer close(out)
	put := func(p *piece) error {
		select {
		case out <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		var l *load
		var ok bool
		select {
		case l, ok = <-in:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return nil
		}
		for _, j := range l.jobs {
			var err error
			if j.tensor.Expr.Op == plan.Copy {
				err = copyOut(j.view.raw, put)
			} else {
				err = e.emitJob(ctx, j, l, put)
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

// closed is the done channel of pieces that need no work.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// copyOut queues raw as it is, in pieces that keep the writer and the hash in step.
func copyOut(raw []byte, put func(*piece) error) error {
	const most = 1 << 20
	for len(raw) > 0 {
		n := min(most, len(raw))
		if err := put(&piece{data: raw[:n], done: closed, release: func() {}}); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

// emitJob runs the last pass of one tensor. Output buffers are taken in output order, so the block that
// the writer waits for always has one.
func (e *engine) emitJob(ctx context.Context, j *job, l *load, put func(*piece) error) error {
	t := j.tensor
	for b, n := range j.blocks(l) {
		buf, err := e.buffers.take(ctx, n*int(t.DType.Size()))
		if err != nil {
			return err
		}
		p := &piece{data: buf, done: make(chan struct{}), release: func() { e.buffers.give(buf) }}
		task := func(sc *scratch) {
			defer close(p.done)
			dst := sc.row(n)
			var rows [][]float32 // that dst is made from, where it is made by a method
			if j.view.kernel != nil {
				in := j.view.block(b, n, sc)
				sc.wide = slices.Grow(sc.wide[:0], n)[:n]
				j.view.kernel.Emit(sc.wide, in)
				narrow(dst, sc.wide)
				rows = in.Run(0, n)
			} else {
				j.view.read(dst, b, sc)
			}
			if p.err = sc.overflowOf(t); p.err != nil {
				return
			}
			dtype.Encode(p.data, dst, t.DType)
			if p.err = e.checkFinite(j, dst, b, sc); p.err == nil {
				e.checkNorms(j, dst, b.Index, rows)
			}
		}
		if err := e.workers.do(ctx, task); err != nil {
			return err
		}
		if err := put(p); err != nil {
			return err
		}
	}
	return nil
}

// overflow is the smallest magnitude, as float32 bits, that rounds to Inf in each type; it
// also catches every NaN and Inf.
func overflow(d dtype.DType) uint32 {
	switch d {
	case dtype.F16:
		return 0x477ff000 // 65520
	case dtype.BF16:
		return 0x7f7f8000
	}
	return 0x7f800000
}

// checkFinite compares the NaN and Inf of a merged block with its inputs', of which none was made by a cast.
func (e *engine) checkFinite(j *job, dst []float32, b Block, sc *scratch) error {
	limit := overflow(j.tensor.DType)
	n := 0
	for _, x := range dst {
		if math.Float32bits(x)&0x7fffffff >= limit {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	leaves := j.view.leaves()
	rows := make([][]float32, len(leaves))
	for i, leaf := range leaves {
		rows[i] = sc.row(len(dst))
		leaf.read(rows[i], b, sc)
	}
	bad := &NonFinite{Tensor: j.tensor.Name}
	var over *Overflow
	inherited := int64(0)
	for i, x := range dst {
		if math.Float32bits(x)&0x7fffffff < limit {
			continue
		}
		had := false
		for _, row := range rows {
			had = had || math.Float32bits(row[i])&0x7f800000 == 0x7f800000
		}
		if had {
			inherited++
			continue
		}
		if x-x == 0 && over == nil {
			over = &Overflow{Tensor: j.tensor.Name, Source: -1, Merged: j.view.kernel != nil,
				From: j.view.expr.DType, To: j.tensor.DType, Index: b.Start + int64(i), Value: float64(x)}
		}
		if bad.Count == 0 {
			bad.Index = b.Start + int64(i)
		}
		bad.Count++
	}
	e.inherited.Add(inherited)
	if over != nil {
		return over
	}
	if bad.Count > 0 {
		return bad
	}
	return nil
}

// workers run blocks, each with scratch memory of its own.
type workers struct {
	tasks chan func(*scratch)
	wg    sync.WaitGroup
}

func startWorkers(n int, p *plan.Plan) *workers {
	inputs := 1
	for i := range p.Tensors {
		inputs = max(inputs, len(p.Tensors[i].Expr.Leaves()))
	}
	w := &workers{tasks: make(chan func(*scratch))}
	for range n {
		w.wg.Go(func() {
			sc := &scratch{floats: make([]float32, 0, (inputs+1)*plan.Quantum)}
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
