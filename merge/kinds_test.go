package merge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/internal/kindtest"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// gathered makes the values of kindtest.Rows.
type gathered struct {
	rows *kindtest.Rows
	of   *value
}

func (g gathered) wide(dst []float64, lo int64, w *window, sc *scratch) {
	width := g.rows.Width()
	for len(dst) > 0 {
		row := lo / width
		n := min(width-lo%width, int64(len(dst)))
		g.of.wide(dst[:n], g.rows.Index[row]*width+lo%width, w, sc)
		dst, lo = dst[n:], lo+n
	}
}

// multiplied makes the values of kindtest.Product, row by row.
type multiplied struct {
	product *kindtest.Product
	a, b    *value
}

func (m multiplied) wide(dst []float64, lo int64, w *window, sc *scratch) {
	rank, width := m.product.B.Op.Shape()[0], m.product.Unit()
	mark := sc.mark()
	a, b := sc.wide(int(rank)), sc.wide(int(rank*width))
	m.b.wide(b, 0, w, sc)
	for i := range dst {
		row, column := (lo+int64(i))/width, (lo+int64(i))%width
		if i == 0 || column == 0 {
			m.a.wide(a, row*rank, w, sc)
		}
		dst[i] = 0
		for k, x := range a {
			dst[i] += float64(x * b[int64(k)*width+column])
		}
	}
	sc.release(mark)
}

// spread is a method that needs to know the largest magnitude of all its inputs: base + (other − base)·weight/largest. It
// looks for it in two passes where one finds any, as some searches will. No block may end inside a unit.
type spread struct {
	n, unit int64
	weight  float64
	largest float64
	passes  []int // that were made
}

func (k *spread) Scan(pass int, b *Block) any {
	k.check(b)
	largest := 0.0
	for lo := 0; lo < b.Len; lo += runLength {
		for _, row := range b.Run(lo, min(lo+runLength, b.Len)) {
			for _, x := range row {
				largest = max(largest, math.Abs(float64(x)))
			}
		}
	}
	return largest
}

func (k *spread) Fold(pass int, parts iter.Seq[any]) (again bool) {
	for p := range parts {
		k.largest = max(k.largest, p.(float64))
	}
	k.passes = append(k.passes, pass)
	return pass == 0 && k.largest > 0
}

func (k *spread) check(b *Block) {
	if end := b.Start + int64(b.Len); b.Start%k.unit != 0 || end%k.unit != 0 && end != k.n {
		panic(fmt.Sprintf("elements %d to %d of %d in units of %d", b.Start, end, k.n, k.unit))
	}
}

func (k *spread) Emit(dst []float64, b *Block) {
	k.check(b)
	for lo := 0; lo < b.Len; lo += runLength {
		hi := min(lo+runLength, b.Len)
		rows := b.Run(lo, hi)
		for i := lo; i < hi; i++ {
			base := float64(rows[0][i-lo])
			dst[i] = base + float64((float64(rows[1][i-lo])-base)*k.weight/k.largest)
		}
	}
}

// scaled writes every row as BF16 after dividing it by its largest magnitude, and that as F32 in a second tensor.
func scaled(dst [][]byte, src []float64, o *plan.Output) bool {
	width := int(o.Unit)
	for row := range len(src) / width {
		x := slices.Clone(src[row*width : (row+1)*width])
		largest := 0.0
		for _, v := range x {
			largest = max(largest, math.Abs(v))
		}
		for i := range x {
			x[i] /= max(largest, 1e-30)
		}
		dtype.Encode(dst[0][2*row*width:2*(row+1)*width], x, dtype.BF16)
		binary.LittleEndian.PutUint32(dst[1][4*row:], math.Float32bits(float32(largest)))
	}
	return false
}

