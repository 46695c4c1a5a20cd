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
//   - the table's unit and passes are sound, and hold for the kernel, also for empty tensors;
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

func (s subject) trial(shape []int64) *trial { return newTrial(s.method, s.factory, s.spec(shape)) }

func (s subject) spec(shape []int64) merge.Spec {
	return merge.Spec{Name: "model.layers.0.mlp.up_proj.weight", Shape: shape, Args: s.Args, Seed: 1}
}

var laws = []struct {
	name string
	hold func(subject) error
}{
	{"passes", passesAreSound},
	{"empty tensors", emptyTensors},
	{"any cut gives the same bits", anyCut},
	{"a look changes no bit", lookAhead},
	{"no chance", noChance},
	{"emitting again", emitAgain},
	{"identical inputs", identicalInputs},
	{"NaN is never lost", nanKept},
	{"ill-formed blocks", illFormed},
	{"allocation", noAllocation},
}

func passesAreSound(s subject) error {
	for _, shape := range append([][]int64{{0}}, shapes...) {
		k := s.trial(shape)
		if k.unit < 1 {
			return fmt.Errorf("the unit of shape %d is %d elements", shape, k.unit)
		}
		if k.usual < 0 || k.worst < k.usual || k.usual == 0 && k.worst > 0 {
			return fmt.Errorf("shape %d takes %d passes, and %d at worst", shape, k.usual, k.worst)
		}
		_, looks := k.kernel.(merge.Looker)
		if looked := s.method.LookedOf(shape, s.Args); looked < 0 || looked > k.usual || looked > 0 && !looks {
			return fmt.Errorf("shape %d takes %d passes, and %d after a look, at which the kernel is a Looker: %t", shape, k.usual, looked, looks)
		}
	}
	return nil
}

func emptyTensors(s subject) error {
	for _, shape := range [][]int64{{0}, {4, 0}} {
		rows := make([][]float32, s.inputs())
		if _, err := s.trial(shape).run(rows, Cut{}); err != nil {
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

func lookAhead(s subject) error {
	if _, ok := s.trial([]int64{1}).kernel.(merge.Looker); !ok {
		return nil
	}
	shape := []int64{300, 500} // large enough to be sampled
	for _, d := range datas {
		rows := d.rows(s.inputs(), size(shape))
		want, err := s.trial(shape).run(rows, Cut{Block: 1 << 16, Workers: 2})
		if err != nil {
			return err
		}
		for _, look := range []Look{Kept, NotKept} {
			got, err := s.trial(shape).run(rows, Cut{Block: 1 << 16, Workers: 2, Look: look})
			if err != nil {
				return err
			}
			if i := differ(got, want); i >= 0 {
				return fmt.Errorf("%s: element %d is %v after a look, %v without", d.name, i, got[i], want[i])
			}
		}
	}
	return nil
}

func anyCut(s subject) error {
	for _, shape := range shapes {
		for _, d := range datas {
			rows := d.rows(s.inputs(), size(shape))
			want, err := s.trial(shape).run(rows, Cut{})
			if err != nil {
				return err
			}
			for _, c := range cuts {
				if len(c.spans(size(shape), s.trial(shape).unit)) < 2 {
					continue
				}
				got, err := s.trial(shape).run(rows, c)
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
	want, err := s.trial(shape).run(rows, Cut{})
	if err != nil {
		return err
	}
	seeded, named := s.spec(shape), s.spec(shape)
	seeded.Seed++
	named.Name += "s"
	for what, spec := range map[string]merge.Spec{"seed": seeded, "name": named} {
		got, err := newTrial(s.method, s.factory, spec).run(rows, Cut{})
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
	k, c := s.trial(shape), Cut{Block: 8192, Workers: 2}
	want, err := k.run(rows, c)
	if err != nil {
		return err
	}
	c.Shuffle = 4
	got, err := k.emit(rows, c)
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
			got, err := s.trial(shape).run(rows, Cut{Block: 8192})
			if err != nil {
				return err
			}
			for i, x := range rows[0] {
				if float32(got[i]) != x {
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
			got, err := s.trial([]int64{n}).run(rows, Cut{Block: 8192})
			if err != nil {
				return err
			}
			for i, x := range got {
				if nan := x != x; nan != (i%every == 0) || math.IsInf(x, 0) {
					return fmt.Errorf("element %d is %v where every element divisible by %d of input %d is NaN", i, x, every, input)
				}
			}
		}
		rows := smooth.rows(s.inputs(), n)
		rows[input][n/2] = float32(math.Inf(1))
		got, err := s.trial([]int64{n}).run(rows, Cut{Block: 8192})
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
	k := s.trial([]int64{n})
	rows := smooth.rows(s.inputs(), n)
	if _, err := k.run(rows, Cut{}); err != nil {
		return err
	}
	block := func(inputs, start, end int) *merge.Block {
		own := make([][]float32, inputs)
		for i := range own {
			own[i] = make([]float32, end-start)
			copy(own[i], rows[0])
		}
		return merge.NewBlock(0, int64(start), own)
	}
	type try struct {
		what string
		b    *merge.Block
		dst  int
	}
	tries := []try{
		{"a row too many", block(s.inputs()+1, 0, n), n},
		{"more elements than the tensor", block(s.inputs(), k.unit, k.unit+n), n},
		{"a result that is short", block(s.inputs(), 0, n), n - 1},
		{"a result that is long", block(s.inputs(), 0, n), n + 1},
	}
	if s.inputs() > 1 {
		tries = append(tries, try{"a row too few", block(s.inputs()-1, 0, n), n})
	}
	if k.unit > 1 {
		tries = append(tries,
			try{"a start inside a unit", block(s.inputs(), 1, n), n - 1},
			try{"an end inside a unit", block(s.inputs(), 0, k.unit+1), k.unit + 1})
	}
	for _, try := range tries {
		if !panics(func() { k.kernel.Emit(make([]float64, try.dst), try.b) }) {
			return fmt.Errorf("Emit takes %s", try.what)
		}
		if try.dst != try.b.Len {
			continue // nothing wrong for Scan
		}
		// Of a kernel that has folded: its last pass.
		if k.usual > 0 && !panics(func() { k.kernel.Scan(k.usual-1, try.b) }) {
			return fmt.Errorf("Scan takes %s", try.what)
		}
	}
	return nil
}

func noAllocation(s subject) error {
	if raceEnabled { // sync.Pool forgets on purpose then
		return nil
	}
	const n = 3 * 8192
	k := s.trial([]int64{n})
	rows := smooth.rows(s.inputs(), n)
	if _, err := k.run(rows, Cut{}); err != nil {
		return err
	}
	dst := make([]float64, n)
	b := merge.NewBlock(0, 0, rows)
	if got := testing.AllocsPerRun(20, func() { k.kernel.Emit(dst, b) }); got > 0 {
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
func differ(a, b []float64) int {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return i
		}
	}
	return -1
}

func size(shape []int64) int { return int(merge.Spec{Shape: shape}.N()) }
