package vec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A feed makes the input of a call: numbers of all kinds, in slices that start anywhere.
type feed struct {
	next   func() uint64
	offset int // elements from the start of memory to that of a slice
}

func (f *feed) bytes(n int) []byte {
	b := make([]byte, n+7+f.offset)
	for i := 0; i+8 <= len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], f.next())
	}
	return b[f.offset:][:n]
}

func (f *feed) float32s(n int) []float32 {
	x := make([]float32, n+f.offset)
	for i := range x {
		x[i] = math.Float32frombits(uint32(f.next()))
	}
	return x[f.offset:]
}

func (f *feed) float64s(n int) []float64 {
	x := make([]float64, n+f.offset)
	for i := range x {
		x[i] = math.Float64frombits(f.next())
	}
	return x[f.offset:]
}

// special are the bits of values at the ends of their types, of float64, float32 twice, and bf16 or f16 four times.
var special = func() []uint64 {
	var out []uint64
	for _, h := range []uint64{0, 1, 2, 0x7f, 0x80, 0x3ff, 0x400, 0x7bff, 0x7c00, 0x7c01, 0x7e00, 0x7dff, 0x7fff,
		0x7f7f, 0x7f80, 0x7f81, 0x7fa5, 0x7fc0, 0x3c00, 0x3f80} {
		out = append(out, h*0x0001000100010001, h*0x0001000100010001|0x8000800080008000, h*0x0001000100010001|0x80008000)
	}
	for _, x := range []uint64{0, 1, 0x7fffff, 0x800000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fdead00, 0x3f800000} {
		out = append(out, x<<32|x, (x<<32|x)|1<<63|1<<31, (x<<32|x)|1<<63)
	}
	for _, x := range []float64{0, 5e-324, 0x1p-1022, 1, 1.5, 0.1, 3, math.MaxFloat64, math.Inf(1), math.MaxFloat32,
		0x1p-149, 0x1p-150, 0x1p-126, 0x1p-133, 0x1p-134, 0x3p-134, 0x1p128, 0x1.ffp127, 0x1.fefffffffffffp127,
		0x1.ffffffp127, 0x1.fffffefffffffp127, 0x1p-14, 0x1p-24, 0x1p-25, 0x1.0000000000001p-25, 65504, 65519.99, 65520, 65536} {
		out = append(out, math.Float64bits(x), math.Float64bits(-x))
	}
	return append(out, 0x7ff0000000000001, 0x7ff8000000000000, 0xfff7ffffffffffff, 0xfff8dead0000beef, 0x7fffffffffffffff)
}()

// numbers returns special values, random bits, sizes of weights, and what lies at or next to a tie of some rounding.
func numbers(r *rand.Rand) func() uint64 {
	return func() uint64 {
		switch r.IntN(6) {
		case 0:
			return special[r.IntN(len(special))]
		case 1:
			return r.Uint64()
		case 2: // two float32s that are equal to others now and then
			x := uint64(math.Float32bits(float32(r.IntN(7)-3) / 64))
			return x<<32 | x
		case 3: // two float32s
			return uint64(math.Float32bits(float32(0.02*r.NormFloat64())))<<32 | uint64(math.Float32bits(float32(r.NormFloat64())))
		}
		exponent := uint64(1023 + r.IntN(40) - 20)
		if r.IntN(2) == 0 {
			exponent = uint64(1023 + r.IntN(300) - 155)
		}
		u := r.Uint64()&(1<<63|1<<52-1) | exponent<<52
		cut := []int{29, 42, 45, 1 + r.IntN(52)}[r.IntN(4)]
		return u&^(1<<cut-1) | 1<<(cut-1) + uint64(r.IntN(3)-1)
	}
}

// tame returns numbers like weights, and hardly ever another.
func tame(r *rand.Rand) func() uint64 {
	odd := numbers(r)
	return func() uint64 {
		if r.IntN(100) == 0 {
			return odd()
		}
		return math.Float64bits(0.02*r.NormFloat64())&^(1<<32-1) | uint64(math.Float32bits(float32(0.02*r.NormFloat64())))
	}
}