// strangePlan has outputs of kinds, codecs and shapes that no recipe makes: a method over gathered rows of another method's
// result and a matrix product that needs one factor whole, written as one tensor and as two.
func strangePlan(t *testing.T) (*plan.Plan, []Weights) {
	const rows, width, vocabulary, rank = 60, 2003, 45, 3
	r := rand.New(rand.NewPCG(1, 2))
	models := []*memoryModel{
		newMemoryModel(t, dtype.BF16, tensorOf{"e", []int64{vocabulary, width}, normal(1, vocabulary*width, 1)}, tensorOf{"a", []int64{rows, rank}, normal(2, rows*rank, 1)}),
		newMemoryModel(t, dtype.F32, tensorOf{"e", []int64{vocabulary, width}, normal(3, vocabulary*width, 1)}, tensorOf{"b", []int64{rank, width}, normal(4, rank*width, 1)}),
	}
	var weights []Weights
	leaf := func(source int, name string) plan.Expr {
		m, err := plan.ReadModel(t.Context(), plan.Identity{}, models[source])
		if err != nil {
			t.Fatal(err)
		}
		s := m.Tensors[name]
		return plan.Expr{Op: &plan.Leaf{Source: source, File: s.File, Tensor: name, DType: s.DType, Stored: s.Shape, Begin: s.Begin, End: s.End}}
	}
	call := func(unit int64, weight float64, inputs ...plan.Expr) plan.Expr {
		c := &plan.Call{Method: fmt.Sprint("spread in ", unit), Work: plan.Work{Unit: unit, Usual: 1, Worst: 3},
			Args: recipe.Args{Shared: map[string]float64{"weight": weight}, PerModel: make([]map[string]float64, len(inputs))}}
		for i, in := range inputs {
			c.Inputs = append(c.Inputs, plan.Input{Model: i, Expr: in})
		}
		return plan.Expr{Op: c}
	}
	index := make([]int64, rows)
	for i := range index {
		index[i] = r.Int64N(vocabulary)
	}
	inner := call(width, 0.5, leaf(0, "e"), leaf(1, "e")) // in blocks of whole rows
	inner.Round = dtype.F16
	nested := call(1, 0.25, // in blocks that end inside rows
		plan.Expr{Op: &kindtest.Rows{Of: inner, Index: index}},
		plan.Expr{Op: &kindtest.Product{A: leaf(0, "a"), B: leaf(1, "b")}, Round: dtype.BF16})
	one := plan.Tensor{Name: "one", DType: dtype.F32, Shape: []int64{rows, width}}
	weight, scale := plan.Tensor{Name: "weight", DType: dtype.BF16, Shape: []int64{rows, width}}, plan.Tensor{Name: "scale", DType: dtype.F32, Shape: []int64{rows}}
	product := plan.Expr{Op: &kindtest.Product{A: leaf(0, "a"), B: leaf(1, "b")}}
	p := (&plan.Plan{Outputs: []plan.Output{
		{Expr: nested, Codec: plan.Cast, Tensors: []plan.Tensor{one}},
		{Expr: nested, Codec: "test-scaled", Unit: width, Tensors: []plan.Tensor{weight, scale}},
		{Expr: product, Codec: plan.Cast, Tensors: []plan.Tensor{one}},
		{Expr: call(999, 0.75, leaf(0, "e"), leaf(1, "e")), Codec: plan.Cast, Tensors: []plan.Tensor{{Name: "units", DType: dtype.F32, Shape: []int64{vocabulary, width}}}},
	}}).Pick([]int{0, 1, 2, 3})
	p.Shards[2].Name = "product"
	for _, m := range models {
		weights = append(weights, m)
	}
	return p, weights
}

