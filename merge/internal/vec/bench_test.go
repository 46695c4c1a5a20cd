package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// BenchmarkVec times every function on one run of 8,192 elements. Bytes are those of its float32 rows.
func BenchmarkVec(b *testing.B) {
	const n = 8192
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([][]float32, 5)
	for j := range rows {
		rows[j] = make([]float32, n)
		for i := range rows[j] {
			rows[j][i] = float32(0.002 * r.NormFloat64())
			if j == 0 {
				rows[j][i] = float32(0.02 * r.NormFloat64())
			} else {
				rows[j][i] += rows[0][i]
			}
		}
	}
	base, x, key := rows[0], rows[1], make([]float32, n)
	Subtract(key, x, base)
	middle := math.Float32bits(0.00135) // about the median of key
	KeepTop(key, middle, 0)
	p, q, dst := wide(x), wide(base), make([]float64, n)
	var sums [3]Lanes
	terms := func(count int) []Term {
		t := make([]Term, count)
		for j := range t {
			t[j] = Term{rows[j], 0.3}
		}
		return t
	}
	some := func(count int, keyed bool) []Delta {
		ds := make([]Delta, count)
		for j := range ds {
			ds[j] = Delta{X: rows[j+1], Factor: 0.5, Weight: 0.5}
			if keyed {
				ds[j].Key = make([]float32, n)
				Subtract(ds[j].Key, rows[j+1], base)
				KeepTop(ds[j].Key, middle, 0)
			}
		}
		return ds
	}
	all, keyed := some(3, false), some(3, true)
	room := make([]float64, ElectRoom(3))
	var top [TopBins]uint32
	var next [NextBins]uint32
	d, scratch := make([]float32, n), make([]float32, n)
	Subtract(d, x, base)
	for _, bb := range []struct {
		name string
		rows int
		do   func()
	}{
		{"Dot", 2, func() { Dot(&sums[0], x, base) }},
		{"DotWide", 2, func() { DotWide(&sums[0], p, q) }},
		{"Dots", 2, func() { Dots(&sums, x, base) }},
		{"SumKept", 3, func() { SumKept(&sums[0], &sums[1], x, base, key) }},
		{"Combine1", 1, func() { Combine(dst, terms(1)) }},
		{"Combine2", 2, func() { Combine(dst, terms(2)) }},
		{"Combine3", 3, func() { Combine(dst, terms(3)) }},
		{"Combine5", 5, func() { Combine(dst, terms(5)) }},
		{"CarryNaN", 1, func() { CarryNaN(dst, x) }},
		{"Subtract", 2, func() { Subtract(scratch, x, base) }},
		{"SubtractWide", 2, func() { SubtractWide(dst, x, base) }},
		{"AddDeltas3", 4, func() { AddDeltas(dst, base, all, 0.9) }},
		{"AddDeltas3Keys", 7, func() { AddDeltas(dst, base, keyed, 0.9) }},
		{"Elect3", 4, func() { Elect(dst, base, all, 0.9, true, room) }},
		{"Elect3Keys", 7, func() { Elect(dst, base, keyed, 0.9, true, room) }},
		{"CountTop", 1, func() { CountTop(&top, d) }},
		{"CountNext", 1, func() { CountNext(&next, d, middle>>20) }},
		{"CountLast", 1, func() { CountLast(&next, d, middle>>10) }},
		{"KeepTop", 1, func() { copy(scratch, d); KeepTop(scratch, middle, 0) }},
		{"DropTop", 1, func() { copy(scratch, d); DropTop(scratch, middle, 0) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(bb.rows) * n * 4)
			for b.Loop() {
				bb.do()
			}
		})
	}
}
