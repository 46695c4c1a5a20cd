package dtype

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sort"
	"testing"

	"github.com/x448/float16"
)

// half describes a type of 16 bits for the tests, apart from the code that converts it.
type half struct {
	dtype    DType
	exponent int // bits
	fraction int
	nan      uint16 // what Encode writes
}

var halves = []half{
	{F16, 5, 10, 0x7e00},
	{BF16, 8, 7, 0x7fc0},
}

// value returns the number that code stands for, by the definition of IEEE 754.
func (h half) value(code uint16) float64 {
	sign := 1.0
	if code&0x8000 != 0 {
		sign = -1
	}
	e := int(code&0x7fff) >> h.fraction
	f := float64(int(code) & (1<<h.fraction - 1))
	bias := 1<<(h.exponent-1) - 1
	switch {
	case e == 1<<h.exponent-1 && f == 0:
		return sign * math.Inf(1)
	case e == 1<<h.exponent-1:
		return math.NaN()
	case e == 0:
		return sign * math.Ldexp(f, 1-bias-h.fraction)
	}
	return sign * math.Ldexp(float64(int(1)<<h.fraction)+f, e-bias-h.fraction)
}

// infinity returns the code of +Inf.
func (h half) infinity() uint16 { return uint16(1<<h.exponent-1) << h.fraction }

// nearest returns a function that rounds by comparing with the point halfway between two neighbors,
// which float64 holds exactly. The codes of magnitudes ascend with them.
func (h half) nearest() func(x float64) uint16 {
	inf := int(h.infinity())
	halfway := make([]float64, inf) // between code and code+1
	for code := range inf - 1 {
		halfway[code] = (h.value(uint16(code)) + h.value(uint16(code+1))) / 2
	}
	top := h.value(uint16(inf - 1))
	halfway[inf-1] = top + (top-h.value(uint16(inf-2)))/2 // infinity counts as the next number would
	return func(x float64) uint16 {
		if x != x {
			return h.nan
		}
		a := math.Abs(x)
		code := uint16(sort.SearchFloat64s(halfway, a)) // all before are below a
		if int(code) < inf && a == halfway[code] && code&1 == 1 {
			code++
		}
		if math.Signbit(x) {
			code |= 0x8000
		}
		return code
	}
}

func TestDecodeAllCodes(t *testing.T) {
	for _, h := range halves {
		src := make([]byte, 2<<16)
		for code := range 1 << 16 {
			binary.LittleEndian.PutUint16(src[2*code:], uint16(code))
		}
		got := make([]float32, 1<<16)
		Decode(got, src, h.dtype)
		wide := make([]float64, 1<<16)
		Decode(wide, src, h.dtype)
		for code, v := range got {
			if math.Float64bits(wide[code]) != math.Float64bits(float64(v)) && v == v {
				t.Fatalf("%v %04x = %v as float64, %v as float32", h.dtype, code, wide[code], v)
			}
			want := h.value(uint16(code))
			if math.Float64bits(float64(v)) != math.Float64bits(want) && !(v != v && want != want) {
				t.Fatalf("%v %04x = %v, want %v", h.dtype, code, v, want)
			}
			if h.dtype == F16 {
				if peer := float16.Frombits(uint16(code)).Float32(); math.Float32bits(v) != math.Float32bits(peer) {
					t.Fatalf("F16 %04x = %08x, float16 has %08x", code, math.Float32bits(v), math.Float32bits(peer))
				}
			}
		}

		// What was decoded is encoded to the code it came from, save that a NaN is the one NaN.
		back := make([]byte, len(src))
		Encode(back, got, h.dtype)
		for code := range 1 << 16 {
			want := uint16(code)
			if got[code] != got[code] {
				want = h.nan
			}
			if b := binary.LittleEndian.Uint16(back[2*code:]); b != want {
				t.Fatalf("%v %04x decoded and encoded = %04x, want %04x", h.dtype, code, b, want)
			}
		}
	}
}

