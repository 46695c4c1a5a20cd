package merge

import (
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/lazymerge/lazymerge/merge/internal/vec"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A TestKernel is a method that is no method: a kernel of a shape that no method has, or not alone.
type TestKernel struct {
	Method recipe.Method
	New    Factory
}

var (
	weightParam  = recipe.Param{Name: "weight", Scope: recipe.PerModel, Required: true}
	densityParam = recipe.Param{Name: "density", Scope: recipe.PerModel, Default: 0.4, Min: 0, Max: 1}
	rescaleParam = recipe.Param{Name: "rescale", Type: recipe.Bool, Default: 1}
	byRows       = func(shape []int64, _ recipe.Args) int64 { return wholeRows(shape) }
)

// RowSLERP is slerp of each row by itself, with one angle for each.
var RowSLERP = TestKernel{
	recipe.Method{
		Name: "row slerp", Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1}, Unit: byRows,
		Params: []recipe.Param{{Name: "t", Required: true}},
	},
	func(s Spec) Kernel {
		whole := SLERP(s).(*span)
		return newRowSpan(s, -1, whole.solve)
	},
}

// RowStock moves each row from the base toward the mean of the models, by the cosines between their task vectors.
var RowStock = TestKernel{
	recipe.Method{Name: "row stock", Base: recipe.BaseRequired, Models: recipe.Count{Min: 2}, Unit: byRows},
	func(s Spec) Kernel { return newRowSpan(s, s.Args.Base, solveStock) },
}

// Stock is RowStock of whole tensors.
var Stock = TestKernel{
	recipe.Method{
		Name: "stock", Base: recipe.BaseRequired, Models: recipe.Count{Min: 2},
		Unit:   func([]int64, recipe.Args) int64 { return runLength },
		Passes: func([]int64, recipe.Args) (usual, worst int) { return 1, 1 },
	},
	func(s Spec) Kernel { return newGramSpan(s, s.Args.Base, solveStock) },
}

// solveStock writes the coefficients of Jang et al. 2024, "Model Stock", arXiv:2403.19522.
func solveStock(c []float64, g gram) {
	sum, n := 0.0, float64(len(c))
	for i := range c {
		for j := range i {
			if norms := math.Sqrt(g.at(i, i) * g.at(j, j)); norms > 1e-30 {
				sum += g.at(i, j) / norms
			}
		}
	}
	cosine := sum / (n * (n - 1) / 2)
	t := n * cosine / (1 + (n-1)*cosine)
	if t-t != 0 { // a NaN or Inf somewhere
		t = 0
	}
	for i := range c {
		c[i] = t / n
	}
}

// Band keeps the entries between two ranks, as Model Breadcrumbs does: without the largest gamma and with density of them.
var Band = TestKernel{
	recipe.Method{
		Name: "band", Base: recipe.BaseRequired, Unit: func([]int64, recipe.Args) int64 { return runLength },
		Params: []recipe.Param{weightParam, densityParam, rescaleParam, {Name: "gamma", Scope: recipe.PerModel, Default: 0.1}},
		Passes: func(shape []int64, a recipe.Args) (usual, worst int) {
			b := bandOf(Spec{Shape: shape, Args: a})
			return passesOf(b, a)
		},
	},
	func(s Spec) Kernel { return newMaskedSum(withLambda(s), bandOf(s)) },
}

func bandOf(s Spec) *band {
	n := s.N()
	var from, to []int64
	for j, density := range perModel(s.Args, "density") {
		top := min(n, int64(perModel(s.Args, "gamma")[j]*float64(n)))
		from, to = append(from, top), append(to, min(n, top+kept(density, n)))
	}
	return newBand(from, to, n)
}

// passesOf counts the passes of a masked kernel.
func passesOf(b *band, a recipe.Args) (usual, worst int) {
	n := 0
	if b.searches() {
		n = searchPasses
	}
	if a.Shared["rescale"] != 0 {
		n++
	}
	return n, n
}

func withLambda(s Spec) Spec {
	shared := map[string]float64{"lambda": 1}
	for k, v := range s.Args.Shared {
		shared[k] = v
	}
	s.Args.Shared = shared
	return s
}

