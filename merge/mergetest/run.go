package mergetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Cut says how a tensor is cut into blocks and who works on them. None of it may change a
// bit of the result. The zero value is one block.
type Cut struct {
	Block   int    // elements of a block, rounded up to the kernel's unit; 0 means all
	Workers int    // goroutines; 0 means one
	Shuffle uint64 // seed of the order of blocks; 0 means first to last
	Look    Look   // whether a [merge.Looker] looks at the tensor first
}

// Look is how a kernel looks at a tensor.
type Look int

// The tensor is not looked at, or it is and is kept in memory or not.
const (
	None Look = iota
	Kept
	NotKept
)

// Run merges rows, one for each input and all of one length, with the kernel that factory makes of s: its passes,
// as many as the table of m allows and the kernel asks for, then the last one. It
// fails the test where the kernel changes its inputs, leaves an element of the result as it was, folds
// less than everything, asks for too many passes, or panics. The rows that it sees are spoilt when it returns, so
// one that it keeps shows in the result.
func Run(t testing.TB, m recipe.Method, factory merge.Factory, s merge.Spec, rows [][]float32, c Cut) []float64 {
	t.Helper()
	dst, err := newTrial(m, factory, s).run(rows, c)
	if err != nil {
		t.Fatal(err)
	}
	return dst
}

// A trial is a kernel and what its method's table says of it.
type trial struct {
	kernel       merge.Kernel
	unit         int
	usual, worst int
}

func newTrial(m recipe.Method, factory merge.Factory, s merge.Spec) *trial {
	k := &trial{kernel: factory(s), unit: int(m.UnitOf(s.Shape, s.Args))}
	k.usual, k.worst = m.PassesOf(s.Shape, s.Args)
	return k
}

func (k *trial) run(rows [][]float32, c Cut) ([]float64, error) {
	worst := k.worst
	if l, ok := k.kernel.(merge.Looker); ok && c.Look != None && k.usual > 0 {
		whole := span{0, 0, len(rows[0])}
		own := cut(rows, whole)
		if err := calm("Look", func() { l.Look(merge.NewBlock(0, 0, own), c.Look == Kept) }); err != nil {
			return nil, err
		}
		if err := spoil(own, rows, whole, "Look"); err != nil {
			return nil, err
		}
		worst++
	}
	for pass, again := 0, k.usual > 0; again; pass++ {
		if pass == worst {
			return nil, fmt.Errorf("the kernel asks for pass %d, the table says at most %d", pass+1, worst)
		}
		var err error
		if again, err = k.scan(pass, rows, c); err != nil {
			return nil, err
		}
	}
	return k.emit(rows, c)
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

// scan runs one pass, with Fold beside it as in the engine.
func (k *trial) scan(s int, rows [][]float32, c Cut) (again bool, err error) {
	spans := c.spans(len(rows[0]), k.unit)
	results := make([]chan any, len(spans))
	for i := range results {
		results[i] = make(chan any, 1)
	}
	folded := make(chan error)
	go func() {
		seen := 0
		err := calm(fmt.Sprintf("Fold of pass %d", s), func() {
			again = k.kernel.Fold(s, func(yield func(any) bool) {
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
	err = c.each(spans, func(at span) error {
		defer close(results[at.index])
		own := cut(rows, at)
		err := calm(what, func() { results[at.index] <- k.kernel.Scan(s, merge.NewBlock(at.index, int64(at.start), own)) })
		if err != nil {
			return err
		}
		return spoil(own, rows, at, what)
	})
	if fault := <-folded; err == nil {
		err = fault
	}
	return again, err
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
func (k *trial) emit(rows [][]float32, c Cut) ([]float64, error) {
	out := make([]float64, len(rows[0]))
	err := c.each(c.spans(len(out), k.unit), func(at span) error {
		own := cut(rows, at)
		dst := out[at.start:at.end:at.end]
		for i := range dst {
			dst[i] = unwritten
		}
		if err := calm("Emit", func() { k.kernel.Emit(dst, merge.NewBlock(at.index, int64(at.start), own)) }); err != nil {
			return err
		}
		for i, x := range dst {
			if math.Float64bits(x) == math.Float64bits(unwritten) {
				return fmt.Errorf("Emit of block %d leaves element %d as it was", at.index, at.start+i)
			}
		}
		return spoil(own, rows, at, "Emit")
	})
	return out, err
}

// unwritten is what results hold before Emit: a NaN that no sum makes.
var unwritten = math.Float64frombits(0x7ffdead000000001)

// cut returns copies of a part of rows.
func cut(rows [][]float32, at span) [][]float32 {
	own := make([][]float32, len(rows))
	for i, x := range rows {
		own[i] = slices.Clone(x[at.start:at.end])
	}
	return own
}

// spoil fills a block's own rows with what would show in a result, for the engine uses their memory again. The
// error tells that they had been changed before.
func spoil(own, rows [][]float32, at span, what string) error {
	for i, x := range own {
		for j := range x {
			if math.Float32bits(x[j]) != math.Float32bits(rows[i][at.start+j]) {
				return fmt.Errorf("%s changed element %d of row %d from %v to %v", what, at.start+j, i, rows[i][at.start+j], x[j])
			}
			x[j] = 1e30
		}
	}
	return nil
}
