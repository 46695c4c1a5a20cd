package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/internal/kindtest"
	"github.com/lazymerge/lazymerge/merge/plan"
)

const gap = 64 << 10 // the most unneeded bytes that are read to save a request

// randomPlan has outputs of all sizes and kinds, from several sources in several files, in and out of the files' order.
func randomPlan(r *rand.Rand) *plan.Plan {
	p := &plan.Plan{}
	ends := map[string]int64{} // of what the files hold already
	leaf := func(source int, shape ...int64) plan.Expr {
		d := []dtype.DType{dtype.BF16, dtype.F32, dtype.F64}[r.IntN(3)]
		file := fmt.Sprintf("%d.safetensors", r.IntN(2))
		key := fmt.Sprint(source, file)
		if r.IntN(3) == 0 {
			ends[key] += r.Int64N(2 * gap)
		}
		begin := ends[key]
		if r.IntN(5) == 0 {
			begin = r.Int64N(begin + 1) // again, or a part of another
		}
		end := begin + d.Size()
		for _, n := range shape {
			end += (end - begin) * (n - 1)
		}
		ends[key] = max(ends[key], end)
		return plan.Expr{Op: &plan.Leaf{Source: source, File: file, DType: d, Stored: shape, Begin: begin, End: end}}
	}
	call := func(inputs ...plan.Expr) plan.Expr {
		c := &plan.Call{Work: plan.Work{Usual: r.IntN(3), Unit: []int64{0, 1, 8192, 3000, 70_001}[r.IntN(5)]}}
		c.Work.Worst = c.Work.Usual
		if c.Work.Usual > 0 {
			c.Work.Worst += r.IntN(2)
		}
		for _, in := range inputs {
			c.Inputs = append(c.Inputs, plan.Input{Expr: in})
		}
		return plan.Expr{Op: c}
	}
	for range 1 + r.IntN(60) {
		n := []int64{0, 1, r.Int64N(100), r.Int64N(1 << 16), r.Int64N(1 << 20), r.Int64N(20 << 20)}[r.IntN(6)]
		o := plan.Output{Codec: plan.Cast, Tensors: []plan.Tensor{{Shape: []int64{n}, DType: dtype.BF16}}}
		switch kind := r.IntN(6); kind {
		case 0:
			o.Codec, o.Expr = plan.Copy, leaf(0, n)
		case 1, 2, 3:
			var inputs []plan.Expr
			for source := range kind {
				inputs = append(inputs, leaf(source, n))
			}
			o.Expr = call(inputs...)
		case 4: // rows of one model, some of them more than once, merged with another
			index := make([]int64, n/1000)
			for i := range index {
				index[i] = min(int64(i), 99) + r.Int64N(2)
			}
			o.Expr = call(plan.Expr{Op: &kindtest.Rows{Of: call(leaf(0, 101, 1000)), Index: index}}, leaf(1, n/1000, 1000))
		case 5: // every row needs all of one leaf, and two tensors are made of each
			o.Expr = plan.Expr{Op: &kindtest.Product{A: leaf(0, n/1000, 700), B: call(leaf(1, 700, 1000))}}
			o.Unit = 1000
			o.Tensors = append(o.Tensors, plan.Tensor{Shape: []int64{n / 1000}, DType: dtype.F32})
		}
		o.Tensors[0].Shape = o.Expr.Op.Shape()
		p.Outputs = append(p.Outputs, o)
		if len(p.Shards) == 0 || r.IntN(10) == 0 {
			p.Shards = append(p.Shards, plan.Shard{First: len(p.Outputs) - 1})
		}
		p.Shards[len(p.Shards)-1].End = len(p.Outputs)
	}
	return p
}

// The loads of any plan hold what its outputs need, at the places that they name, in the order of the output.
func TestSchedule(t *testing.T) {
	windows := map[plan.Step]int{}
	seeds := uint64(60)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		p := randomPlan(r)
		p.Sources = [][]plan.Source{nil, fromHub}[r.IntN(2)]
		limit := []int64{plan.MinBuffer, 40 << 20, 100 << 20, 1 << 30}[r.IntN(4)]
		s := plan.NewSchedule(p, nil, limit)
		if err := checkSchedule(p, s, limit); err != nil {
			t.Errorf("seed %d, buffer of %d: %v", seed, limit, err)
		}
		for _, l := range s.Loads {
			windows[l.Step]++
		}
	}
	if len(windows) != 4 {
		t.Errorf("the loads were of %v, want all steps", windows)
	}
}