// RowTop keeps the largest entries of every row by itself. It needs rows as a whole.
var RowTop = TestKernel{
	recipe.Method{
		Name: "row top", Base: recipe.BaseRequired, Unit: byRows,
		Params: []recipe.Param{weightParam, densityParam, rescaleParam},
		Passes: func(_ []int64, a recipe.Args) (usual, worst int) { return passesOf(&band{}, a) },
	},
	func(s Spec) Kernel {
		return newMasked(withLambda(s), &rowTop{density: perModel(s.Args, "density"), row: int(rowLength(s.Shape)), length: int(wholeRows(s.Shape))})
	},
}

type rowTop struct {
	density     []float64
	row, length int
	orders      sync.Pool
}

func (t *rowTop) run() int                       { return t.length }
func (t *rowTop) searches() bool                 { return false }
func (t *rowTop) scan(int, any, [][]float32) any { panic("no pass") }
func (t *rowTop) fold(int, iter.Seq[any]) bool   { panic("no pass") }
func (t *rowTop) open(_ int, _ []int64)          {}
func (t *rowTop) trim(keys [][]float32, _ int64, _ []int64) {
	order, ok := t.orders.Get().(*[]uint64) // of a row: magnitude, largest first, then index
	if !ok {
		order = new([]uint64)
	}
	for j, key := range keys {
		if len(key)%t.row != 0 {
			panic("a run that is no whole rows")
		}
		for ; len(key) > 0; key = key[t.row:] {
			row := key[:t.row]
			*order = (*order)[:0]
			for i, x := range row {
				*order = append(*order, uint64(^magnitude(x))<<32|uint64(i))
			}
			slices.Sort(*order)
			for _, o := range (*order)[kept(t.density[j], int64(t.row)):] {
				if i := uint32(o); row[i] == row[i] {
					row[i] = 0
				}
			}
		}
	}
	t.orders.Put(order)
}

func magnitude(x float32) uint32 { return math.Float32bits(x) << 1 >> 1 }

// Varied keeps the elements in which the task vectors vary most, as SCE does: of those that vary at all a share. Its
// passes count what varies first, and end there if that is all or nothing.
var Varied = TestKernel{
	recipe.Method{
		Name: "varied", Base: recipe.BaseRequired,
		Params: []recipe.Param{weightParam, {Name: "share", Default: 0.3}},
		Unit:   func([]int64, recipe.Args) int64 { return runLength },
		Passes: func([]int64, recipe.Args) (usual, worst int) { return 1 + searchPasses, 1 + searchPasses },
	},
	func(s Spec) Kernel {
		return newMasked(withLambda(s), &varied{share: s.Args.Shared["share"], n: s.N()})
	},
}

type varied struct {
	search
	n     int64
	share float64
	top   *cut
	rows  sync.Pool
}

// variance returns how much keys vary in each element, as a row that is to be given back.
func (t *varied) variance(keys [][]float32) *[]float32 {
	row, ok := t.rows.Get().(*[]float32)
	if !ok {
		row = new([]float32)
	}
	*row = resize(*row, len(keys[0]))
	for i := range *row {
		(*row)[i] = float32(variance(keys, i))
	}
	return row
}

func variance(rows [][]float32, i int) float64 {
	sum, squares := 0.0, 0.0
	for _, row := range rows {
		sum += float64(row[i])
	}
	for _, row := range rows {
		d := float64(row[i]) - sum/float64(len(rows))
		squares += float64(d * d)
	}
	return squares / float64(len(rows))
}

func (t *varied) run() int       { return runLength }
func (t *varied) searches() bool { return true }

func (t *varied) scan(pass int, part any, keys [][]float32) any {
	if len(keys) == 0 {
		return int64(0)
	}
	row := t.variance(keys)
	defer t.rows.Put(row)
	if pass > 0 {
		return t.search.scan(pass-1, part, [][]float32{*row})
	}
	count, _ := part.(int64)
	for _, v := range *row {
		if v != 0 {
			count++
		}
	}
	return count
}

func (t *varied) fold(pass int, parts iter.Seq[any]) (again bool) {
	if pass > 0 {
		return t.search.fold(pass-1, parts)
	}
	count := int64(0)
	for part := range parts {
		count += part.(int64)
	}
	t.top = t.cut(0, int64(t.share*float64(count)), t.n)
	return len(t.cuts) > 0
}

