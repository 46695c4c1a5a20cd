package merge

import (
	"iter"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
)

// A span is the kernel of the methods whose result is Σ cᵢ·xᵢ, where the coefficients are known
// from the parameters or follow from the inner products of the inputs: of whole tensors, or of each row of one.
//
// The result of an element is Σ cᵢ·xᵢ in float64, terms in order. An input with coefficient 0 adds
// nothing, not even to the sign of a zero, but where it is NaN or Inf the result is NaN. So
// the result with a single coefficient that is not 0, and that is 1, is that input.
//
// A sum b + Σ cᵢ·(xᵢ − b) is made so too, with 1 − Σ cᵢ for the base: one product a model, and a model with
// coefficient 1 is met exactly. What cancels then costs 2⁻⁵² of |b| and Σ|cᵢ||xᵢ| at most for each term, which is within
// 2⁻⁴⁰ of the sum's own terms as long as n·Σ|cᵢ| < 1,000 for n models.
type span struct {
	n      int64
	inputs int
	base   int   // of the task vectors; -1 where the vectors are the inputs themselves
	row    int64 // elements that have coefficients of their own; 0 where the whole tensor has the same
	unit   int64
	solve  func(c []float64, g gram) // writes the coefficients; nil where they are known

	products gram
	c        []float64 // of the inputs
}

// newSpan returns the kernel of Σ cᵢ·xᵢ with c in input order or, where base is not -1, of
// b + Σ cᵢ·(xᵢ − b) with one c for each input but the base.
func newSpan(s Spec, base int, c []float64) *span {
	k := &span{n: s.N(), inputs: len(s.Args.PerModel), base: base, unit: 1}
	k.c = make([]float64, k.inputs)
	k.spread(k.c, c)
	return k
}

// newGramSpan is newSpan with coefficients that solve makes from the inner products of the
// vectors: the inputs or, where base is not -1, the task vectors xᵢ − b in float64, formed
// element by element so that no digits cancel. It takes one pass.
func newGramSpan(s Spec, base int, solve func(c []float64, g gram)) *span {
	k := &span{n: s.N(), inputs: len(s.Args.PerModel), base: base, unit: runLength, solve: solve}
	k.c = make([]float64, k.inputs)
	k.products = newGram(k.vectors())
	return k
}

// newRowSpan is newGramSpan for each row of the tensor by itself, where the last dimension counts its entries. It takes no
// pass; the unit is wholeRows.
func newRowSpan(s Spec, base int, solve func(c []float64, g gram)) *span {
	k := newGramSpan(s, base, solve)
	k.unit, k.row = wholeRows(s.Shape), rowLength(s.Shape)
	return k
}

// vectors is the number of coefficients.
func (k *span) vectors() int {
	if k.base >= 0 {
		return k.inputs - 1
	}
	return k.inputs
}

// spread turns coefficients of the vectors into those of the inputs. A base that
// the others are task vectors from has 1 − Σ cᵢ.
func (k *span) spread(dst, c []float64) {
	if len(c) != k.vectors() {
		panic("merge: a span needs one coefficient a vector")
	}
	if k.base < 0 {
		copy(dst, c)
		return
	}
	rest := 1.0
	for _, x := range c {
		rest -= x
	}
	copy(dst, c[:k.base])
	copy(dst[k.base+1:], c[k.base:])
	dst[k.base] = rest
}

func (k *span) Scan(_ int, b *Block) any {
	checkBlock(b, k.n, k.unit)
	width := len(k.products.sums)
	part := takeRunSums(b.Len, runLength, width)
	r := takeRoom()
	for lo, sums := 0, part.sums; lo < b.Len; lo, sums = lo+runLength, sums[width:] {
		x := rowsOf(b, lo, min(lo+runLength, b.Len), k.inputs)
		gramRun(sums[:width], x, k.base, r)
	}
	r.give()
	return part
}

func (k *span) Fold(_ int, parts iter.Seq[any]) (again bool) {
	foldRuns(k.products.sums, parts)
	c := make([]float64, k.vectors())
	k.solve(c, k.products)
	k.spread(k.c, c)
	return false
}

func (k *span) Emit(dst []float64, b *Block) {
	checkBlock(b, k.n, k.unit)
	checkResult(dst, b)
	r := takeRoom()
	if k.row > 0 {
		k.emitRows(dst, b, r)
	} else {
		for lo := 0; lo < len(dst); lo += runLength {
			hi := min(lo+runLength, len(dst))
			k.combine(dst[lo:hi], rowsOf(b, lo, hi, k.inputs), k.c, r)
		}
	}
	r.give()
}