// agrees compares what Encode and Round make of x with want, the codes of x.
func (h half) agrees(t *testing.T, x []float64, want []uint16) {
	t.Helper()
	dst := make([]byte, 2*len(x))
	infinite := Encode(dst, x, h.dtype)
	rounded := slices.Clone(x)
	if got := Round(rounded, h.dtype); got != infinite {
		t.Fatalf("Round to %v tells of an Inf: %v, Encode: %v", h.dtype, got, infinite)
	}
	has := false
	for i, v := range x {
		has = has || want[i]&0x7fff >= h.infinity()
		if got := binary.LittleEndian.Uint16(dst[2*i:]); got != want[i] {
			t.Fatalf("Encode %v (%016x) as %v = %04x, want %04x", v, math.Float64bits(v), h.dtype, got, want[i])
		}
		if r, want := rounded[i], h.value(want[i]); math.Float64bits(r) != math.Float64bits(want) && !(r != r && want != want) {
			t.Fatalf("Round %v (%016x) to %v = %v, want %v", v, math.Float64bits(v), h.dtype, r, want)
		}
	}
	if infinite != has {
		t.Fatalf("Encode %v as %v tells of an Inf or NaN: %v, want %v", x, h.dtype, infinite, has)
	}
	narrow := make([]float32, len(x))
	for i, v := range x {
		if narrow[i] = float32(v); float64(narrow[i]) != v && v == v {
			return
		}
	}
	again := make([]byte, len(dst))
	if got := Encode(again, narrow, h.dtype); got != infinite || !bytes.Equal(again, dst) {
		t.Fatalf("Encode %v as %v = %x, %v; of the same float64s it is %x, %v", narrow, h.dtype, again, got, dst, infinite)
	}
	if got := Round(narrow, h.dtype); got != infinite {
		t.Fatalf("Round of float32s to %v tells of an Inf: %v, want %v", h.dtype, got, infinite)
	}
	for i, v := range narrow {
		if math.Float64bits(float64(v)) != math.Float64bits(rounded[i]) && v == v {
			t.Fatalf("Round of float32s to %v = %v, of float64s %v", h.dtype, narrow, rounded)
		}
	}
}

// TestEncodeTies tries every number of both types, every point halfway between two of them, what lies one float64 to
// either side, and the same below zero.
func TestEncodeTies(t *testing.T) {
	for _, h := range halves {
		nearest := h.nearest()
		for code := range h.infinity() {
			low, high := h.value(code), h.value(code+1)
			if code+1 == h.infinity() {
				high = 2*low - h.value(code-1) // as the next number would be
			}
			half := (low + high) / 2
			x := []float64{
				low, math.Nextafter(low, math.Inf(-1)), math.Nextafter(low, math.Inf(1)),
				half, math.Nextafter(half, 0), math.Nextafter(half, math.Inf(1)),
			}
			even := code + code&1
			want := []uint16{code, nearest(x[1]), code, even, code, code + 1}
			for i := range 6 {
				x = append(x, -x[i])
				want = append(want, want[i]^0x8000)
			}
			h.agrees(t, x, want)
		}
	}
}

// TestEncodeNearest goes over every sign, exponent and upper seven bits of a float64, each with the
// lower bits that make halves, neighbors of halves and carries in either type; and those of a float32 likewise.
func TestEncodeNearest(t *testing.T) {
	lows := []uint64{0, 1, 1<<41 - 1, 1 << 41, 1<<41 + 1, 3 << 41, 1<<44 - 1, 1 << 44, 1<<44 + 1, 1<<45 - 1}
	narrow := []uint32{0, 1, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x3000, 0x7fff, 0x8000, 0x8001, 0xefff, 0xf000, 0xf001, 0xffff}
	step := 1
	if testing.Short() {
		step = 61 // odd, so that every bit changes
	}
	for _, h := range halves {
		nearest := h.nearest()
		x, want := make([]float64, len(lows)), make([]uint16, len(lows))
		for high := uint64(0); high < 1<<19; high += uint64(step) {
			for i, low := range lows {
				x[i] = math.Float64frombits(high<<45 | low)
				want[i] = nearest(x[i])
			}
			h.agrees(t, x, want)
		}
		x, want = make([]float64, len(narrow)), make([]uint16, len(narrow))
		for high := uint32(0); high < 1<<16; high += uint32(step) {
			for i, low := range narrow {
				v := math.Float32frombits(high<<16 | low)
				x[i] = float64(v)
				want[i] = nearest(x[i])
				if peer := float16.Fromfloat32(v); h.dtype == F16 && want[i] != peer.Bits() && !peer.IsNaN() {
					t.Fatalf("%v (%08x) is F16 %04x, float16 has %04x", v, math.Float32bits(v), want[i], peer.Bits())
				}
			}
			h.agrees(t, x, want)
		}
	}
}