// A kerneled function has kernels in assembly. do calls it for n elements of input from f and returns what it made, as slices, bools
// and numbers. Where exact is not set, any NaN is as good as another, as package vec says.
type kerneled struct {
	name  string
	exact bool
	do    func(f *feed, n int) []any
}

func decoder[F float32 | float64](name string, do func([]F, []byte), size int) kerneled {
	return kerneled{name, true, func(f *feed, n int) []any {
		src, dst := f.bytes(n*size), make([]F, n+f.offset+20)
		do(dst[f.offset:][:n], src)
		return []any{dst}
	}}
}

func encoder(name string, do func([]byte, []float64) bool, size int) kerneled {
	return kerneled{name, true, func(f *feed, n int) []any {
		src, dst := f.float64s(n), make([]byte, n*size+f.offset+20)
		return []any{do(dst[f.offset:][:n*size], src), dst}
	}}
}

func rounder[F float32 | float64](name string, do func([]F) bool) kerneled {
	return kerneled{name, true, func(f *feed, n int) []any {
		src, x := f.float64s(n+20), make([]F, n+f.offset+20)
		for i := range src {
			x[i+f.offset] = F(src[i])
		}
		return []any{do(x[f.offset:][:n]), x}
	}}
}

// finite is rounder, of numbers without an Inf or NaN but for one at most.
func finite[F float32 | float64](name string, do func([]F) bool) kerneled {
	k := rounder(name+", of which one at most is infinite", do)
	k.do = func(f *feed, n int) []any {
		src, x := f.float64s(n+20), make([]F, n+f.offset+20)
		at := f.next() % uint64(2*n+1)
		for i := range src {
			if v := F(src[i]); v-v == 0 || uint64(i) == at {
				x[i+f.offset] = v
			}
		}
		return []any{do(x[f.offset:][:n]), x}
	}
	return k
}

func combined(count int) kerneled {
	return kerneled{fmt.Sprintf("Combine of %d", count), false, func(f *feed, n int) []any {
		dst, terms := f.float64s(n+20), make([]Term, count)
		for j := range terms {
			terms[j] = Term{f.float32s(n), f.float64s(1)[0]}
		}
		Combine(dst[:n], terms)
		return []any{dst}
	}}
}

// task makes task vectors: with keys, with magnitudes, with neither, or some of each.
func task(f *feed, n, count int) []Delta {
	ds := make([]Delta, count)
	kind := f.next() % 4
	for j := range ds {
		ds[j] = Delta{X: f.float32s(n), Factor: f.float64s(1)[0], Weight: f.float64s(1)[0]}
		if kind == 1 || kind == 3 && j%2 == 1 {
			ds[j].Above = int32(math.Float32bits(f.float32s(1)[0])&^sign32) - int32(f.next()%2)
		}
		if kind == 0 || kind == 3 && j%2 == 0 {
			ds[j].Key = f.float32s(n)
			for i := range ds[j].Key {
				if f.next()%3 == 0 {
					ds[j].Key[i] = 0
				}
			}
		}
	}
	return ds
}

func added(count int) kerneled {
	return kerneled{fmt.Sprintf("AddDeltas of %d", count), false, func(f *feed, n int) []any {
		dst := f.float64s(n + 20)
		AddDeltas(dst[:n], f.float32s(n), task(f, n, count), f.float64s(1)[0])
		return []any{dst}
	}}
}

func elected(count int, normalize bool) kerneled {
	return kerneled{fmt.Sprintf("Elect of %d, normalize %t", count, normalize), false, func(f *feed, n int) []any {
		dst := f.float64s(n + 20)
		Elect(dst[:n], f.float32s(n), task(f, n, count), f.float64s(1)[0], normalize, f.float64s(ElectRoom(count)))
		return []any{dst}
	}}
}

func counted(name string, do func(*[NextBins]uint32, []float32, uint32), below int) kerneled {
	return kerneled{name, true, func(f *feed, n int) []any {
		var bins [NextBins]uint32
		for i := range bins {
			bins[i] = uint32(f.next())
		}
		d := f.float32s(n + 20)
		prefix := math.Float32bits(d[f.next()%uint64(len(d))]) &^ sign32 >> below
		if f.next()%16 == 0 {
			prefix = uint32(f.next())
		}
		do(&bins, d[:n], prefix)
		return []any{bins[:]}
	}}
}

