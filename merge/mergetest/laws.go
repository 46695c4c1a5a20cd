package mergetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Case is one set of parameters that the laws are tried with.
type Case struct {
	Name string
	Args recipe.Args // complete, see [Args]
	Sum  bool        // the result is no average: identical inputs need not merge to themselves
}

// TestMethod runs the laws that hold for every method, in the given cases and with the default
// parameters of its table, for all numbers of inputs up to three that it takes, with the
// base first and last:
//
//   - the table and the kernel agree on the number of scans, and on nothing to do for empty tensors;
//   - any cut into blocks, any order of them and any number of goroutines give the same bits;
//   - neither the seed nor the tensor's name changes a bit, unless the table says that the method is random;
//   - inputs are left as they were and not kept, every element is written, again with the same bits;
//   - identical finite inputs merge to themselves, bit for bit but for the sign of a zero;
//   - a NaN of an input is a NaN of the result, and finite elements stay finite beside it;
//   - rows of wrong number, length or place panic;
//   - the last pass allocates nothing, which is why the test may not be a parallel one.
func TestMethod(t *testing.T, m recipe.Method, factory merge.Factory, cases ...Case) {
	t.Helper()
	for _, c := range append(defaults(m), cases...) {
		t.Run(c.Name, func(t *testing.T) {
			for _, law := range laws {
				if err := law.hold(subject{m, factory, c}); err != nil {
					t.Errorf("%s: %v", law.name, err)
				}
			}
		})
	}
}

// defaults are the cases that follow from the table alone.
func defaults(m recipe.Method) []Case {
	var out []Case
	most := 3
	if m.Models.Max > 0 {
		most = min(most, m.Models.Max)
	}
	for n := m.Models.Min; n <= max(most, m.Models.Min); n++ {
		switch {
		case m.Base == recipe.BaseIgnored:
			out = append(out, Case{Name: fmt.Sprintf("%d inputs", n), Args: Args(m, n, -1)})
			continue
		case m.Base == recipe.BaseOptional:
			out = append(out, Case{Name: fmt.Sprintf("%d inputs without a base", n), Args: Args(m, n, -1)})
		}
		out = append(out,
			Case{Name: fmt.Sprintf("base and %d inputs", n), Args: Args(m, n+1, 0)},
			Case{Name: fmt.Sprintf("%d inputs and base", n), Args: Args(m, n+1, n)})
	}
	return out
}

// subject is what a law is tried on.
type subject struct {
	method  recipe.Method
	factory merge.Factory
	Case
}

func (s subject) inputs() int { return len(s.Args.PerModel) }

func (s subject) kernel(shape []int64) merge.Kernel { return s.factory(s.spec(shape)) }

func (s subject) spec(shape []int64) merge.Spec {
	return merge.Spec{Name: "model.layers.0.mlp.up_proj.weight", Shape: shape, Args: s.Args, Seed: 1}
}

var laws = []struct {
	name string
	hold func(subject) error
}{
	{"scans", scansAgree},
	{"empty tensors", emptyTensors},
	{"any cut gives the same bits", anyCut},
	{"no chance", noChance},
	{"emitting again", emitAgain},
	{"identical inputs", identicalInputs},
	{"NaN is never lost", nanKept},
	{"ill-formed blocks", illFormed},
	{"allocation", noAllocation},
}

func scansAgree(s subject) error {
	want := 0
	if s.method.Scans != nil {
		want = s.method.Scans(s.Args)
	}
	for _, shape := range append([][]int64{{0}}, shapes...) {
		k := s.kernel(shape)
		if got := k.Scans(); got != want {
			return fmt.Errorf("the kernel of shape %d makes %d, the table says %d", shape, got, want)
		}
		if k.Unit() < 1 {
			return fmt.Errorf("the kernel of shape %d has a unit of %d elements", shape, k.Unit())
		}
	}
	return nil
}

func emptyTensors(s subject) error {
	for _, shape := range [][]int64{{0}, {4, 0}} {
		rows := make([][]float32, s.inputs())
		if _, err := run(s.kernel(shape), rows, Cut{}); err != nil {
			return fmt.Errorf("shape %d: %w", shape, err)
		}
	}
	return nil
}

// cuts are tried against one block. A kernel with a large unit rounds the smaller ones up.
var cuts = []Cut{
	{Block: 1000},
	{Block: 8192, Workers: 4, Shuffle: 1},
	{Block: 2 * 8192, Workers: 2, Shuffle: 2},
}

func anyCut(s subject) error {
	for _, shape := range shapes {
		for _, d := range datas {
			rows := d.rows(s.inputs(), size(shape))
			want, err := run(s.kernel(shape), rows, Cut{})
			if err != nil {
				return err
			}
			for _, c := range cuts {
				if len(c.spans(size(shape), int(s.kernel(shape).Unit()))) < 2 {
					continue
				}
				got, err := run(s.kernel(shape), rows, c)
				if err != nil {
					return fmt.Errorf("%+v: %w", c, err)
				}
				if i := differ(got, want); i >= 0 {
					return fmt.Errorf("shape %d, %s: element %d is %v cut as %+v, %v in one block", shape, d.name, i, got[i], c, want[i])
				}
			}
		}
	}
	return nil
}

