package plan

import "github.com/lazymerge/lazymerge/merge/dtype"

// A Schedule says in which reads the engine fetches a plan's inputs, within a buffer. The
// engine follows it to the letter, so its figures are what will happen.
type Schedule struct {
	Loads    []Load
	Buffer   int64 // bytes that the loads in flight share
	Requests int64
	Bytes    int64 // read in all
}

// A Load is fetched whole before it is worked on: all inputs of a run of tensors, or one
// window of the inputs of a tensor that is too large for that.
type Load struct {
	First, End  int     // the tensors
	Pass        int     // of a windowed tensor: which pass over the inputs, Passes() meaning the last
	Start, Stop int64   // of a windowed tensor: the elements; both 0 otherwise
	Size        int64   // bytes
	Reads       []Range // what to fetch
	Places      []int64 // where the leaves of the tensors begin in the load, in order
}

// A Range is a stretch of one file, and where it goes.
type Range struct {
	Source int
	File   string
	Off    int64 // in the file
	Len    int64
	At     int64 // in the load
}

const (
	// maxRead is the longest single range. Long enough that the round trip does not count,
	// short enough that several connections share a large tensor.
	maxRead = 32 << 20
	// maxGap is how many unneeded bytes are read to save a request.
	maxGap = 64 << 10
	// wishedLoad is the size that loads of many small tensors grow to.
	wishedLoad = 64 << 20
	// Quantum is what window boundaries are multiples of, in elements: the engine's blocks,
	// which are multiples of the runs that sums are made in.
	Quantum = 64 << 10
	// MinBuffer holds a window of the most inputs that anybody merges.
	MinBuffer = 32 << 20
)

// NewSchedule plans the reads of p for loads that share a buffer of at most limit bytes. It
// takes a smaller buffer where that is as good, and a larger one only where a window of Quantum
// elements of all inputs of a tensor does not fit.
func NewSchedule(p *Plan, limit int64) *Schedule {
	sizes := make([]int64, len(p.Tensors)) // of all inputs of a tensor
	largest := int64(0)
	for i := range p.Tensors {
		sizes[i] = p.Tensors[i].inputBytes()
		largest = max(largest, sizes[i])
	}
	// Room for three wished loads, so that two are fetched while one is merged, and for the largest tensor
	// with one beside it.
	s := &Schedule{Buffer: min(limit, max(3*wishedLoad, largest+wishedLoad))}
	wish := min(wishedLoad, s.Buffer/3)
	for _, shard := range p.Shards {
		s.shard(p, shard, sizes, wish)
	}
	var largestLoad, all int64
	for i := range s.Loads {
		s.Requests += int64(len(s.Loads[i].Reads))
		largestLoad = max(largestLoad, s.Loads[i].Size)
		all += s.Loads[i].Size
		for _, r := range s.Loads[i].Reads {
			s.Bytes += r.Len
		}
	}
	s.Buffer = max(min(s.Buffer, all), largestLoad)
	return s
}

// shard cuts one shard's tensors into loads. No load spans two shards, so a shard can be made alone.
func (s *Schedule) shard(p *Plan, shard Shard, sizes []int64, wish int64) {
	first := shard.First
	var sum int64
	flush := func(end int) {
		if end > first {
			// A load of many small tensors may carry an eighth of its wished size in gaps.
			s.Loads = append(s.Loads, wholeLoad(p, first, end, min(s.Buffer-sum, wish/8)))
		}
		first, sum = end, 0
	}
	for i := shard.First; i < shard.End; i++ {
		if sizes[i] > s.Buffer {
			flush(i)
			s.windows(p, i, wish)
			first = i + 1
			continue
		}
		if sum > 0 && sum+sizes[i] > wish {
			flush(i)
		}
		sum += sizes[i]
	}
	flush(shard.End)
}

// windows cuts tensor i into loads of at most wish bytes, as often as its method reads it.
func (s *Schedule) windows(p *Plan, i int, wish int64) {
	t := &p.Tensors[i]
	var width int64 // bytes an element of the output takes in all inputs
	for leaf := range t.Expr.leaves() {
		width += leaf.DType.Size()
	}
	n := t.elements()
	step := max(Quantum, wish/width/Quantum*Quantum)
	var b loadBuilder
	for pass := range t.Expr.Passes() + 1 {
		for start := int64(0); start < n; start += step {
			stop := min(n, start+step)
			for leaf := range t.Expr.leaves() {
				b.want(leaf, leaf.Begin+start*leaf.DType.Size(), leaf.Begin+stop*leaf.DType.Size())
			}
			s.Loads = append(s.Loads, b.build(Load{First: i, End: i + 1, Pass: pass, Start: start, Stop: stop}))
		}
	}
}

// The engine's memory beside the buffer, as measured: the program, its connections and headers.
const (
	baseMemory  = 40 << 20
	blockMemory = Quantum * 4
	blocksAhead = 8
	MinMemory   = 256_000_000 // what --memory may not go below
)

// Overhead estimates the bytes that running p takes beside the buffer with the given number of
// threads: a block of float32 for every input and the result in each, and the blocks that wait to be written.
func Overhead(p *Plan, threads int) int64 {
	inputs := 1
	for i := range p.Tensors {
		inputs = max(inputs, len(p.Tensors[i].Expr.Inputs))
	}
	return baseMemory + int64(threads)*int64(inputs+1)*blockMemory + int64(2*threads+blocksAhead)*Quantum*dtype.F64.Size()
}