func ranked(name string, do func([]float32, uint32, int64) int64) kerneled {
	return kerneled{name, true, func(f *feed, n int) []any {
		d := f.float32s(n + 20)
		threshold := math.Float32bits(d[f.next()%uint64(len(d))])
		if f.next()%16 != 0 {
			threshold &^= sign32
		}
		if f.next()%4 == 0 { // many that are equal to it
			for i := range d {
				if f.next()%4 == 0 {
					d[i] = math.Float32frombits(threshold)
				}
			}
		}
		left := []int64{0, 1, int64(f.next() % uint64(n+2)), int64(n), -1}[f.next()%5]
		return []any{do(d[:n], threshold, left), d}
	}}
}

var kerneleds = []kerneled{
	decoder("DecodeBF16", DecodeBF16, 2),
	decoder("DecodeF16", DecodeF16, 2),
	decoder("DecodeF32", DecodeF32, 4),
	decoder("DecodeF64 as float32", DecodeF64[float32], 8),
	decoder("DecodeF64 as float64", DecodeF64[float64], 8),
	{"Narrow", true, func(f *feed, n int) []any {
		src, dst := f.float64s(n), make([]float32, n+f.offset+20)
		Narrow(dst[f.offset:][:n], src)
		return []any{dst}
	}},
	{"Widen", true, func(f *feed, n int) []any {
		src, dst := f.float32s(n), make([]float64, n+f.offset+20)
		Widen(dst[f.offset:][:n], src)
		return []any{dst}
	}},
	encoder("EncodeBF16", EncodeBF16, 2),
	encoder("EncodeF16", EncodeF16, 2),
	encoder("EncodeF32", EncodeF32, 4),
	encoder("EncodeF64", EncodeF64, 8),
	rounder("RoundBF16 of float32", RoundBF16[float32]),
	rounder("RoundBF16 of float64", RoundBF16[float64]),
	rounder("RoundF16 of float32", RoundF16[float32]),
	rounder("RoundF16 of float64", RoundF16[float64]),
	rounder("RoundF32 of float32", RoundF32[float32]),
	rounder("RoundF32 of float64", RoundF32[float64]),
	rounder("Infinite of float32", Infinite[float32]),
	rounder("Infinite of float64", Infinite[float64]),
	finite("Infinite of float32", Infinite[float32]),
	finite("Infinite of float64", Infinite[float64]),
	finite("RoundBF16 of float32", RoundBF16[float32]),
	finite("RoundF16 of float32", RoundF16[float32]),
	finite("RoundF32 of float32", RoundF32[float32]),
	combined(1), combined(2), combined(3), combined(4), combined(5), combined(6),
	{"CarryNaN", false, func(f *feed, n int) []any {
		dst, x := f.float64s(n+20), f.float32s(n)
		CarryNaN(dst[:n], x)
		return []any{dst}
	}},
	{"Subtract", true, func(f *feed, n int) []any {
		dst, x, base := f.float32s(n+20), f.float32s(n), f.float32s(n)
		Subtract(dst[:n], x, base)
		return []any{dst}
	}},
	{"SubtractWide", true, func(f *feed, n int) []any {
		dst, x, base := f.float64s(n+20), f.float32s(n), f.float32s(n)
		SubtractWide(dst[:n], x, base)
		return []any{dst}
	}},
	{"Dot", false, func(f *feed, n int) []any {
		sums := Lanes(f.float64s(16))
		Dot(&sums, f.float32s(n), f.float32s(n))
		return []any{sums[:]}
	}},
	{"DotWide", false, func(f *feed, n int) []any {
		sums := Lanes(f.float64s(16))
		DotWide(&sums, f.float64s(n), f.float64s(n))
		return []any{sums[:]}
	}},
	{"Dots", false, func(f *feed, n int) []any {
		sums := [3]Lanes{Lanes(f.float64s(16)), Lanes(f.float64s(16)), Lanes(f.float64s(16))}
		Dots(&sums, f.float32s(n), f.float32s(n))
		return []any{sums[0][:], sums[1][:], sums[2][:]}
	}},
	{"SumKept", false, func(f *feed, n int) []any {
		all, kept := Lanes(f.float64s(16)), Lanes(f.float64s(16))
		SumKept(&all, &kept, f.float32s(n), f.float32s(n), f.float32s(n))
		return []any{all[:], kept[:]}
	}},
	added(1), added(3), elected(1, false), elected(3, false), elected(3, true),
	{"CountTop", true, func(f *feed, n int) []any {
		var bins [TopBins]uint32
		for i := range bins {
			bins[i] = uint32(f.next())
		}
		CountTop(&bins, f.float32s(8*n)) // short rows have no kernel
		return []any{bins[:]}
	}},
	counted("CountNext", CountNext, 20), counted("CountLast", CountLast, 10),
	ranked("KeepTop", KeepTop), ranked("DropTop", DropTop),
	{"Draws", true, func(f *feed, n int) []any {
		draws, block := make([]uint32, n+f.offset+4), f.next()
		switch f.next() % 4 {
		case 0: // the upper half of the counter changes
			block = block<<32 - f.next()%16
		case 1: // the counter wraps
			block = -(f.next() % 16)
		}
		Draws(draws[f.offset:][:n], DrawKey{uint32(f.next()), uint32(f.next())}, block)
		return []any{draws}
	}},
	{"Mask", true, func(f *feed, n int) []any {
		draws, mask := make([]uint32, 4*n+f.offset), make([]byte, n+f.offset+4)
		keep := uint32(f.next() % (1<<16 + 1))
		switch f.next() % 8 {
		case 0:
			keep = 0
		case 1:
			keep = 1 << 16
		}
		for i := range draws {
			draws[i] = uint32(f.next())
			if f.next()%4 == 0 { // draws next to what they are compared with
				draws[i] = (keep-1+draws[i]%3)&0xffff | (keep-1+draws[i]>>8%3)<<16
			}
		}
		Mask(mask[f.offset:][:n], draws[f.offset:], keep)
		return []any{mask}
	}},
	{"KeepMasked", true, func(f *feed, n int) []any {
		d := f.float32s(n + 20)
		KeepMasked(d[:n], f.bytes((n+7)/8))
		return []any{d}
	}},
	{"Window", true, func(f *feed, n int) []any {
		d, low := f.float32s(n + 1)[:n], uint32(f.next())&^sign32
		if n > 0 && low%2 == 0 {
			low = math.Float32bits(d[0]) &^ sign32
		}
		low = min(low, Inf)
		high := min(low+uint32(f.next()%(1<<27)), Inf)
		if other := math.Float32bits(d[:n+1][f.next()%uint64(n+1)]) &^ sign32; f.next()%2 == 0 && other <= Inf {
			low, high = min(low, other), max(low, other)
		}
		found := make([]float32, n+f.offset)[f.offset:]
		p := Window(found, d, low, high)
		return []any{found[:p.Inside], p.Above, p.High, p.Low}
	}},
}