// emitRows is Emit where each row has coefficients of its own.
func (k *span) emitRows(dst []float64, b *Block, r *room) {
	row := int(k.row)
	r.gram.n = k.vectors()
	r.gram.sums = resize(r.gram.sums, triangle(r.gram.n))
	r.run = resize(r.run, len(r.gram.sums))
	r.solved, r.c = resize(r.solved, k.vectors()), resize(r.c, k.inputs)
	for lo := 0; lo < len(dst); lo += int(k.unit) {
		hi := min(lo+int(k.unit), len(dst))
		x := rowsOf(b, lo, hi, k.inputs)
		r.x = resize(r.x, len(x))
		for at := 0; at < hi-lo; at += row {
			clear(r.gram.sums)
			for from := at; from < at+row; from += runLength {
				cutRows(r.x, x, from, min(from+runLength, at+row))
				gramRun(r.run, r.x, k.base, r)
				for i, sum := range r.run {
					r.gram.sums[i] += sum
				}
			}
			k.solve(r.solved, r.gram)
			k.spread(r.c, r.solved)
			cutRows(r.x, x, at, at+row)
			k.combine(dst[lo+at:][:row], r.x, r.c, r)
		}
	}
	clear(r.x)
}

// cutRows sets dst to elements lo to hi of x.
func cutRows(dst, x [][]float32, lo, hi int) {
	for i, row := range x {
		dst[i] = row[lo:hi]
	}
}

// combine writes Σ cᵢ·xᵢ to dst, the base's term first.
func (k *span) combine(dst []float64, x [][]float32, c []float64, r *room) {
	r.terms = r.terms[:0]
	if k.base >= 0 && c[k.base] != 0 {
		r.terms = append(r.terms, vec.Term{Row: x[k.base], C: c[k.base]})
	}
	for i, row := range x {
		if i != k.base && c[i] != 0 {
			r.terms = append(r.terms, vec.Term{Row: row, C: c[i]})
		}
	}
	if len(r.terms) == 0 { // 0·x, which may be -0
		r.terms = append(r.terms, vec.Term{Row: x[0]})
	}
	vec.Combine(dst, r.terms)
	for i, row := range x {
		if c[i] == 0 {
			vec.CarryNaN(dst, row)
		}
	}
}

// A gram is the symmetric matrix of inner products of n vectors.
type gram struct {
	n    int
	sums []float64 // the upper triangle, row by row
}

func newGram(n int) gram { return gram{n: n, sums: make([]float64, triangle(n))} }

// triangle is the number of entries on and above the diagonal of an n×n matrix.
func triangle(n int) int { return n * (n + 1) / 2 }

// at returns the inner product of vectors i and j.
func (g gram) at(i, j int) float64 {
	if i > j {
		i, j = j, i
	}
	return g.sums[triangle(g.n)-triangle(g.n-i)+j-i]
}

// gramRun writes the upper triangle of the inner products of one run of x to dst or, where base is not -1, of its task
// vectors.
func gramRun(dst []float64, x [][]float32, base int, r *room) {
	if base < 0 && len(x) == 2 {
		var sums [3]vec.Lanes
		vec.Dots(&sums, x[0], x[1])
		dst[0], dst[1], dst[2] = sums[0].Total(), sums[1].Total(), sums[2].Total()
		return
	}
	r.sums = resize(r.sums, len(dst))
	clear(r.sums)
	if base < 0 {
		at := 0
		for i, a := range x {
			for _, b := range x[i:] {
				vec.Dot(&r.sums[at], a, b)
				at++
			}
		}
	} else {
		addTaskProducts(r.sums, x, base, r)
	}
	for i := range dst {
		dst[i] = r.sums[i].Total()
	}
}

// addTaskProducts adds the inner products of the task vectors of one run to sums. It works on pieces that stay in the
// first-level cache.
func addTaskProducts(sums []vec.Lanes, x [][]float32, base int, r *room) {
	const piece = 512 // a multiple of the lanes
	r.wide = resize(r.wide, len(x)-1)
	r.floats64 = resize(r.floats64, len(r.wide)*piece)
	for lo := 0; lo < len(x[base]); lo += piece {
		hi := min(lo+piece, len(x[base]))
		j := 0
		for i, row := range x {
			if i != base {
				r.wide[j] = r.floats64[j*piece:][:hi-lo]
				vec.SubtractWide(r.wide[j], row[lo:hi], x[base][lo:hi])
				j++
			}
		}
		at := 0
		for i, a := range r.wide {
			for _, b := range r.wide[i:] {
				vec.DotWide(&sums[at], a, b)
				at++
			}
		}
	}
}