func checkSchedule(p *plan.Plan, s *plan.Schedule, limit int64) error {
	if s.Buffer > limit || s.Buffer > plan.MinBuffer && s.Buffer+s.Held > limit {
		return fmt.Errorf("the buffer has %d bytes, and %d are held", s.Buffer, s.Held)
	}
	var requests, bytes int64
	next := 0 // the output that comes next
	var due []plan.Load
	var held map[*plan.Leaf][]plan.Part // of the output under way
	for i := range s.Loads {
		l := &s.Loads[i]
		if most := map[bool]int64{false: s.Buffer, true: s.Held / 2}[l.Step == plan.Hold]; l.Size > most {
			return fmt.Errorf("load %d has %d bytes, and its room %d", i, l.Size, most)
		}
		if l.First != next || l.End <= l.First || shardOf(p, l.First) != shardOf(p, l.End-1) {
			return fmt.Errorf("load %d has outputs %d to %d, want them from %d and in one shard", i, l.First, l.End, next)
		}
		if err := checkReads(l); err != nil {
			return fmt.Errorf("load %d: %w", i, err)
		}
		if !l.Spare {
			for _, r := range l.Reads {
				requests, bytes = requests+1, bytes+r.Len
			}
		}
		if !l.Windowed() {
			there := partsOf(l)
			for k := l.First; k < l.End; k++ {
				e := &p.Outputs[k].Expr
				if err := checkParts(e, there, 0, e.Elements(), nil); err != nil {
					return fmt.Errorf("load %d, output %d: %w", i, k, err)
				}
			}
			next = l.End
			continue
		}
		o := &p.Outputs[l.First]
		if due == nil {
			due, held = passesOf(o), nil
		}
		// What is held, then every pass over all elements of its call, then the last, in order.
		want := due[0]
		if l.End != l.First+1 || l.Step != want.Step || l.Call != want.Call || l.Pass != want.Pass || l.Spare != want.Spare || l.Start != want.Start {
			return fmt.Errorf("load %d is %+v, want %+v", i, l, want)
		}
		e, block := &o.Expr, o.Block()
		if l.Step == plan.Scan {
			c := slices.Collect(e.Calls())[l.Call]
			e, block = &plan.Expr{Op: c}, c.Block()
		}
		if l.Step == plan.Hold {
			held = partsOf(l)
		} else {
			if l.Start%block != 0 || l.Stop != want.Stop && l.Stop%block != 0 || l.Stop <= l.Start || l.Stop > want.Stop {
				return fmt.Errorf("load %d has elements %d to %d of %d in blocks of %d", i, l.Start, l.Stop, want.Stop, block)
			}
			if err := checkParts(e, partsOf(l), l.Start, l.Stop, held); err != nil {
				return fmt.Errorf("load %d, output %d: %w", i, l.First, err)
			}
		}
		if due[0].Start = l.Stop; l.Stop == want.Stop {
			due = due[1:]
		}
		if len(due) == 0 {
			next, due = l.End, nil
		}
	}
	if next != len(p.Outputs) {
		return fmt.Errorf("the loads end at output %d of %d", next, len(p.Outputs))
	}
	if requests != s.Requests || bytes != s.Bytes {
		return fmt.Errorf("%d requests of %d bytes, and the schedule says %d of %d", requests, bytes, s.Requests, s.Bytes)
	}
	return nil
}

// passesOf are the loads of an output that is made in windows, with windows of all elements.
func passesOf(o *plan.Output) []plan.Load {
	var out []plan.Load
	held := false
	o.Expr.Reads(0, o.Expr.Elements(), func(_ *plan.Leaf, _, _ int64, hold bool) { held = held || hold })
	if held {
		out = append(out, plan.Load{Step: plan.Hold})
	}
	n := 0
	for c := range o.Expr.Calls() {
		for pass := range c.Work.Worst {
			e := plan.Expr{Op: c}
			out = append(out, plan.Load{Step: plan.Scan, Call: n, Pass: pass, Spare: pass >= c.Work.Usual, Stop: e.Elements()})
		}
		n++
	}
	return append(out, plan.Load{Step: plan.Emit, Stop: o.Expr.Elements()})
}