// words returns the bits of what a function made.
func (k *kerneled) words(made []any) []uint64 {
	var out []uint64
	add := func(bits uint64, nan bool) {
		if nan && !k.exact {
			bits = math.MaxUint64
		}
		out = append(out, bits)
	}
	for _, m := range made {
		switch m := m.(type) {
		case []float32:
			for _, x := range m {
				add(uint64(math.Float32bits(x)), x != x)
			}
		case []float64:
			for _, x := range m {
				add(math.Float64bits(x), x != x)
			}
		case []byte:
			for _, x := range m {
				add(uint64(x), false)
			}
		case []uint32:
			for _, x := range m {
				add(uint64(x), false)
			}
		case int64:
			add(uint64(m), false)
		case bool:
			add(map[bool]uint64{true: 1}[m], false)
		default:
			panic(fmt.Sprintf("%T", m))
		}
	}
	return out
}

// compare fails unless kernels and loops make the same bits of the input of n elements that feed makes.
func (k *kerneled) compare(t *testing.T, n int, input func() *feed) {
	t.Helper()
	simd = false
	want := k.words(k.do(input(), n))
	simd = true
	got := k.words(k.do(input(), n))
	if len(got) != len(want) {
		t.Fatalf("%s of %d elements makes %d words, the loop in Go %d", k.name, n, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s of %d elements, %d from the start of memory: word %d is %x, of the loop in Go %x", k.name, n, input().offset, i, got[i], want[i])
		}
	}
}

