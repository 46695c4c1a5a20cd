package merge

import "sync"

// deltas is room for one run of the task vectors of a tensor.
type deltas struct {
	d    [][]float32 // one row for each input but the base, in input order
	left []int64     // a trimmer's state in this block, one for each row
	rows []float32   // what d lies in
	num  [electLength]float64
	den  [electLength]float64
	sum  [electLength]float64
}

var deltasPool = sync.Pool{New: func() any { return new(deltas) }}

// takeDeltas returns room for n rows, which hold whatever was there. The caller puts it back
// into deltasPool.
func takeDeltas(n int) *deltas {
	v := deltasPool.Get().(*deltas)
	if cap(v.d) < n {
		v.d = make([][]float32, n)
		v.left = make([]int64, n)
		v.rows = make([]float32, n*runLength)
	}
	v.d, v.left = v.d[:n], v.left[:n]
	return v
}

// form makes the task vectors of one run of all inputs: xᵢ − base for every input but the base, as float32.
func (v *deltas) form(x [][]float32, base int) {
	j := 0
	for i, row := range x {
		if i == base {
			continue
		}
		v.d[j] = v.rows[j*runLength:][:len(row):len(row)]
		subtract(v.d[j], row, x[base])
		j++
	}
}

// subtract writes x − base to dst. The lengths are equal.
func subtract(dst, x, base []float32) {
	x, base = x[:len(dst)], base[:len(dst)]
	for i := range dst {
		dst[i] = x[i] - base[i]
	}
}