func TestEncode(t *testing.T) {
	inf := math.Inf(1)
	tests := []struct {
		name string
		in   float64
		to   DType
		want uint64
	}{
		{"one", 1, F16, 0x3c00},
		{"one", 1, BF16, 0x3f80},
		{"a half of the last place goes to the even neighbor below", 1 + 0x1p-11, F16, 0x3c00},
		{"a half of the last place goes to the even neighbor above", 1 + 3*0x1p-11, F16, 0x3c02},
		{"a little more than a half goes up", 1 + 0x1p-11 + 0x1p-20, F16, 0x3c01},
		{"a half of the last place goes to the even neighbor below", 1 + 0x1p-8, BF16, 0x3f80},
		{"a half of the last place goes to the even neighbor above", 1 + 3*0x1p-8, BF16, 0x3f82},
		{"a carry raises the exponent", 2 - 0x1p-12, F16, 0x4000},
		{"a carry raises the exponent", 2 - 0x1p-9, BF16, 0x4000},
		{"minus zero keeps its sign", math.Copysign(0, -1), F16, 0x8000},
		{"minus zero keeps its sign", math.Copysign(0, -1), BF16, 0x8000},
		{"the smallest subnormal", 0x1p-24, F16, 0x0001},
		{"half of it goes to zero", 0x1p-25, F16, 0x0000},
		{"more than half of it stays", 0x1p-25 + 0x1p-40, F16, 0x0001},
		{"one and a half of it goes to two", 3 * 0x1p-25, F16, 0x0002},
		{"the largest subnormal", 0x1p-14 - 0x1p-24, F16, 0x03ff},
		{"above it the smallest normal", 0x1p-14 - 0x1p-26, F16, 0x0400},
		{"a negative subnormal", -0x1p-24, F16, 0x8001},
		{"the smallest subnormal", 0x1p-133, BF16, 0x0001},
		{"half of it goes to zero", 0x1p-134, BF16, 0x0000},
		{"one and a half of it goes to two", 3 * 0x1p-134, BF16, 0x0002},
		{"the largest number", 65504, F16, 0x7bff},
		{"just below the half to the next", math.Nextafter(65520, 0), F16, 0x7bff},
		{"from the half on it is infinite", 65520, F16, 0x7c00},
		{"far above it is infinite", -1e30, F16, 0xfc00},
		{"the largest number", 0x1.fep127, BF16, 0x7f7f},
		{"from the half on it is infinite", 0x1.ffp127, BF16, 0x7f80},
		{"just below the half to the next", math.Nextafter(0x1.ffp127, 0), BF16, 0x7f7f},
		{"the largest float32 is infinite", -math.MaxFloat32, BF16, 0xff80},
		{"what is only in float64 infinite", math.MaxFloat64, BF16, 0x7f80},
		{"one rounding, and not one to float32 before", 1 + 0x1p-8 + 0x1p-40, BF16, 0x3f81},
		{"one rounding, and not one to float32 before", 1 + 3*0x1p-11 - 0x1p-40, F16, 0x3c01},
		{"a half of the last place goes to the even neighbor below", 1 + 0x1p-24, F32, 0x3f800000},
		{"a half of the last place goes to the even neighbor above", 1 + 3*0x1p-24, F32, 0x3f800002},
		{"a little more than a half goes up", 1 + 0x1p-24 + 0x1p-52, F32, 0x3f800001},
		{"below the half to the next the largest number stays", math.Nextafter(0x1.ffffffp127, 0), F32, 0x7f7fffff},
		{"from the half on it is infinite", -0x1.ffffffp127, F32, 0xff800000},
		{"half of the smallest subnormal goes to zero", -0x1p-150, F32, 0x80000000},
		{"more than half of it stays", math.Nextafter(0x1p-150, 1), F32, 0x00000001},
		{"the smallest float64", math.SmallestNonzeroFloat64, F64, 1},
		{"the smallest float64 is zero", -math.SmallestNonzeroFloat64, BF16, 0x8000},
		{"the smallest float64 is zero", math.SmallestNonzeroFloat64, F32, 0},
		{"infinity", inf, F16, 0x7c00},
		{"infinity", -inf, BF16, 0xff80},
		{"infinity", inf, F32, 0x7f800000},
		{"infinity", -inf, F64, 0xfff0000000000000},
		{"the smallest subnormal", 0x1p-149, F32, 0x00000001},
		{"the smallest subnormal of float32", 0x1p-149, F64, 0x36a0000000000000},
		{"a third", 1.0 / 3, F64, 0x3fd5555555555555},
	}
	for _, tt := range tests {
		got := encodeOne(tt.in, tt.to)
		if got != tt.want {
			t.Errorf("%s: Encode(%v, %v) = %#x, want %#x", tt.name, tt.in, tt.to, got, tt.want)
		}
	}
}