// needKernels skips a test where the processor has no kernels.
func needKernels(t testing.TB) {
	if !simd {
		t.Skip("no kernels in assembly here")
	}
}

// Kernels give the bits of the loops in Go, whatever the values, the length and the place in memory, and write nothing
// beyond what they are given.
func TestKernelsGiveTheBitsOfTheLoops(t *testing.T) {
	needKernels(t)
	for _, k := range kerneleds {
		t.Run(k.name, func(t *testing.T) {
			try := func(n, offset int) {
				for _, of := range []func(*rand.Rand) func() uint64{numbers, tame} {
					k.compare(t, n, func() *feed { return &feed{of(rand.New(rand.NewPCG(uint64(n), uint64(offset)))), offset} })
				}
			}
			for n := range 101 {
				for offset := range 4 {
					try(n, offset)
				}
			}
			for _, n := range []int{511, 512, 513, 1040, 2057} {
				try(n, 1)
			}
		})
	}
}

// Every bf16 and every f16 is decoded to the same bits.
func TestKernelsDecodeEveryHalf(t *testing.T) {
	needKernels(t)
	for _, k := range kerneleds[:2] {
		k.compare(t, 1<<16, func() *feed {
			var i uint64
			return &feed{func() uint64 { i += 4; return (i-4)*0x0001000100010001 + 3<<48 + 2<<32 + 1<<16 }, 0}
		})
	}
}

