package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

const gap = 64 << 10 // the most unneeded bytes that are read to save a request

// randomPlan has tensors of all sizes, from several sources in several files, in and out of the files' order.
func randomPlan(r *rand.Rand) *plan.Plan {
	p := &plan.Plan{}
	ends := map[string]int64{} // of what the files hold already
	leaf := func(source int, n int64) plan.Expr {
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
		end := begin + n*d.Size()
		ends[key] = max(ends[key], end)
		return plan.Expr{Op: plan.Read, Source: source, File: file, DType: d, Begin: begin, End: end}
	}
	for range 1 + r.IntN(60) {
		n := []int64{0, 1, r.Int64N(100), r.Int64N(1 << 16), r.Int64N(1 << 20), r.Int64N(20 << 20)}[r.IntN(6)]
		t := plan.Tensor{Shape: []int64{n}, DType: dtype.BF16}
		if models := r.IntN(4); models == 0 {
			t.Expr = leaf(0, n)
			t.Expr.Op = plan.Copy
		} else {
			t.Expr = plan.Expr{Op: plan.Method, Scans: r.IntN(3)}
			for source := range models {
				t.Expr.Inputs = append(t.Expr.Inputs, leaf(source, n))
			}
		}
		p.Tensors = append(p.Tensors, t)
		if len(p.Shards) == 0 || r.IntN(10) == 0 {
			p.Shards = append(p.Shards, plan.Shard{First: len(p.Tensors) - 1})
		}
		p.Shards[len(p.Shards)-1].End = len(p.Tensors)
	}
	return p
}

// The loads of any plan hold what its tensors need, at the places that they name, in the order of the output.
func TestSchedule(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := randomPlan(r)
		limit := []int64{plan.MinBuffer, 40 << 20, 100 << 20, 1 << 30}[r.IntN(4)]
		if err := checkSchedule(p, plan.NewSchedule(p, limit), limit); err != nil {
			t.Errorf("seed %d, buffer of %d: %v", seed, limit, err)
		}
	}
}

func checkSchedule(p *plan.Plan, s *plan.Schedule, limit int64) error {
	if s.Buffer > limit {
		return fmt.Errorf("the buffer has %d bytes", s.Buffer)
	}
	var requests, bytes int64
	next := 0 // the tensor that comes next
	var pass int
	var element int64
	for i := range s.Loads {
		l := &s.Loads[i]
		if l.Size > s.Buffer {
			return fmt.Errorf("load %d has %d bytes, and the buffer %d", i, l.Size, s.Buffer)
		}
		if l.First != next || l.End <= l.First || shardOf(p, l.First) != shardOf(p, l.End-1) {
			return fmt.Errorf("load %d has tensors %d to %d, want them from %d and in one shard", i, l.First, l.End, next)
		}
		if err := checkReads(p, l); err != nil {
			return fmt.Errorf("load %d: %w", i, err)
		}
		for _, r := range l.Reads {
			requests, bytes = requests+1, bytes+r.Len
		}
		if !l.Windowed() {
			next = l.End
			continue
		}
		// Every pass goes over all elements, in order.
		n, passes := p.Tensors[l.First].Shape[0], p.Tensors[l.First].Expr.Passes()
		if l.End != l.First+1 || l.Pass != pass || l.Start != element || l.Start%plan.Quantum != 0 || l.Stop <= l.Start || l.Stop > n {
			return fmt.Errorf("load %d is pass %d of elements %d to %d, want pass %d from %d", i, l.Pass, l.Start, l.Stop, pass, element)
		}
		if element = l.Stop; element == n {
			pass, element = pass+1, 0
		}
		if pass > passes {
			next, pass = l.End, 0
		}
	}
	if next != len(p.Tensors) {
		return fmt.Errorf("the loads end at tensor %d of %d", next, len(p.Tensors))
	}
	if requests != s.Requests || bytes != s.Bytes {
		return fmt.Errorf("%d requests of %d bytes, and the schedule says %d of %d", requests, bytes, s.Requests, s.Bytes)
	}
	return nil
}

func shardOf(p *plan.Plan, i int) int {
	return slices.IndexFunc(p.Shards, func(s plan.Shard) bool { return s.First <= i && i < s.End })
}

