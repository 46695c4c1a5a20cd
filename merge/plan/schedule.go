package plan

// A Schedule says in which reads the engine fetches a plan's inputs, within a buffer. The
// engine follows it to the letter, so its figures are what will happen.
type Schedule struct {
	Loads    []Load
	Buffer   int64 // bytes that the loads in flight share, but for those of Hold
	Held     int64 // bytes of the loads of Hold that are there at once
	Kept     int64 // bytes that methods keep between passes of the tensors that are in memory: see keptShare
	Requests int64 // without the spare passes
	Bytes    int64 // read in all, without the spare passes
	Looks    bool  // tensors that are made in windows may be looked at first: few bytes, which are not counted, at many places

	wish  int64 // bytes of a load
	whole int64 // the most bytes of an output that are kept through its passes
}

const (
	// maxRead is the longest single range. Long enough that the round trip does not count,
	// short enough that several connections share a large tensor.
	maxRead = 32 << 20
	// maxGap is how many unneeded bytes are read to save a request.
	maxGap = 64 << 10
	// wishedLoad is the size that loads of many small tensors grow to, and localLoad the same where every source is a folder: a read
	// has no round trip there, and what was just read is still in the processor's cache when it is decoded.
	wishedLoad = 64 << 20
	localLoad  = 8 << 20
	// keptShare is how much larger the inputs of a tensor are than what a method keeps of it between passes at most: the candidates for
	// thresholds take an eighth of inputs of 16 bits, and masks a sixteenth. Two tensors are in the making at a time.
	keptShare = 8
	// MostGathered is how many candidates are kept of a tensor that is made in windows, and mostLooked the elements that such a tensor
	// may have so that there are not many more.
	MostGathered = 8 << 20
	mostLooked   = 128 << 20
	// localWhole is the most that is kept of one tensor between the passes over it where every source is a folder. To read more of them
	// again takes a fifth of a second a GB, and no network.
	localWhole = 128 << 20
	// Quantum is about the number of elements of the engine's blocks: the largest multiple of a method's unit that is
	// not above it, or one unit.
	Quantum = 64 << 10
	// MinBuffer holds a window of the most inputs that anybody merges.
	MinBuffer = 32 << 20
)

// NewSchedule plans the reads of these shards of p, in this order, or of all where shards is nil, for loads that share a buffer of at most limit bytes. It
// takes a smaller buffer where that is as good, and a larger one only where a block of all inputs of an output does not
// fit. What an output holds through its windows is not in the buffer, but counts against limit.
func NewSchedule(p *Plan, shards []int, limit int64) *Schedule {
	if shards == nil {
		shards = p.AllShards()
	}
	s := &Schedule{Looks: p.local()}
	wish, whole := int64(wishedLoad), limit
	if s.Looks {
		wish, whole = localLoad, localWhole
	}
	needs := make([]need, len(p.Outputs)) // of the outputs in these shards
	largest := int64(0)                   // of those that are kept through their passes
	for _, k := range shards {
		for i := p.Shards[k].First; i < p.Shards[k].End; i++ {
			needs[i] = needOf(&p.Outputs[i].Expr)
			switch n := needs[i]; {
			case !n.passes:
			case n.all <= whole:
				largest = max(largest, n.all)
			case s.gathers(&p.Outputs[i].Expr):
				s.Kept = 4 * MostGathered
			}
		}
	}
	// Room for three wished loads, so that two are fetched while one is merged, and for the largest tensor that is kept
	// with as much as is read meanwhile beside it.
	beside := wish
	if s.Looks {
		beside = max(wish, largest)
	}
	s.Kept += 2 * largest / keptShare
	limit = max(limit-s.Kept, min(limit, MinBuffer))
	s.Buffer = min(limit, max(3*wish, largest+beside))
	s.whole = min(whole, s.Buffer)
	s.Held = s.heldBeside(needs)
	for s.Buffer > max(limit-s.Held, MinBuffer) { // and with less of it more outputs are made in windows
		s.Buffer = max(limit-s.Held, MinBuffer)
		s.whole = min(whole, s.Buffer)
		s.Held = s.heldBeside(needs)
	}
	s.wish = min(wish, s.Buffer/3)
	for _, k := range shards {
		s.shard(p, p.Shards[k], needs)
	}
	var largestLoad, all int64
	for i := range s.Loads {
		l := &s.Loads[i]
		if l.Spare {
			largestLoad = max(largestLoad, l.Size)
			continue
		}
		s.Requests += int64(len(l.Reads))
		for _, r := range l.Reads {
			s.Bytes += r.Len
		}
		if l.Step != Hold {
			largestLoad = max(largestLoad, l.Size)
			all += l.Size
		}
	}
	s.Buffer = max(min(s.Buffer, all), largestLoad)
	return s
}

