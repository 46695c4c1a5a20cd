package merge

import "iter"

// A span is the kernel of the methods whose result is Σ cᵢ·xᵢ, where the coefficients are known
// from the parameters or follow from the inner products of the inputs.
//
// The result of an element is Σ cᵢ·xᵢ in float64, terms in order. An input with coefficient 0 adds
// nothing, not even to the sign of a zero, but where it is NaN or Inf the result is NaN. So
// the result with a single coefficient that is not 0, and that is 1, has that input's bits.
type span struct {
	n      int64
	inputs int
	base   int // of the task vectors; -1 where the vectors are the inputs themselves
	solve  func(gram) []float64

	products gram
	live     []spanTerm
	dead     []int // inputs whose coefficient is 0
}

type spanTerm struct {
	input int
	c     float64
}

// newSpan returns the kernel of Σ cᵢ·xᵢ with c in input order or, where base is not -1, of
// b + Σ cᵢ·(xᵢ − b) with one c for each input but the base.
func newSpan(s Spec, base int, c []float64) *span {
	k := &span{n: s.N(), inputs: len(s.Args.PerModel), base: base}
	k.set(c)
	return k
}

// newGramSpan is newSpan with coefficients that solve makes from the inner products of the
// vectors: the inputs or, where base is not -1, the task vectors xᵢ − b as float32, formed
// element by element so that no digits cancel.
func newGramSpan(s Spec, base int, solve func(gram) []float64) *span {
	k := &span{n: s.N(), inputs: len(s.Args.PerModel), base: base, solve: solve}
	k.products = gram{n: k.vectors()}
	k.products.sums = make([]float64, triangle(k.products.n))
	return k
}

// vectors is the number of coefficients.
func (k *span) vectors() int {
	if k.base >= 0 {
		return k.inputs - 1
	}
	return k.inputs
}

// set turns coefficients of the vectors into terms of the inputs, the base first. A base that
// the others are task vectors from has 1 − Σ cᵢ.
func (k *span) set(c []float64) {
	if len(c) != k.vectors() {
		panic("merge: a span needs one coefficient a vector")
	}
	if k.base >= 0 {
		rest := 1.0
		for _, x := range c {
			rest -= x
		}
		k.add(k.base, rest)
	}
	j := 0
	for i := range k.inputs {
		if i != k.base {
			k.add(i, c[j])
			j++
		}
	}
	if len(k.live) == 0 { // 0·x, which may be -0
		k.live = append(k.live, spanTerm{k.dead[0], 0})
		k.dead = k.dead[1:]
	}
}

func (k *span) add(input int, c float64) {
	if c == 0 {
		k.dead = append(k.dead, input)
		return
	}
	k.live = append(k.live, spanTerm{input, c})
}

func (k *span) unit() int64 {
	if k.solve == nil {
		return 1
	}
	return runLength
}

func (k *span) Scan(_ int, b *Block) any {
	checkBlock(b, k.n, k.unit())
	n, width := b.Len, len(k.products.sums)
	part := takeRunSums(n, width)
	v := takeDeltas(k.products.n)
	defer deltasPool.Put(v)
	for lo, sums := 0, part.sums; lo < n; lo, sums = lo+runLength, sums[width:] {
		x := run(b, lo, min(lo+runLength, n), k.inputs)
		if k.base >= 0 {
			v.form(x, k.base)
		} else {
			copy(v.d, x)
		}
		gramRun(sums[:width], v.d)
	}
	clear(v.d) // the rows are the engine's
	return part
}

func (k *span) Fold(_ int, parts iter.Seq[any]) (again bool) {
	foldRuns(k.products.sums, parts)
	k.set(k.solve(k.products))
	return false
}

func (k *span) Emit(dst []float64, b *Block) {
	checkBlock(b, k.n, k.unit())
	checkResult(dst, b)
	for lo := 0; lo < len(dst); lo += runLength {
		hi := min(lo+runLength, len(dst))
		k.emit(dst[lo:hi], run(b, lo, hi, k.inputs))
	}
}

// emit merges one run of all inputs.
func (k *span) emit(dst []float64, x [][]float32) {
	switch t := k.live; len(t) {
	case 1:
		combine1(dst, x[t[0].input], t[0].c)
	case 2:
		combine2(dst, x[t[0].input], x[t[1].input], t[0].c, t[1].c)
	case 3:
		combine3(dst, x[t[0].input], x[t[1].input], x[t[2].input], t[0].c, t[1].c, t[2].c)
	default:
		combine(dst, x, t)
	}
	for _, i := range k.dead {
		carryNaN(dst, x[i])
	}
}

// A gram is the symmetric matrix of inner products of n vectors.
type gram struct {
	n    int
	sums []float64 // the upper triangle, row by row
}

// triangle is the number of entries on and above the diagonal of an n×n matrix.
func triangle(n int) int { return n * (n + 1) / 2 }

// at returns the inner product of vectors i and j.
func (g gram) at(i, j int) float64 {
	if i > j {
		i, j = j, i
	}
	return g.sums[triangle(g.n)-triangle(g.n-i)+j-i]
}

// gramRun writes the upper triangle of the inner products of one run of rows to dst.
func gramRun(dst []float64, rows [][]float32) {
	if len(rows) == 2 {
		dst[0], dst[1], dst[2] = dots(rows[0], rows[1])
		return
	}
	for i, x := range rows {
		for _, y := range rows[i:] {
			dst[0] = dot(x, y)
			dst = dst[1:]
		}
	}
}

// combine1 writes a·x to dst.
func combine1(dst []float64, x []float32, a float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = float64(a * float64(x[i]))
	}
}

// combine2 writes a·x + b·y to dst.
func combine2(dst []float64, x, y []float32, a, b float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = float64(a*float64(x[i])) + float64(b*float64(y[i]))
	}
}

// combine3 writes a·x + b·y + c·z to dst.
func combine3(dst []float64, x, y, z []float32, a, b, c float64) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	for i := range dst {
		dst[i] = float64(a*float64(x[i])) + float64(b*float64(y[i])) + float64(c*float64(z[i]))
	}
}

// combine writes Σ cᵢ·xᵢ over two terms or more to dst, with the bits that one expression of
// all terms would give.
func combine(dst []float64, x [][]float32, terms []spanTerm) {
	const piece = 512 // stays in the first-level cache
	for lo := 0; lo < len(dst); lo += piece {
		sum := dst[lo:min(lo+piece, len(dst))]
		row := x[terms[0].input][lo:][:len(sum)]
		for i := range sum {
			sum[i] = float64(terms[0].c * float64(row[i]))
		}
		for _, t := range terms[1:] {
			row := x[t.input][lo:][:len(sum)]
			for i := range sum {
				sum[i] += float64(t.c * float64(row[i]))
			}
		}
	}
}

// carryNaN makes dst NaN where x is NaN or Inf, as adding 0·x would, and leaves the other bits.
func carryNaN(dst []float64, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] -= float64(x[i] - x[i])
	}
}