// checkReads holds one load's reads to what its leaves need.
func checkReads(p *plan.Plan, l *plan.Load) error {
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
	k := 0
	for i := l.First; i < l.End; i++ {
		for _, leaf := range p.Tensors[i].Expr.Leaves() {
			begin, end := leaf.Begin, leaf.End
			if l.Windowed() {
				begin, end = leaf.Begin+l.Start*leaf.DType.Size(), leaf.Begin+l.Stop*leaf.DType.Size()
			}
			place := l.Places[k]
			k++
			for begin < end { // through as many reads as it takes
				j := slices.IndexFunc(l.Reads, func(r plan.Range) bool { return r.At <= place && place < r.At+r.Len })
				if j < 0 {
					return fmt.Errorf("place %d of tensor %d is in no read", place, i)
				}
				r := l.Reads[j]
				if r.Source != leaf.Source || r.File != leaf.File || r.Off+place-r.At != begin {
					return fmt.Errorf("place %d of tensor %d has byte %d of %s, want byte %d of %s", place, i, r.Off+place-r.At, r.File, begin, leaf.File)
				}
				needed[j] = true
				n := min(end-begin, r.At+r.Len-place)
				used = append(used, stretch{place, place + n})
				begin, place = begin+n, place+n
			}
		}
	}
	if k != len(l.Places) {
		return fmt.Errorf("%d places for %d leaves", len(l.Places), k)
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

// Neighbours are read as one, and a long stretch in even reads.
func TestJoinedReads(t *testing.T) {
	read := func(begin, end int64) plan.Tensor {
		return plan.Tensor{Shape: []int64{(end - begin) / 2}, DType: dtype.BF16, Expr: plan.Expr{Op: plan.Copy, File: "f", DType: dtype.BF16, Begin: begin, End: end}}
	}
	for _, tt := range []struct {
		what    string
		tensors []plan.Tensor
		want    []int64 // lengths of the reads
	}{
		{"neighbours", []plan.Tensor{read(100, 200), read(200, 300)}, []int64{200}},
		{"a small gap", []plan.Tensor{read(0, 100), read(100+gap, 200+gap)}, []int64{200 + gap}},
		{"a large gap", []plan.Tensor{read(0, 100), read(102+gap, 200+gap)}, []int64{100, 98}},
		{"out of order", []plan.Tensor{read(200, 300), read(0, 100), read(100, 200)}, []int64{300}},
		{"twice", []plan.Tensor{read(0, 100), read(0, 100), read(50, 80)}, []int64{100}},
		{"a long one", []plan.Tensor{read(0, 33<<20)}, []int64{33 << 19, 33 << 19}},
		{"the longest", []plan.Tensor{read(0, 32<<20)}, []int64{32 << 20}},
		{"nothing", []plan.Tensor{read(gap, gap), read(10*gap, 10*gap)}, nil},
	} {
		p := &plan.Plan{Tensors: tt.tensors, Shards: []plan.Shard{{First: 0, End: len(tt.tensors)}}}
		var got []int64
		for _, l := range plan.NewSchedule(p, 1<<30).Loads {
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
		p.Tensors = append(p.Tensors, plan.Tensor{Shape: []int64{1}, DType: dtype.BF16, Expr: plan.Expr{Op: plan.Copy, File: "f", DType: dtype.BF16, Begin: begin, End: begin + 2}})
	}
	p.Shards = []plan.Shard{{First: 0, End: len(p.Tensors)}}
	s := plan.NewSchedule(p, plan.MinBuffer)
	if err := checkSchedule(p, s, plan.MinBuffer); err != nil {
		t.Error(err)
	}
}

// A tensor that does not fit the buffer is read in windows, as often as its method asks; with room it is read
// once.
func TestWindows(t *testing.T) {
	const n = 100 << 20
	input := plan.Expr{Op: plan.Read, File: "f", DType: dtype.BF16, Begin: 64, End: 64 + 2*n}
	p := &plan.Plan{
		Tensors: []plan.Tensor{{Shape: []int64{n}, DType: dtype.BF16, Expr: plan.Expr{Op: plan.Method, Scans: 2, Inputs: []plan.Expr{input, input}}}},
		Shards:  []plan.Shard{{First: 0, End: 1}},
	}
	for limit, want := range map[int64]int64{64 << 20: 3, 1 << 30: 1} {
		s := plan.NewSchedule(p, limit)
		if err := checkSchedule(p, s, limit); err != nil {
			t.Errorf("buffer of %d: %v", limit, err)
		}
		if s.Bytes != want*2*n { // both inputs are the same bytes, which are read together
			t.Errorf("buffer of %d: %d bytes are read, want %d", limit, s.Bytes, want*2*n)
		}
	}
	if s := plan.NewSchedule(p, 1<<40); s.Buffer > 1<<30 {
		t.Errorf("a buffer of %d is taken where less is as good", s.Buffer)
	}
}

// A small merge takes no more of the buffer than all that it reads.
func TestScheduleOfASmallMerge(t *testing.T) {
	c := llama(2)
	p := models{"a": c, "b": c}.plan(t, "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]")
	if s := plan.NewSchedule(p, 1<<30); s.Buffer != s.Bytes {
		t.Errorf("the buffer has %d bytes, and %d are read", s.Buffer, s.Bytes)
	}
}

// The overhead grows with threads and inputs, and stays a part of the least memory.
func TestOverhead(t *testing.T) {
	method := func(inputs int) *plan.Plan {
		return &plan.Plan{Tensors: []plan.Tensor{{Expr: plan.Expr{Op: plan.Method, Inputs: make([]plan.Expr, inputs)}}}}
	}
	two, ten := method(2), method(10)
	if a, b := plan.Overhead(two, 2), plan.Overhead(two, 16); a >= b {
		t.Errorf("Overhead is %d with 2 threads and %d with 16", a, b)
	}
	if a, b := plan.Overhead(two, 2), plan.Overhead(ten, 2); a >= b {
		t.Errorf("Overhead is %d with 2 inputs and %d with 10", a, b)
	}
	if got := plan.Overhead(ten, 16) + plan.MinBuffer; got > plan.MinMemory {
		t.Errorf("10 inputs on 16 threads take %d with the least buffer, more than the least memory of %d", got, plan.MinMemory)
	}
}