// gathers tells whether a method that makes a part of e gathers candidates in windows.
func (s *Schedule) gathers(e *Expr) bool {
	for c := range e.Calls() {
		if s.LooksAt(c) {
			return true
		}
	}
	return false
}

// heldBeside is what the outputs that are made in windows hold: twice the most of one, for one output's last windows
// pass while the next one's begin.
func (s *Schedule) heldBeside(needs []need) (held int64) {
	for _, n := range needs {
		if s.windowed(n) {
			held = max(held, 2*n.held)
		}
	}
	return held
}

// windowed tells whether an output is made in windows: where it does not fit, and where nothing is read twice because of it.
func (s *Schedule) windowed(n need) bool {
	return n.all > s.whole || !n.passes && n.held == 0 && n.all > s.Buffer/3
}

// need is how many bytes an expression is made from.
type need struct {
	all    int64
	held   int64 // of them, those that every part of it needs
	passes bool  // they are read more than once
}

func needOf(e *Expr) (n need) {
	for c := range e.Calls() {
		n.passes = n.passes || c.Work.Usual > 0
	}
	e.Reads(0, e.Elements(), func(l *Leaf, lo, hi int64, hold bool) {
		bytes := (hi - lo) * l.DType.Size()
		n.all += bytes
		if hold {
			n.held += bytes
		}
	})
	return n
}

// shard cuts one shard's outputs into loads. No load spans two shards, so a shard can be made alone.
func (s *Schedule) shard(p *Plan, shard Shard, needs []need) {
	first := shard.First
	var sum int64
	flush := func(end int) {
		if end > first {
			// A load of many small tensors may carry an eighth of its wished size in gaps.
			s.Loads = append(s.Loads, wholeLoad(p, first, end, min(s.Buffer-sum, s.wish/8)))
		}
		first, sum = end, 0
	}
	for i := shard.First; i < shard.End; i++ {
		if s.windowed(needs[i]) {
			flush(i)
			s.windows(&p.Outputs[i], i)
			first = i + 1
			continue
		}
		if sum > 0 && sum+needs[i].all > s.wish {
			flush(i)
		}
		sum += needs[i].all
	}
	flush(shard.End)
}

// wholeLoad is a load of everything that a run of outputs is made from, with at most spare bytes that nobody wants.
func wholeLoad(p *Plan, first, end int, spare int64) Load {
	b := loadBuilder{spare: spare}
	for i := first; i < end; i++ {
		e := &p.Outputs[i].Expr
		e.Reads(0, e.Elements(), func(l *Leaf, lo, hi int64, _ bool) { b.want(l, lo, hi) })
	}
	return b.build(Load{First: first, End: end})
}