func (t *varied) open(block int, left []int64) {
	if len(left) > 0 {
		left[0] = t.top.left(block)
	}
}

func (t *varied) trim(keys [][]float32, _ int64, left []int64) {
	if len(keys) == 0 {
		return
	}
	row := t.variance(keys)
	left[0] = vec.KeepTop(*row, t.top.threshold, left[0])
	for _, key := range keys {
		for i, v := range *row {
			if v == 0 && key[i] == key[i] {
				key[i] = 0
			}
		}
	}
	t.rows.Put(row)
}

// Salient takes an element of the other model where it is further from the base than most, as Arcee Fusion does: its
// distance times the length of its row's differences is at least the median of all and half as much as lies between the quartiles.
var Salient = TestKernel{
	recipe.Method{
		Name: "salient", Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1}, Unit: byRows,
		Passes: func(shape []int64, _ recipe.Args) (usual, worst int) {
			if (Spec{Shape: shape}).N() < 2 {
				return 0, 0
			}
			return searchPasses, searchPasses
		},
	},
	func(s Spec) Kernel {
		k := &salient{n: s.N(), base: s.Args.Base, row: int(rowLength(s.Shape)), unit: wholeRows(s.Shape)}
		for q := range k.quartiles {
			k.quartiles[q] = k.cut(0, k.n-int64(float64(q+1)/4*float64(k.n-1)), k.n)
		}
		return k
	},
}

type salient struct {
	search
	n, unit   int64
	base, row int
	quartiles [3]*cut // from the smallest
	threshold float64
	scores    sync.Pool
}

// score returns the scores of a block's elements lo to hi and their rows.
func (k *salient) score(b *Block, lo, hi int) (score *[]float32, x [][]float32) {
	x = rowsOf(b, lo, hi, 2)
	score, ok := k.scores.Get().(*[]float32)
	if !ok {
		score = new([]float32)
	}
	*score = resize(*score, hi-lo)
	for at := 0; at < hi-lo; at += k.row {
		length := 0.0
		for i := at; i < at+k.row; i++ {
			length += math.Abs(float64(x[1][i]) - float64(x[0][i]))
		}
		for i := at; i < at+k.row; i++ {
			(*score)[i] = float32(math.Abs(float64(x[1][i])-float64(x[0][i])) * min(length, 1))
		}
	}
	return score, x
}

func (k *salient) Scan(pass int, b *Block) any {
	checkBlock(b, k.n, k.unit)
	var part any
	for lo := 0; lo < b.Len; lo += int(k.unit) {
		score, _ := k.score(b, lo, min(lo+int(k.unit), b.Len))
		part = k.scan(pass, part, [][]float32{*score})
		k.scores.Put(score)
	}
	return part
}

func (k *salient) Fold(pass int, parts iter.Seq[any]) (again bool) {
	if k.fold(pass, parts) {
		return true
	}
	var q [3]float64
	for i, c := range k.quartiles {
		q[i] = float64(c.least())
	}
	k.threshold = q[1] + 0.5*(q[2]-q[0])
	return false
}

func (k *salient) Emit(dst []float64, b *Block) {
	checkBlock(b, k.n, k.unit)
	checkResult(dst, b)
	for lo := 0; lo < b.Len; lo += int(k.unit) {
		score, x := k.score(b, lo, min(lo+int(k.unit), b.Len))
		for i, s := range *score {
			dst[lo+i] = float64(x[k.base][i])
			if !(float64(s) < k.threshold) {
				dst[lo+i] = float64(x[k.base][i]) + (float64(x[1-k.base][i]) - float64(x[k.base][i]))
			}
		}
		k.scores.Put(score)
	}
}

// Cautious goes from the base to the other model, in each element by a limit at most: b + max(−t, min(t, o − b)).
var Cautious = TestKernel{
	recipe.Method{
		Name: "cautious", Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1},
		Params: []recipe.Param{{Name: "t", Required: true, Above: true}},
	},
	func(s Spec) Kernel {
		base, t := s.Args.Base, s.Args.Shared["t"]
		return newEach(s, func(dst []float64, rows [][]float32) {
			b, o := rows[base], rows[1-base]
			for i := range dst {
				dst[i] = float64(b[i]) + max(-t, min(t, float64(o[i])-float64(b[i])))
			}
		})
	},
}