func partsOf(l *plan.Load) map[*plan.Leaf][]plan.Part {
	out := map[*plan.Leaf][]plan.Part{}
	for _, p := range l.Parts {
		out[p.Leaf] = append(out[p.Leaf], p)
	}
	return out
}

// checkParts wants every element that elements lo to hi of e read in what is there, or held.
func checkParts(e *plan.Expr, there map[*plan.Leaf][]plan.Part, lo, hi int64, held map[*plan.Leaf][]plan.Part) error {
	var err error
	e.Reads(lo, hi, func(leaf *plan.Leaf, lo, hi int64, hold bool) {
		in := there
		if hold && held != nil { // whole loads hold everything
			in = held
		}
		at := slices.IndexFunc(in[leaf], func(p plan.Part) bool { return p.Lo <= lo && hi <= p.Hi })
		if at < 0 && err == nil {
			err = fmt.Errorf("elements %d to %d of a leaf are not there", lo, hi)
		}
	})
	return err
}

func shardOf(p *plan.Plan, i int) int {
	return slices.IndexFunc(p.Shards, func(s plan.Shard) bool { return s.First <= i && i < s.End })
}

// checkReads holds one load's reads to what its parts need.
func checkReads(l *plan.Load) error {
	at := int64(0)
	for k, r := range l.Reads {
		if r.Len <= 0 || r.Len > 32<<20 || r.At != at {
			return fmt.Errorf("read %d of %d bytes goes to %d, want %d", k, r.Len, r.At, at)
		}
		at += r.Len
	}
	if at != l.Size {
		return fmt.Errorf("the reads end at %d of %d", at, l.Size)
	}
	needed := make([]bool, len(l.Reads)) // by their first and last bytes
	type stretch struct{ begin, end int64 }
	var used []stretch // of the load
	for _, part := range l.Parts {
		leaf, place := part.Leaf, part.At
		begin, end := leaf.Begin+part.Lo*leaf.DType.Size(), leaf.Begin+part.Hi*leaf.DType.Size()
		if begin >= end || end > leaf.End {
			return fmt.Errorf("elements %d to %d of %v", part.Lo, part.Hi, leaf)
		}
		for begin < end { // through as many reads as it takes
			j := slices.IndexFunc(l.Reads, func(r plan.Range) bool { return r.At <= place && place < r.At+r.Len })
			if j < 0 {
				return fmt.Errorf("place %d is in no read", place)
			}
			r := l.Reads[j]
			if r.Source != leaf.Source || r.File != leaf.File || r.Off+place-r.At != begin {
				return fmt.Errorf("place %d has byte %d of %s, want byte %d of %s", place, r.Off+place-r.At, r.File, begin, leaf.File)
			}
			needed[j] = true
			n := min(end-begin, r.At+r.Len-place)
			used = append(used, stretch{place, place + n})
			begin, place = begin+n, place+n
		}
	}
	if j := slices.Index(needed, false); j >= 0 {
		return fmt.Errorf("read %d is for nothing", j)
	}
	slices.SortFunc(used, func(a, b stretch) int { return int(a.begin - b.begin) })
	end, wasted := int64(0), int64(0)
	for _, u := range used {
		if u.begin-end > gap {
			return fmt.Errorf("%d bytes before %d are for nothing", u.begin-end, u.begin)
		}
		wasted += max(0, u.begin-end)
		end = max(end, u.end)
	}
	if end != l.Size {
		return fmt.Errorf("the bytes after %d of %d are for nothing", end, l.Size)
	}
	if wasted > 8<<20 {
		return fmt.Errorf("%d bytes are for nothing", wasted)
	}
	return nil
}

// fromHub are sources one of which is not a folder, so that no read is cheap.
var fromHub = []plan.Source{{Repo: "a/b"}}

