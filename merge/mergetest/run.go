package mergetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
)

// A Cut says how a tensor is cut into blocks and who works on them. None of it may change a
// bit of the result. The zero value is one block.
type Cut struct {
	Block   int    // elements of a block, rounded up to the kernel's unit; 0 means all
	Workers int    // goroutines; 0 means one
	Shuffle uint64 // seed of the order of blocks; 0 means first to last
}

// Run merges rows, one for each input and all of one length, with k: its scans, then its last pass. It
// fails the test where k changes its inputs, leaves an element of the result as it was, folds
// less than everything, or panics. The rows that k sees are spoilt when it returns, so one that it keeps
// shows in the result.
func Run(t testing.TB, k merge.Kernel, rows [][]float32, c Cut) []float32 {
	t.Helper()
	dst, err := run(k, rows, c)
	if err != nil {
		t.Fatal(err)
	}
	return dst
}

func run(k merge.Kernel, rows [][]float32, c Cut) ([]float32, error) {
	for s := range k.Scans() {
		if err := scan(k, s, rows, c); err != nil {
			return nil, err
		}
	}
	return emit(k, rows, c)
}

// span is where a block lies.
type span struct{ index, start, end int }

// spans returns the blocks of c in the order they are worked on.
func (c Cut) spans(n, unit int) []span {
	block := n
	if c.Block > 0 {
		block = c.Block
	}
	block = max(1, (block+unit-1)/unit) * unit
	var out []span
	for start := 0; start < n; start += block {
		out = append(out, span{len(out), start, min(start+block, n)})
	}
	if c.Shuffle != 0 {
		r := rand.New(rand.NewPCG(c.Shuffle, 0))
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// each calls do for all blocks, from c.Workers goroutines, and returns the first error.
func (c Cut) each(spans []span, do func(span) error) error {
	var wg sync.WaitGroup
	queue := make(chan span)
	errs := make(chan error, len(spans))
	for range max(1, c.Workers) {
		wg.Go(func() {
			for s := range queue {
				if err := do(s); err != nil {
					errs <- err
				}
			}
		})
	}
	for _, s := range spans {
		queue <- s
	}
	close(queue)
	wg.Wait()
	close(errs)
	return <-errs
}

// scan runs pass s, with Fold beside it as in the engine.
func scan(k merge.Kernel, s int, rows [][]float32, c Cut) error {
	spans := c.spans(len(rows[0]), int(k.Unit()))
	results := make([]chan any, len(spans))
	for i := range results {
		results[i] = make(chan any, 1)
	}
	folded := make(chan error)
	go func() {
		seen := 0
		err := calm(fmt.Sprintf("Fold of pass %d", s), func() {
			k.Fold(s, func(yield func(any) bool) {
				for _, result := range results {
					part, ok := <-result
					if !ok {
						return
					}
					seen++
					if !yield(part) {
						return
					}
				}
			})
		})
		if err == nil && seen != len(spans) {
			err = fmt.Errorf("Fold of pass %d ranged over %d of %d parts", s, seen, len(spans))
		}
		folded <- err
	}()
	what := fmt.Sprintf("Scan of pass %d", s)
	err := c.each(spans, func(at span) error {
		defer close(results[at.index])
		b := cut(rows, at)
		err := calm(what, func() { results[at.index] <- k.Scan(s, b) })
		if err != nil {
			return err
		}
		return spoil(b, rows, at, what)
	})
	if fault := <-folded; err == nil {
		err = fault
	}
	return err
}

// calm calls f and returns its panic as an error.
func calm(what string, f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panics: %v\n%s", what, r, debug.Stack())
		}
	}()
	f()
	return nil
}

// emit runs the last pass.
func emit(k merge.Kernel, rows [][]float32, c Cut) ([]float32, error) {
	out := make([]float32, len(rows[0]))
	err := c.each(c.spans(len(out), int(k.Unit())), func(at span) error {
		b := cut(rows, at)
		dst := out[at.start:at.end:at.end]
		for i := range dst {
			dst[i] = unwritten
		}
		if err := calm("Emit", func() { k.Emit(dst, b) }); err != nil {
			return err
		}
		for i, x := range dst {
			if math.Float32bits(x) == math.Float32bits(unwritten) {
				return fmt.Errorf("Emit of block %d leaves element %d as it was", at.index, at.start+i)
			}
		}
		return spoil(b, rows, at, "Emit")
	})
	return out, err
}

// unwritten is what results hold before Emit: a NaN that no sum makes.
var unwritten = math.Float32frombits(0x7fdead01)

// cut returns a block with rows of its own.
func cut(rows [][]float32, at span) merge.Block {
	b := merge.Block{Index: at.index, Start: int64(at.start)}
	for _, x := range rows {
		b.X = append(b.X, append(make([]float32, 0, at.end-at.start), x[at.start:at.end]...))
	}
	return b
}

// spoil fills b's rows with what would show in a result, for the engine uses their memory again. The
// error tells that they had been changed before.
func spoil(b merge.Block, rows [][]float32, at span, what string) error {
	if len(b.X) != len(rows) {
		return fmt.Errorf("%s changed the number of rows", what)
	}
	for i, x := range b.X {
		for j := range x {
			if math.Float32bits(x[j]) != math.Float32bits(rows[i][at.start+j]) {
				return fmt.Errorf("%s changed element %d of row %d from %v to %v", what, at.start+j, i, rows[i][at.start+j], x[j])
			}
			x[j] = 1e30
		}
	}
	return nil
}