// TestNaN: no NaN is lost, and each is written as the one of its type.
func TestNaN(t *testing.T) {
	canonical := map[DType]uint64{F16: 0x7e00, BF16: 0x7fc0, F32: 0x7fc00000, F64: 0x7ff8000000000000}
	for d, want := range canonical {
		for _, bits := range []uint32{0x7f800001, 0x7f80ffff, 0x7fbfffff, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffc00000, 0xffffffff} {
			var b [8]byte
			if infinite := Encode(b[:d.Size()], []float32{math.Float32frombits(bits)}, d); !infinite || binary.LittleEndian.Uint64(b[:]) != want {
				t.Errorf("Encode(NaN %08x, %v) = %x, %v; want %#x, true", bits, d, b, infinite, want)
			}
			x := []float32{1, math.Float32frombits(bits), 2, 3, 4}
			if infinite := Round(x, d); !infinite || x[1] == x[1] || x[0] != 1 || x[2] != 2 {
				t.Errorf("Round(1 NaN 2 3 4, %v) = %v, %v", d, x, infinite)
			}
		}
		for _, bits := range []uint64{0x7ff0000000000001, 0x7fffffffffffffff, 0xfff0000000000001, 0x7ff8000000000000, 0x7ff00000ffffffff} {
			if got := encodeOne(math.Float64frombits(bits), d); got != want {
				t.Errorf("Encode(NaN %016x, %v) = %#x, want %#x", bits, d, got, want)
			}
			x := []float64{1, math.Float64frombits(bits), 2, 3, 4}
			if infinite := Round(x, d); !infinite || x[1] == x[1] || x[0] != 1 || x[2] != 2 {
				t.Errorf("Round(1 NaN 2 3 4, %v) = %v, %v", d, x, infinite)
			}
		}
	}
	for _, bits := range []uint64{0x7ff0000000000001, 0x7fffffffffffffff, 0xfff0000000000001, 0x7ff8000000000000} {
		if v := decodeF64One(bits); v == v {
			t.Errorf("Decode F64 %#x = %v, want NaN", bits, v)
		}
	}
}

// TestLengths runs every loop over lengths with and without a rest, next to a guard.
func TestLengths(t *testing.T) {
	for _, d := range []DType{F16, BF16, F32, F64} {
		lengths[float32](t, d)
		lengths[float64](t, d)
	}
}