// Whatever kinds there are, and however the bytes come: whole or in windows of any size, to any number of workers, the result has the
// same bits, and they are those of the definition.
func TestKindsOfOtherShapes(t *testing.T) {
	kinds["test-rows"] = func(_ *making, op plan.Op, parts []*value) kind { return gathered{op.(*kindtest.Rows), parts[0]} }
	kinds["test-product"] = func(_ *making, op plan.Op, parts []*value) kind {
		return multiplied{op.(*kindtest.Product), parts[0], parts[1]}
	}
	codecs["test-scaled"] = codec{scaled, func(*plan.Output) float64 { return math.Inf(1) }}
	defer func() {
		delete(kinds, "test-rows")
		delete(kinds, "test-product")
		delete(codecs, "test-scaled")
	}()
	p, weights := strangePlan(t)
	want := defined(t, p, weights)
	steps := map[plan.Step]int{}
	ways := []Options{
		{Threads: 2}, {Threads: 2, buffer: 1}, {Threads: 1, Readers: 1}, {Threads: 7, Readers: 16},
		{Threads: 2, buffer: 1 << 20}, {Threads: 3, buffer: 300_000}, {Threads: 1, buffer: 100_000},
	}
	if testing.Short() {
		ways = ways[:2]
	}
	for _, o := range ways {
		for _, l := range o.Schedules(p)[0].Loads {
			steps[l.Step]++
		}
		o.Kernel = func(method string, s Spec) Kernel {
			k := &spread{n: s.N(), weight: s.Args.Shared["weight"]}
			if _, err := fmt.Sscanf(method, "spread in %d", &k.unit); err != nil {
				t.Error(err)
			}
			return k
		}
		sink := newMemorySink()
		if _, err := Run(t.Context(), p, weights, sink, o); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		for name, bits := range want {
			if !bytes.Equal(sink.shards[name], bits) {
				t.Errorf("%s has other bytes than its definition, with %d threads and a buffer of %d", name, o.Threads, o.buffer)
			}
		}
	}
	for _, step := range []plan.Step{plan.Whole, plan.Hold, plan.Scan, plan.Emit} {
		if steps[step] == 0 {
			t.Errorf("no load was of step %d: %v", step, steps)
		}
	}
}

// defined is what the outputs of p are by the definition of their kinds, element by element.
func defined(t *testing.T, p *plan.Plan, weights []Weights) map[string][]byte {
	t.Helper()
	var eval func(e *plan.Expr) []float64
	eval = func(e *plan.Expr) []float64 {
		n := int(e.Elements())
		out := make([]float64, n)
		switch op := e.Op.(type) {
		case *plan.Leaf:
			r, _, err := weights[op.Source].Open(t.Context(), op.File)
			if err != nil {
				t.Fatal(err)
			}
			raw := make([]byte, op.End-op.Begin)
			if _, err := io.ReadFull(io.NewSectionReader(r, op.Begin, int64(len(raw))), raw); err != nil {
				t.Fatal(err)
			}
			for i := range out {
				out[i] = dtype.Element(raw, int64(i), op.DType)
			}
		case *kindtest.Rows:
			of, width := eval(&op.Of), op.Width()
			for i, row := range op.Index {
				copy(out[int64(i)*width:], of[row*width:(row+1)*width])
			}
		case *kindtest.Product:
			a, b := eval(&op.A), eval(&op.B)
			rank, width := int(op.B.Op.Shape()[0]), int(op.Unit())
			for i := range out {
				for k := range rank {
					out[i] += float64(a[i/width*rank+k] * b[k*width+i%width])
				}
			}
		case *plan.Call:
			base, other, largest := eval(&op.Inputs[0].Expr), eval(&op.Inputs[1].Expr), 0.0
			for i := range base {
				base[i], other[i] = float64(float32(base[i])), float64(float32(other[i]))
				largest = max(largest, math.Abs(base[i]), math.Abs(other[i]))
			}
			for i := range out {
				out[i] = base[i] + float64((other[i]-base[i])*op.Args.Shared["weight"]/largest)
			}
		}
		if e.Round != dtype.Invalid {
			dtype.Round(out, e.Round)
		}
		return out
	}
	want := map[string][]byte{}
	for i := range p.Outputs {
		o := &p.Outputs[i]
		x := eval(&o.Expr)
		var parts [][]byte
		for _, tensor := range o.Tensors {
			parts = append(parts, make([]byte, tensor.End-tensor.Begin))
		}
		codecs[o.Codec].encode(parts, x, o)
		want[p.Shards[i].Name] = slices.Concat(parts...)
	}
	return want
}