// Neighbors are read as one, and a long stretch in even reads.
func TestJoinedReads(t *testing.T) {
	read := func(begin, end int64) plan.Output {
		n := (end - begin) / 2
		return plan.Output{Codec: plan.Copy, Tensors: []plan.Tensor{{Shape: []int64{n}, DType: dtype.BF16}},
			Expr: plan.Expr{Op: &plan.Leaf{File: "f", DType: dtype.BF16, Stored: []int64{n}, Begin: begin, End: end}}}
	}
	for _, tt := range []struct {
		what    string
		outputs []plan.Output
		want    []int64 // lengths of the reads
	}{
		{"neighbors", []plan.Output{read(100, 200), read(200, 300)}, []int64{200}},
		{"a small gap", []plan.Output{read(0, 100), read(100+gap, 200+gap)}, []int64{200 + gap}},
		{"a large gap", []plan.Output{read(0, 100), read(102+gap, 200+gap)}, []int64{100, 98}},
		{"out of order", []plan.Output{read(200, 300), read(0, 100), read(100, 200)}, []int64{300}},
		{"twice", []plan.Output{read(0, 100), read(0, 100), read(50, 80)}, []int64{100}},
		{"a long one", []plan.Output{read(0, 33<<20)}, []int64{33 << 19, 33 << 19}},
		{"the longest", []plan.Output{read(0, 32<<20)}, []int64{32 << 20}},
		{"one that is read in windows", []plan.Output{read(0, 96<<20)}, []int64{32 << 20, 32 << 20, 32 << 20}},
		{"nothing", []plan.Output{read(gap, gap), read(10*gap, 10*gap)}, nil},
	} {
		p := &plan.Plan{Sources: fromHub, Outputs: tt.outputs, Shards: []plan.Shard{{First: 0, End: len(tt.outputs)}}}
		var got []int64
		for _, l := range plan.NewSchedule(p, nil, 1<<30).Loads {
			for _, r := range l.Reads {
				got = append(got, r.Len)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: reads of %d, want %d", tt.what, got, tt.want)
		}
	}
}

// Many small tensors with gaps between them do not fill the buffer with gaps.
func TestGapsAreBounded(t *testing.T) {
	p := &plan.Plan{}
	for i := range int64(20_000) {
		begin := i * (gap + 2)
		p.Outputs = append(p.Outputs, plan.Output{Codec: plan.Copy, Tensors: []plan.Tensor{{Shape: []int64{1}, DType: dtype.BF16}},
			Expr: plan.Expr{Op: &plan.Leaf{File: "f", DType: dtype.BF16, Stored: []int64{1}, Begin: begin, End: begin + 2}}})
	}
	p.Shards = []plan.Shard{{First: 0, End: len(p.Outputs)}}
	s := plan.NewSchedule(p, nil, plan.MinBuffer)
	if err := checkSchedule(p, s, plan.MinBuffer); err != nil {
		t.Error(err)
	}
}

// A tensor that does not fit the buffer is read in windows, as often as its method asks; with room it is read
// once, but of a folder as often as it takes to keep little of it.
func TestWindows(t *testing.T) {
	const n = 100 << 20
	input := plan.Input{Expr: plan.Expr{Op: &plan.Leaf{File: "f", DType: dtype.BF16, Stored: []int64{n}, Begin: 64, End: 64 + 2*n}}}
	p := &plan.Plan{
		Outputs: []plan.Output{{Codec: plan.Cast, Tensors: []plan.Tensor{{Shape: []int64{n}, DType: dtype.BF16}},
			Expr: plan.Expr{Op: &plan.Call{Work: plan.Work{Usual: 2, Worst: 3}, Inputs: []plan.Input{input, input}}}}},
		Shards: []plan.Shard{{First: 0, End: 1}},
	}
	for _, tt := range []struct {
		sources     []plan.Source
		limit       int64
		reads, most int64 // how often, and into a buffer of how many bytes
	}{
		{fromHub, 64 << 20, 3, 64 << 20},
		{fromHub, 1 << 40, 1, 500 << 20},
		{nil, 64 << 20, 3, 48 << 20},
		{nil, 1 << 40, 3, 48 << 20},
	} {
		p.Sources = tt.sources
		s := plan.NewSchedule(p, nil, tt.limit)
		if err := checkSchedule(p, s, tt.limit); err != nil {
			t.Errorf("%+v: %v", tt, err)
		}
		if s.Bytes != tt.reads*2*n || s.Buffer > tt.most { // both inputs are the same bytes, which are read together
			t.Errorf("%+v: %d bytes are read into a buffer of %d, want %d", tt, s.Bytes, s.Buffer, tt.reads*2*n)
		}
	}
}

// A tensor without passes is read in windows whatever its size, once.
func TestWindowsWithoutPasses(t *testing.T) {
	const n = 100 << 20
	p := &plan.Plan{
		Outputs: []plan.Output{{Codec: plan.Cast, Tensors: []plan.Tensor{{Shape: []int64{n}, DType: dtype.BF16}},
			Expr: plan.Expr{Op: &plan.Call{Inputs: []plan.Input{{Expr: plan.Expr{Op: &plan.Leaf{File: "f", DType: dtype.BF16, Stored: []int64{n}, End: 2 * n}}}}}}}},
		Shards: []plan.Shard{{First: 0, End: 1}},
	}
	for _, sources := range [][]plan.Source{nil, fromHub} {
		p.Sources = sources
		s := plan.NewSchedule(p, nil, 1<<30)
		if err := checkSchedule(p, s, 1<<30); err != nil {
			t.Error(err)
		}
		if s.Bytes != 2*n || s.Buffer > 192<<20 || len(s.Loads) < 4 {
			t.Errorf("sources %v: %d bytes are read into a buffer of %d by %d loads", sources, s.Bytes, s.Buffer, len(s.Loads))
		}
	}
}

// A small merge takes no more of the buffer than all that it reads.
func TestScheduleOfASmallMerge(t *testing.T) {
	c := llama(2)
	p := models{"a": c, "b": c}.plan(t, "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]")
	if s := plan.NewSchedule(p, nil, 1<<30); s.Buffer != s.Bytes {
		t.Errorf("the buffer has %d bytes, and %d are read", s.Buffer, s.Bytes)
	}
}

// The overhead grows with threads and inputs, and stays a part of the least memory.
func TestOverhead(t *testing.T) {
	method := func(inputs int) *plan.Plan {
		c := &plan.Call{}
		for range inputs {
			c.Inputs = append(c.Inputs, plan.Input{Expr: plan.Expr{Op: &plan.Leaf{DType: dtype.BF16}}})
		}
		return &plan.Plan{Outputs: []plan.Output{{Codec: plan.Cast, Tensors: make([]plan.Tensor, 1), Expr: plan.Expr{Op: c}}}}
	}
	two, ten := method(2), method(10)
	if a, b := plan.Overhead(two, 2, 1), plan.Overhead(two, 16, 1); a >= b {
		t.Errorf("Overhead is %d with 2 threads and %d with 16", a, b)
	}
	kept := method(2)
	kept.Outputs[0].Call().Work.Keeps = 1 << 20
	if a, b := plan.Overhead(two, 2, 1), plan.Overhead(kept, 2, 1); b < a+1<<20 {
		t.Errorf("Overhead is %d, and %d where a MiB is kept between passes", a, b)
	}
	several := method(2)
	several.Outputs[0].Tensors = append(several.Outputs[0].Tensors, plan.Tensor{DType: dtype.F32, Shape: []int64{1 << 18}})
	if a, b := plan.Overhead(two, 2, 1), plan.Overhead(several, 2, 1); b < a+1<<20 {
		t.Errorf("Overhead is %d, and %d where a second tensor of a MiB waits for the first", a, b)
	}
	wide := method(2)
	wide.Outputs[0].Call().Work.Unit = 10 * plan.Quantum
	if a, b := plan.Overhead(two, 2, 1), plan.Overhead(wide, 2, 1); b < a+9*plan.Quantum*(2*4+8)*2 {
		t.Errorf("Overhead is %d, and %d where blocks are ten times as long", a, b)
	}
	if a, b := plan.Overhead(two, 2, 1), plan.Overhead(ten, 2, 1); a >= b {
		t.Errorf("Overhead is %d with 2 inputs and %d with 10", a, b)
	}
	if a, b := plan.Overhead(kept, 2, 1), plan.Overhead(kept, 2, 3); b < a+2*2<<20 {
		t.Errorf("Overhead is %d where a MiB is kept between passes, and %d where three shards are made at once", a, b)
	}
	if got := plan.Overhead(ten, 16, 1) + plan.MinBuffer; got > plan.MinMemory {
		t.Errorf("10 inputs on 16 threads take %d with the least buffer, more than the least memory of %d", got, plan.MinMemory)
	}
}