func lengths[R Real](t *testing.T, d DType) {
	size := int(d.Size())
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 18, chunk - 1, chunk, chunk + 1, 2*chunk + 3} {
		values := make([]R, n)
		for i := range values {
			values[i] = R(i%100) - 3.5
		}
		dst := append(make([]byte, n*size), 0xa5)
		Encode(dst[:n*size], values, d)
		for i, v := range values {
			var one [8]byte
			Encode(one[:size], []R{v}, d)
			if string(one[:size]) != string(dst[i*size:(i+1)*size]) {
				t.Errorf("Encode of %d elements as %v differs from one alone at %d", n, d, i)
			}
		}
		got := append(make([]R, n), 77)
		Decode(got[:n], dst[:n*size], d)
		if !slices.Equal(got[:n], values) || dst[n*size] != 0xa5 || got[n] != 77 {
			t.Errorf("%d elements through %v = %v, guards %x and %v", n, d, got, dst[n*size], got[n])
		}
		if Round(values, d); !slices.Equal(got[:n], values) {
			t.Errorf("Round of %d elements to %v = %v, want %v", n, d, values, got[:n])
		}
		for _, where := range []int{0, n / 2, n - 1} { // an Inf is seen wherever it is
			if where < 0 || where >= n {
				continue
			}
			was := values[where]
			values[where] = R(math.Inf(-1))
			if !Encode(dst[:n*size], values, d) || !Round(values, d) {
				t.Errorf("Encode and Round to %v do not tell of -Inf at %d of %d", d, where, n)
			}
			values[where] = was
		}
		if Encode(dst[:n*size], values, d) || Round(values, d) {
			t.Errorf("Encode or Round of %d finite elements to %v tells of an Inf", n, d)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	narrow, wide, raw := make([]float32, 2000), make([]float64, 2000), make([]byte, 16000)
	for _, d := range []DType{F16, BF16, F32, F64} {
		raw := raw[:2000*d.Size()]
		if got := testing.AllocsPerRun(10, func() {
			Decode(narrow, raw, d)
			Decode(wide, raw, d)
			Encode(raw, narrow, d)
			Encode(raw, wide, d)
			Round(narrow, d)
			Round(wide, d)
		}); got > 0 {
			t.Errorf("Decode, Encode and Round of %v allocate %v times", d, got)
		}
	}
}

func TestDecodeF64(t *testing.T) {
	tests := []struct {
		name string
		in   float64
		want float32
	}{
		{"a half goes to the even neighbor below", 1 + 0x1p-24, 1},
		{"a half goes to the even neighbor above", 1 + 3*0x1p-24, 1 + 0x1p-22},
		{"more than a half goes up", 1 + 0x1p-24 + 0x1p-50, 1 + 0x1p-23},
		{"below the half to the next the largest number stays", 0x1.fffffefp127, math.MaxFloat32},
		{"from the half on it is infinite", 0x1.ffffffp127, float32(math.Inf(1))},
		{"negative overflow", -1e300, float32(math.Inf(-1))},
		{"half of the smallest subnormal is zero", 0x1p-150, 0},
		{"more than half of it stays", 0x1.8p-150, 0x1p-149},
		{"a subnormal is rounded to its unit", 5 * 0x1p-150, 0x1p-148},
		{"float64's smallest is zero", math.SmallestNonzeroFloat64, 0},
	}
	for _, tt := range tests {
		if got := decodeF64One(math.Float64bits(tt.in)); got != tt.want {
			t.Errorf("%s: Decode(%v) = %v, want %v", tt.name, tt.in, got, tt.want)
		}
	}
	if got := decodeF64One(math.Float64bits(-1e-300)); got != 0 || !math.Signbit(float64(got)) {
		t.Errorf("Decode(-1e-300) = %v, want -0", got)
	}
}

func TestConvertPanics(t *testing.T) {
	tests := []struct {
		name string
		call func()
		want string
	}{
		{"too few bytes", func() { Decode(make([]float32, 3), make([]byte, 5), F16) },
			"dtype: Decode of 3 elements of F16 with 5 bytes, want 6"},
		{"too many bytes", func() { Encode(make([]byte, 16), make([]float32, 1), F64) },
			"dtype: Encode of 1 elements of F64 with 16 bytes, want 8"},
		{"an integer type", func() { Decode[float32](nil, nil, I64) }, "dtype: Decode of I64, which is not a floating type"},
		{"no type", func() { Encode[float64](nil, nil, Invalid) }, "dtype: Encode of invalid, which is not a floating type"},
		{"rounding to a bool", func() { Round[float64](nil, Bool) }, "dtype: Round to BOOL, which is not a floating type"},
	}
	for _, tt := range tests {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != tt.want {
					t.Errorf("%s: panic %q, want %q", tt.name, got, tt.want)
				}
			}()
			tt.call()
		}()
	}
}