// A pass is made only where the one before asks for it, be it a spare one or one of those that are usual.
func TestPassesThatAreNotNeeded(t *testing.T) {
	for _, tt := range []struct {
		name string
		x    float32
		work plan.Work
		read int64 // passes over the input, where it is read in windows
	}{
		{"asks for a spare one", 1, plan.Work{Usual: 1, Worst: 3}, 3},
		{"finds nothing", 0, plan.Work{Usual: 1, Worst: 3}, 2},
		{"stops before it is usual", 1, plan.Work{Usual: 3, Worst: 3}, 4},
		{"stops long before it is usual", 0, plan.Work{Usual: 3, Worst: 5}, 4},
	} {
		name, x := tt.name, tt.x
		models := []*memoryModel{newMemoryModel(t, dtype.F32, tensorOf{"x", []int64{200_000}, slices.Repeat([]float32{x}, 200_000)})}
		m, err := plan.ReadModel(t.Context(), plan.Identity{}, models[0])
		if err != nil {
			t.Fatal(err)
		}
		s := m.Tensors["x"]
		leaf := plan.Expr{Op: &plan.Leaf{File: s.File, Tensor: "x", DType: s.DType, Stored: s.Shape, Begin: s.Begin, End: s.End}}
		p := (&plan.Plan{Outputs: []plan.Output{{Codec: plan.Cast, Tensors: []plan.Tensor{{Name: "x", DType: dtype.F32, Shape: s.Shape}},
			Expr: plan.Expr{Op: &plan.Call{Work: tt.work, Inputs: []plan.Input{{Expr: leaf}, {Expr: leaf}}}}}}}).Pick([]int{0})
		for _, buffer := range []int64{1, 1 << 30} {
			k := &spread{n: 200_000, unit: 1, weight: 1}
			o := Options{buffer: buffer, Kernel: func(string, Spec) Kernel { return k }}
			var last Progress
			o.Progress = func(p Progress) { last = p }
			report, err := Run(t.Context(), p, []Weights{models[0]}, newMemorySink(), o)
			over := report == nil && err != nil
			passes := []int{0}
			if x != 0 {
				passes = []int{0, 1}
			}
			if !slices.Equal(k.passes, passes) {
				t.Errorf("%s, buffer %d: passes %v, want %v", name, buffer, k.passes, passes)
			}
			read := int64(800_000)
			if buffer == 1 {
				read *= tt.read
			}
			if over != (x == 0) || !over && last.Read != read { // 0/0 is no number
				t.Errorf("%s, buffer %d: %d bytes were read, want %d; %v", name, buffer, last.Read, read, err)
			}
		}
	}
}

// A kernel that draws at random is told of the document and the tensor that it draws for.
func TestDrawsAreOfTheirStage(t *testing.T) {
	input := plan.Input{Expr: plan.Expr{Op: &plan.Leaf{DType: dtype.F32, Stored: []int64{1}, End: 4}}}
	o := &plan.Output{Codec: plan.Cast, Tensors: []plan.Tensor{{Name: "out"}}, Expr: plan.Expr{Op: &plan.Call{
		Method: "m", Inputs: []plan.Input{input}, Draw: &plan.Draw{Seed: 5, Stage: 2, Name: "drawn"},
	}}}
	var got Spec
	newJob(o, func(_ string, s Spec) Kernel { got = s; return &spread{} })
	if got.Seed != 5 || got.Stage != 2 || got.Name != "drawn" {
		t.Errorf("the kernel is made for seed %d, stage %d and %q", got.Seed, got.Stage, got.Name)
	}
}

// An element follows from all that it is made from, wherever that lies in memory.
func TestSpoiledElements(t *testing.T) {
	a := &plan.Leaf{DType: dtype.F32, Stored: []int64{2, 8}, End: 64}
	b := &plan.Leaf{DType: dtype.F32, Stored: []int64{8, 2}, End: 64}
	e := &plan.Expr{Op: &kindtest.Product{A: plan.Expr{Op: a}, B: plan.Expr{Op: b}}}
	raw := func(n, nan int) []byte {
		x := make([]float64, n)
		if nan >= 0 {
			x[nan] = math.NaN()
		}
		out := make([]byte, 4*n)
		dtype.Encode(out, x, dtype.F32)
		return out
	}
	for nan, want := range map[int][4]bool{-1: {}, 2: {true, true}, 6: {true, true}, 13: {2: true, 3: true}} {
		all := raw(16, nan)
		w := &window{spans: map[*plan.Leaf][]byteSpan{
			a: {{0, 5, all[:20]}, {5, 16, all[20:]}},
			b: {{0, 16, raw(16, -1)}},
		}}
		for i := range want {
			if got := w.spoiled(e, int64(i)); got != want[i] {
				t.Errorf("with element %d of the first factor NaN, element %d is spoiled: %v", nan, i, got)
			}
		}
	}
}
