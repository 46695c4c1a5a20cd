package dtype

import (
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

// nearest returns a function that rounds by comparing with the point halfway between two neighbours,
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
		for code, v := range got {
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

// TestEncodeNearest goes over every sign, exponent and upper seven bits of a float32, each with the
// lower bits that make halves, neighbours of halves and carries in either type.
func TestEncodeNearest(t *testing.T) {
	lows := []uint32{0, 1, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x3000, 0x7fff, 0x8000, 0x8001, 0xefff, 0xf000, 0xf001, 0xffff}
	for _, h := range halves {
		nearest := h.nearest()
		src := make([]float32, len(lows))
		dst := make([]byte, 2*len(lows))
		for high := range uint32(1 << 16) {
			for i, low := range lows {
				src[i] = math.Float32frombits(high<<16 | low)
			}
			Encode(dst, src, h.dtype)
			rounded := slices.Clone(src)
			Round(rounded, h.dtype)
			for i, v := range src {
				got, want := binary.LittleEndian.Uint16(dst[2*i:]), nearest(float64(v))
				if got != want {
					t.Fatalf("Encode %v (%08x) as %v = %04x, want %04x", v, math.Float32bits(v), h.dtype, got, want)
				}
				if r, want := rounded[i], h.value(want); r != float32(want) && !(r != r && want != want) || math.Signbit(float64(r)) != math.Signbit(want) && want == want {
					t.Fatalf("Round %v (%08x) to %v = %v, want %v", v, math.Float32bits(v), h.dtype, r, want)
				}
				if peer := float16.Fromfloat32(v); h.dtype == F16 && got != peer.Bits() && !peer.IsNaN() {
					t.Fatalf("Encode %v (%08x) as F16 = %04x, float16 has %04x", v, math.Float32bits(v), got, peer.Bits())
				}
			}
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
		{"a half of the last place goes to the even neighbour below", 1 + 0x1p-11, F16, 0x3c00},
		{"a half of the last place goes to the even neighbour above", 1 + 3*0x1p-11, F16, 0x3c02},
		{"a little more than a half goes up", 1 + 0x1p-11 + 0x1p-20, F16, 0x3c01},
		{"a half of the last place goes to the even neighbour below", 1 + 0x1p-8, BF16, 0x3f80},
		{"a half of the last place goes to the even neighbour above", 1 + 3*0x1p-8, BF16, 0x3f82},
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
		{"just below the half to the next", float64(math.Nextafter32(65520, 0)), F16, 0x7bff},
		{"from the half on it is infinite", 65520, F16, 0x7c00},
		{"far above it is infinite", -1e30, F16, 0xfc00},
		{"the largest number", 0x1.fep127, BF16, 0x7f7f},
		{"from the half on it is infinite", 0x1.ffp127, BF16, 0x7f80},
		{"the largest float32 is infinite", -math.MaxFloat32, BF16, 0xff80},
		{"infinity", inf, F16, 0x7c00},
		{"infinity", -inf, BF16, 0xff80},
		{"infinity", inf, F32, 0x7f800000},
		{"infinity", -inf, F64, 0xfff0000000000000},
		{"the smallest subnormal", 0x1p-149, F32, 0x00000001},
		{"the smallest subnormal of float32", 0x1p-149, F64, 0x36a0000000000000},
		{"a third", float64(float32(1) / 3), F64, 0x3fd5555560000000},
	}
	for _, tt := range tests {
		got := encodeOne(float32(tt.in), tt.to)
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
			if got := encodeOne(math.Float32frombits(bits), d); got != want {
				t.Errorf("Encode(NaN %08x, %v) = %#x, want %#x", bits, d, got, want)
			}
			x := []float32{1, math.Float32frombits(bits), 2, 3, 4}
			Round(x, d)
			if x[1] == x[1] || x[0] != 1 || x[2] != 2 {
				t.Errorf("Round(1 NaN 2 3 4, %v) = %v", d, x)
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
		size := int(d.Size())
		for n := range 19 {
			values := make([]float32, n)
			for i := range values {
				values[i] = float32(i) - 3.5
			}
			dst := append(make([]byte, n*size), 0xa5)
			Encode(dst[:n*size], values, d)
			for i, v := range values {
				var one [8]byte
				Encode(one[:size], []float32{v}, d)
				if string(one[:size]) != string(dst[i*size:(i+1)*size]) {
					t.Errorf("Encode of %d elements as %v differs from one alone at %d", n, d, i)
				}
			}
			got := append(make([]float32, n), 77)
			Decode(got[:n], dst[:n*size], d)
			if !slices.Equal(got[:n], values) || dst[n*size] != 0xa5 || got[n] != 77 {
				t.Errorf("%d elements through %v = %v, guards %x and %v", n, d, got, dst[n*size], got[n])
			}
			Round(values, d)
			if !slices.Equal(got[:n], values) {
				t.Errorf("Round of %d elements to %v = %v, want %v", n, d, values, got[:n])
			}
		}
	}
}

func TestDecodeF64(t *testing.T) {
	tests := []struct {
		name string
		in   float64
		want float32
	}{
		{"a half goes to the even neighbour below", 1 + 0x1p-24, 1},
		{"a half goes to the even neighbour above", 1 + 3*0x1p-24, 1 + 0x1p-22},
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
		{"an integer type", func() { Decode(nil, nil, I64) }, "dtype: Decode of I64, which is not a floating type"},
		{"no type", func() { Encode(nil, nil, Invalid) }, "dtype: Encode of invalid, which is not a floating type"},
		{"rounding to a bool", func() { Round(nil, Bool) }, "dtype: Round to BOOL, which is not a floating type"},
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
	for _, bits := range []uint32{0, 1, 0x38800000, 0x387fffff, 0x33000000, 0x477fefff, 0x477ff000, 0x7f7fffff, 0x7f800000, 0x7fc00001, 0x80000001} {
		f.Add(bits)
	}
	f.Fuzz(func(t *testing.T, bits uint32) {
		v := math.Float32frombits(bits)
		for _, h := range halves {
			if got, want := uint16(encodeOne(v, h.dtype)), h.byBig(v); got != want {
				t.Errorf("Encode(%v (%08x), %v) = %04x, want %04x", v, bits, h.dtype, got, want)
			}
		}
		if got := encodeOne(v, F64); v == v && math.Float64frombits(got) != float64(v) {
			t.Errorf("Encode(%v, F64) = %#x", v, got)
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

// byBig rounds with math/big: to the type's significand, or to its smallest unit where that is coarser.
func (h half) byBig(v float32) uint16 {
	if v != v {
		return h.nan
	}
	var sign uint16
	if math.Signbit(float64(v)) {
		sign, v = 0x8000, -v
	}
	bias := 1<<(h.exponent-1) - 1
	unit := 1 - bias - h.fraction // exponent of the smallest subnormal
	if v == 0 {
		return sign
	}
	if math.IsInf(float64(v), 0) {
		return sign | h.infinity()
	}
	_, e := math.Frexp(float64(v))
	e = max(e-1-h.fraction, unit)
	// v in units of 2^e, and the nearest integer to that.
	scaled := new(big.Float).SetMantExp(big.NewFloat(float64(v)), -e)
	integer, _ := scaled.Int(nil)
	rest := new(big.Float).Sub(scaled, new(big.Float).SetInt(integer))
	n := integer.Int64()
	if c := rest.Cmp(big.NewFloat(0.5)); c > 0 || c == 0 && n&1 == 1 {
		n++
	}
	// Codes of magnitudes count up through the exponents, so n may carry into the next.
	code := int64(e-unit)<<h.fraction + n
	return sign | uint16(min(code, int64(h.infinity())))
}

func encodeOne(v float32, to DType) uint64 {
	var b [8]byte
	Encode(b[:to.Size()], []float32{v}, to)
	return binary.LittleEndian.Uint64(b[:])
}

func decodeF64One(bits uint64) float32 {
	var dst [1]float32
	Decode(dst[:], binary.LittleEndian.AppendUint64(nil, bits), F64)
	return dst[0]
}

// TestRoundTellsOfInf holds Round to what it leaves: every code of the upper half of a float32, and those around the
// largest that each type rounds to.
func TestRoundTellsOfInf(t *testing.T) {
	for _, d := range []DType{F16, BF16} {
		for high := range uint32(1 << 16) {
			for _, low := range []uint32{0, 0x7fff, 0x8000, 0xefff, 0xf000, 0xffff} {
				x := []float32{1, math.Float32frombits(high<<16 | low), 2}
				got := Round(x, d)
				if want := x[1]-x[1] != 0; got != want {
					t.Fatalf("Round(%08x, %v) = %v, and leaves %v", high<<16|low, d, got, x[1])
				}
			}
		}
	}
	if x := []float32{float32(math.Inf(1))}; Round(x, F32) {
		t.Error("Round to F32 tells of what it did not look at")
	}
}

// TestElement reads one element exactly.
func TestElement(t *testing.T) {
	for _, d := range []DType{F16, BF16, F32, F64} {
		src := make([]byte, 3*d.Size())
		Encode(src, []float32{1, -1.5, 2}, d)
		if got := Element(src, 1, d); got != -1.5 {
			t.Errorf("Element(%v) = %v, want -1.5", d, got)
		}
	}
	src := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300))
	if got := Element(src, 0, F64); got != 1e300 {
		t.Errorf("Element(F64) = %v, want 1e300", got)
	}
}