func FuzzKernels(f *testing.F) {
	needKernels(f)
	f.Add([]byte("some numbers: what they are does not matter, and all are read again from the start"), uint16(100), uint8(1))
	for i, x := range special {
		f.Add(binary.LittleEndian.AppendUint64(make([]byte, 13), x), uint16(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint16, offset uint8) {
		if len(data) < 8 {
			return
		}
		for _, k := range kerneleds {
			k.compare(t, int(n%1100), func() *feed {
				i := 0
				return &feed{func() uint64 {
					i++
					return binary.LittleEndian.Uint64(data[i*8%(len(data)-7):])
				}, int(offset % 16)}
			})
		}
	})
}

// BenchmarkKernels times kernels and loops on one run of the engine.
func BenchmarkKernels(b *testing.B) {
	needKernels(b)
	defer func() { simd = true }()
	const n = 8192
	r := rand.New(rand.NewPCG(1, 2))
	weights, narrow, raw := make([]float64, n), make([]float32, n), make([]byte, 8*n)
	for i := range weights {
		weights[i] = 0.02 * r.NormFloat64()
		narrow[i] = float32(weights[i])
	}
	base, key := make([]float32, n), make([]float32, n)
	for i := range base {
		base[i] = narrow[(i+7)%n]
		key[i] = float32(r.IntN(2))
	}
	var terms []Term
	for j := range 5 {
		terms = append(terms, Term{[][]float32{narrow, base}[j%2], 0.3})
	}
	var sums [3]Lanes
	var some, keyed, above []Delta
	for j := range 3 {
		x := narrow
		if j == 1 {
			x = base[3:]
			x = append(x[:n-3:n-3], 1, 2, 3)
		}
		some = append(some, Delta{X: x, Factor: 0.5, Weight: 0.5})
		keyed = append(keyed, Delta{X: x, Key: key, Factor: 0.5, Weight: 0.5})
		above = append(above, Delta{X: x, Factor: 0.5, Weight: 0.5, Above: int32(math.Float32bits(0.0135))})
	}
	room, middle, draws := make([]float64, ElectRoom(3)), math.Float32bits(0.0135), make([]uint32, n/2)
	mask, found := make([]byte, n/8), make([]float32, n)
	for i := range draws {
		draws[i] = r.Uint32()
	}
	many := make([]float32, 64*n)
	for i := range many {
		many[i] = float32(0.02 * r.NormFloat64())
	}
	// next returns one run after the other: branches that depend on the values of a single one would be learnt.
	turn := 0
	next := func() []float32 {
		turn = (turn + n) % len(many)
		return many[turn:][:n]
	}
	var top [TopBins]uint32
	var bins [NextBins]uint32
	dst32, dst64 := make([]float32, n), make([]float64, n)
	for _, bb := range []struct {
		name string
		do   func()
	}{
		{"DecodeBF16", func() { DecodeBF16(dst32, raw[:2*n]) }},
		{"DecodeF16", func() { DecodeF16(dst32, raw[:2*n]) }},
		{"DecodeF32", func() { DecodeF32(dst32, raw[:4*n]) }},
		{"DecodeF64", func() { DecodeF64(dst64, raw) }},
		{"DecodeF64Narrow", func() { DecodeF64(dst32, raw) }},
		{"Narrow", func() { Narrow(dst32, weights) }},
		{"Widen", func() { Widen(dst64, narrow) }},
		{"EncodeBF16", func() { EncodeBF16(raw[:2*n], weights) }},
		{"EncodeF16", func() { EncodeF16(raw[:2*n], weights) }},
		{"EncodeF32", func() { EncodeF32(raw[:4*n], weights) }},
		{"EncodeF64", func() { EncodeF64(raw, weights) }},
		{"RoundBF16", func() { copy(dst64, weights); RoundBF16(dst64) }},
		{"RoundF16", func() { copy(dst64, weights); RoundF16(dst64) }},
		{"RoundF32", func() { copy(dst64, weights); RoundF32(dst64) }},
		{"RoundBF16Narrow", func() { copy(dst32, narrow); RoundBF16(dst32) }},
		{"RoundF16Narrow", func() { copy(dst32, narrow); RoundF16(dst32) }},
		{"InfiniteNarrow", func() { Infinite(narrow) }},
		{"Infinite", func() { Infinite(weights) }},
		{"Combine1", func() { Combine(dst64, terms[:1]) }},
		{"Combine2", func() { Combine(dst64, terms[:2]) }},
		{"Combine3", func() { Combine(dst64, terms[:3]) }},
		{"Combine5", func() { Combine(dst64, terms[:5]) }},
		{"CarryNaN", func() { CarryNaN(dst64, narrow) }},
		{"Subtract", func() { Subtract(dst32, narrow, base) }},
		{"SubtractWide", func() { SubtractWide(dst64, narrow, base) }},
		{"Dot", func() { Dot(&sums[0], narrow, base) }},
		{"DotWide", func() { DotWide(&sums[0], weights, weights) }},
		{"Dots", func() { Dots(&sums, narrow, base) }},
		{"AddDeltas3", func() { AddDeltas(dst64, base, some, 0.9) }},
		{"AddDeltas3Keys", func() { AddDeltas(dst64, base, keyed, 0.9) }},
		{"Elect3", func() { Elect(dst64, base, some, 0.9, true, room) }},
		{"Elect3Keys", func() { Elect(dst64, base, keyed, 0.9, true, room) }},
		{"Elect3Above", func() { Elect(dst64, base, above, 0.9, true, room) }},
		{"CountTop", func() { CountTop(&top, next()) }},
		{"CountNext", func() { CountNext(&bins, next(), middle>>20) }},
		{"CountLast", func() { CountLast(&bins, next(), middle>>10) }},
		{"KeepTop", func() { copy(dst32, narrow); KeepTop(dst32, middle, 0) }},
		{"KeepTopSome", func() { copy(dst32, narrow); KeepTop(dst32, middle, 1) }},
		{"DropTop", func() { copy(dst32, narrow); DropTop(dst32, middle, 0) }},
		{"Window", func() { Window(found, next(), middle, middle+middle>>5) }},
		{"Draws", func() { Draws(draws, DrawKey{1, 2}, 12345) }},
		{"Mask", func() { Mask(mask, draws, 1<<15) }},
		{"KeepMasked", func() { copy(dst32, narrow); KeepMasked(dst32, mask) }},
		{"SumKept", func() { SumKept(&sums[0], &sums[1], narrow, base, key) }},
	} {
		for _, kernels := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/kernels=%t", bb.name, kernels), func(b *testing.B) {
				simd = kernels
				for b.Loop() {
					bb.do()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			})
		}
	}
}