// windows cuts output i into loads of about the wished size, as often as its methods read their inputs: what it holds
// first, then the passes of its calls, inner ones first, then the last pass.
func (s *Schedule) windows(o *Output, i int) {
	var b loadBuilder
	e := &o.Expr
	e.Reads(0, e.Elements(), func(l *Leaf, lo, hi int64, hold bool) {
		if hold {
			b.want(l, lo, hi)
		}
	})
	if len(b.parts) > 0 {
		s.Loads = append(s.Loads, b.build(Load{First: i, End: i + 1, Step: Hold}))
	}
	n := 0
	for c := range e.Calls() {
		whole := Expr{Op: c}
		step := stepOf(&whole, c.Block(), s.wish)
		usual, worst := s.Passes(c)
		for pass := range worst {
			s.pass(&whole, step, Load{First: i, End: i + 1, Step: Scan, Call: n, Pass: pass, Spare: pass >= usual})
		}
		n++
	}
	s.pass(e, stepOf(e, o.Block(), s.wish), Load{First: i, End: i + 1, Step: Emit})
}

// Passes returns how many passes a call makes over a tensor that is made in windows, most often and at most.
func (s *Schedule) Passes(c *Call) (usual, worst int) {
	if s.LooksAt(c) {
		return c.Work.Looked, c.Work.Worst + 1
	}
	return c.Work.Usual, c.Work.Worst
}

// LooksAt tells whether a call's tensor is looked at where it is made in windows.
func (s *Schedule) LooksAt(c *Call) bool {
	saves := 0 < c.Work.Looked && c.Work.Looked < c.Work.Usual
	return s.Looks && saves && c.Stored() && count(c.Shape()) <= mostLooked
}

// stepOf is the multiple of block that reads about wish bytes for so many elements of e.
func stepOf(e *Expr, block, wish int64) int64 {
	n, all := e.Elements(), needOf(e)
	width := max(1, (all.all-all.held+n-1)/n)
	return max(1, wish/(width*block)) * block
}

// pass cuts one pass over the elements of e into windows of step elements.
func (s *Schedule) pass(e *Expr, step int64, like Load) {
	n := e.Elements()
	var b loadBuilder
	for start := int64(0); start < n; start += step {
		l := like
		l.Start, l.Stop = start, min(n, start+step)
		e.Reads(l.Start, l.Stop, func(l *Leaf, lo, hi int64, hold bool) {
			if !hold {
				b.want(l, lo, hi)
			}
		})
		s.Loads = append(s.Loads, b.build(l))
	}
}

// The engine's memory beside the buffer, as measured: the program, its connections and headers.
const (
	baseMemory  = 40 << 20
	blocksAhead = 8
	MinMemory   = 256_000_000 // what --memory may not go below
)

// BlocksAhead is how many blocks of output may be in the making or wait to be written in each of the lanes that share so many threads.
func BlocksAhead(threads, lanes int) int { return (2*threads+lanes-1)/lanes + blocksAhead }

// Overhead estimates the bytes that running p takes beside the buffers with the given number of
// threads, and of lanes that make a shard each: in each thread a block of the result in float64 and the decoded inputs, and in
// each lane the blocks that wait to be written and what methods and codecs keep of a whole tensor.
func Overhead(p *Plan, threads, lanes int) int64 {
	var scratch, ahead, keeps int64
	for i := range p.Outputs {
		o := &p.Outputs[i]
		block := o.Block()
		scratch = max(scratch, block*8+scratchOf(&o.Expr))
		ahead = max(ahead, block*o.Tensors[0].DType.Size())
		kept := o.bytes() - o.Tensors[0].bytes()
		for c := range o.Expr.Calls() {
			kept += c.Work.Keeps
		}
		keeps = max(keeps, kept)
	}
	return baseMemory + int64(threads)*scratch + int64(lanes)*(int64(BlocksAhead(threads, lanes))*ahead+2*keeps)
}

// scratchOf is what decoding the inputs of e's calls takes at most: a block of float32 for each, and one of float64
// where such a one is rounded.
func scratchOf(e *Expr) int64 {
	var n int64
	for c := range e.Calls() {
		n += (int64(len(c.Inputs))*4 + 8) * c.Block()
	}
	return n
}