func FuzzEncode(f *testing.F) {
	for _, v := range []float64{0, 0x1p-149, 0x1p-14, 0x1p-14 - 0x1p-25, 0x1p-25, 65519.99, 65520, 0x1.ffffffp127, 0x1.ffp127, math.MaxFloat64,
		math.Inf(1), math.NaN(), -0x1p-1074, 0x1p-126 - 0x1p-140, 1 + 0x1p-8 + 0x1p-45, 1 + 0x1p-11 - 0x1p-52, 1 + 0x1p-24} {
		f.Add(math.Float64bits(v))
	}
	types := []format{{F16, 5, 10}, {BF16, 8, 7}, {F32, 8, 23}, {F64, 11, 52}}
	f.Fuzz(func(t *testing.T, bits uint64) {
		v := math.Float64frombits(bits)
		for _, h := range types {
			want := h.nearest(v)
			if got := encodeOne(v, h.dtype); got != want {
				t.Errorf("Encode(%v (%016x), %v) = %x, want %x", v, bits, h.dtype, got, want)
			}
			x, y, raw := []float64{v}, []float64{0}, binary.LittleEndian.AppendUint64(nil, want)
			Decode(y, raw[:h.dtype.Size()], h.dtype)
			if infinite := Round(x, h.dtype); math.Float64bits(x[0]) != math.Float64bits(y[0]) && y[0] == y[0] || infinite != (y[0]-y[0] != 0) {
				t.Errorf("Round(%v, %v) = %v, %v; decoded it is %v", v, h.dtype, x, infinite, y)
			}
		}
	})
}

func FuzzDecodeF64(f *testing.F) {
	for _, v := range []float64{0, 1 + 0x1p-24, 0x1p-150, 1e-40, 0x1.ffffffp127, 1e300, math.Inf(-1), -0.1} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		v := math.Float64frombits(bits)
		got := decodeF64One(bits)
		if v != v || math.IsInf(v, 0) {
			if float64(got) != v && got == got {
				t.Errorf("Decode(%v) = %v", v, got)
			}
			return
		}
		want, _ := new(big.Float).SetFloat64(v).Float32()
		if got != want || math.Signbit(float64(got)) != math.Signbit(v) {
			t.Errorf("Decode(%v) = %v, want %v", v, got, want)
		}
	})
}

// A format is a floating type of IEEE 754 by its bits.
type format struct {
	dtype              DType
	exponent, fraction int
}

// nearest rounds with math/big: to the type's significand, or to its smallest unit where that is coarser.
func (h format) nearest(v float64) uint64 {
	infinity := uint64(1<<h.exponent-1) << h.fraction
	if v != v {
		return infinity | 1<<(h.fraction-1)
	}
	var sign uint64
	if math.Signbit(v) {
		sign, v = 1<<(h.exponent+h.fraction), -v
	}
	bias := 1<<(h.exponent-1) - 1
	unit := 1 - bias - h.fraction // exponent of the smallest subnormal
	if v == 0 {
		return sign
	}
	if math.IsInf(v, 0) {
		return sign | infinity
	}
	_, e := math.Frexp(v)
	e = max(e-1-h.fraction, unit)
	// v in units of 2^e, and the nearest integer to that.
	scaled := new(big.Float).SetMantExp(big.NewFloat(v), -e)
	integer, _ := scaled.Int(nil)
	rest := new(big.Float).Sub(scaled, new(big.Float).SetInt(integer))
	n := integer.Uint64()
	if c := rest.Cmp(big.NewFloat(0.5)); c > 0 || c == 0 && n&1 == 1 {
		n++
	}
	// Codes of magnitudes count up through the exponents, so n may carry into the next.
	return sign | min(uint64(e-unit)<<h.fraction+n, infinity)
}

func encodeOne(v float64, to DType) uint64 {
	var b [8]byte
	Encode(b[:to.Size()], []float64{v}, to)
	return binary.LittleEndian.Uint64(b[:])
}

func decodeF64One(bits uint64) float32 {
	var dst [1]float32
	Decode(dst[:], binary.LittleEndian.AppendUint64(nil, bits), F64)
	return dst[0]
}

// TestElement reads one element exactly.
func TestElement(t *testing.T) {
	for _, d := range []DType{F16, BF16, F32, F64} {
		src := make([]byte, 3*d.Size())
		Encode(src, []float64{1, -1.5, 2}, d)
		if got := Element(src, 1, d); got != -1.5 {
			t.Errorf("Element(%v) = %v, want -1.5", d, got)
		}
	}
	src := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300))
	if got := Element(src, 0, F64); got != 1e300 {
		t.Errorf("Element(F64) = %v, want 1e300", got)
	}
	wide := []float64{0}
	if Decode(wide, src, F64); wide[0] != 1e300 {
		t.Errorf("Decode of an F64 to float64 = %v, want 1e300", wide)
	}
}