func noChance(s subject) error {
	if s.method.Random {
		return nil
	}
	shape := []int64{9000}
	rows := tied.rows(s.inputs(), size(shape))
	want, err := run(s.kernel(shape), rows, Cut{})
	if err != nil {
		return err
	}
	seeded, named := s.spec(shape), s.spec(shape)
	seeded.Seed++
	named.Name += "s"
	for what, spec := range map[string]merge.Spec{"seed": seeded, "name": named} {
		got, err := run(s.factory(spec), rows, Cut{})
		if err != nil {
			return err
		}
		if i := differ(got, want); i >= 0 {
			return fmt.Errorf("element %d is %v with another %s, %v before", i, got[i], what, want[i])
		}
	}
	return nil
}

func emitAgain(s subject) error {
	shape := []int64{20000}
	rows := tied.rows(s.inputs(), size(shape))
	k, c := s.kernel(shape), Cut{Block: 8192, Workers: 2}
	want, err := run(k, rows, c)
	if err != nil {
		return err
	}
	c.Shuffle = 4
	got, err := emit(k, rows, c)
	if err != nil {
		return err
	}
	if i := differ(got, want); i >= 0 {
		return fmt.Errorf("element %d is %v at first and %v then", i, want[i], got[i])
	}
	return nil
}

func identicalInputs(s subject) error {
	if s.Sum {
		return nil
	}
	for _, shape := range shapes {
		for _, d := range datas {
			rows := d.rows(1, size(shape))
			for range s.inputs() - 1 {
				rows = append(rows, rows[0])
			}
			got, err := run(s.kernel(shape), rows, Cut{Block: 8192})
			if err != nil {
				return err
			}
			for i, x := range rows[0] {
				if got[i] != x {
					return fmt.Errorf("shape %d, %s: element %d is %v, of inputs that are all %v", shape, d.name, i, got[i], x)
				}
			}
		}
	}
	return nil
}

func nanKept(s subject) error {
	const n = 9000
	for input := range s.inputs() {
		for _, every := range nanSteps {
			rows := smooth.rows(s.inputs(), n)
			for i := 0; i < n; i += every {
				rows[input][i] = float32(math.NaN())
			}
			got, err := run(s.kernel([]int64{n}), rows, Cut{Block: 8192})
			if err != nil {
				return err
			}
			for i, x := range got {
				if nan := x != x; nan != (i%every == 0) || math.IsInf(float64(x), 0) {
					return fmt.Errorf("element %d is %v where every element divisible by %d of input %d is NaN", i, x, every, input)
				}
			}
		}
		rows := smooth.rows(s.inputs(), n)
		rows[input][n/2] = float32(math.Inf(1))
		got, err := run(s.kernel([]int64{n}), rows, Cut{Block: 8192})
		if err != nil {
			return err
		}
		for i, x := range got {
			if i != n/2 && x-x != 0 {
				return fmt.Errorf("element %d is %v where only element %d of input %d is Inf", i, x, n/2, input)
			}
		}
	}
	return nil
}

func illFormed(s subject) error {
	const n = 20000
	k := s.kernel([]int64{n})
	rows := smooth.rows(s.inputs(), n)
	if _, err := run(k, rows, Cut{}); err != nil {
		return err
	}
	unit := int(k.Unit())
	block := func(inputs, start, end int) merge.Block {
		b := merge.Block{Start: int64(start)}
		for i := range inputs {
			b.X = append(b.X, make([]float32, end-start))
			copy(b.X[i], rows[0])
		}
		return b
	}
	short := block(s.inputs(), 0, n)
	short.X[s.inputs()-1] = short.X[s.inputs()-1][:n-1]
	type try struct {
		what string
		b    merge.Block
		dst  int
	}
	tries := []try{
		{"a row too many", block(s.inputs()+1, 0, n), n},
		{"no rows", block(0, 0, n), n},
		{"more elements than the tensor", block(s.inputs(), unit, unit+n), n},
		{"a result that is short", block(s.inputs(), 0, n), n - 1},
		{"a result that is long", block(s.inputs(), 0, n), n + 1},
	}
	if s.inputs() > 1 {
		tries = append(tries,
			try{"a row that is short", short, n},
			try{"a row too few", block(s.inputs()-1, 0, n), n})
	}
	if unit > 1 {
		tries = append(tries,
			try{"a start inside a unit", block(s.inputs(), 1, n), n - 1},
			try{"an end inside a unit", block(s.inputs(), 0, unit+1), unit + 1})
	}
	for _, try := range tries {
		if !panics(func() { k.Emit(make([]float32, try.dst), try.b) }) {
			return fmt.Errorf("Emit takes %s", try.what)
		}
		if len(try.b.X) > 0 && try.dst != len(try.b.X[0]) {
			continue // nothing wrong for Scan
		}
		for pass := range k.Scans() {
			if !panics(func() { k.Scan(pass, try.b) }) {
				return fmt.Errorf("Scan of pass %d takes %s", pass, try.what)
			}
		}
	}
	return nil
}

func noAllocation(s subject) error {
	if raceEnabled { // sync.Pool forgets on purpose then
		return nil
	}
	const n = 3 * 8192
	k := s.kernel([]int64{n})
	rows := smooth.rows(s.inputs(), n)
	if _, err := run(k, rows, Cut{}); err != nil {
		return err
	}
	dst := make([]float32, n)
	b := merge.Block{X: rows}
	if got := testing.AllocsPerRun(20, func() { k.Emit(dst, b) }); got > 0 {
		return fmt.Errorf("Emit allocates %v times a block", got)
	}
	return nil
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

// differ returns the first index where the bits of a and b differ, or -1.
func differ(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

func size(shape []int64) int { return int(merge.Spec{Shape: shape}.N()) }
