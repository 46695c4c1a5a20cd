package dtype

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var all = []DType{Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64}

func TestNames(t *testing.T) {
	for _, d := range all {
		got, err := Parse(d.String())
		if err != nil || got != d {
			t.Errorf("Parse(%q) = %v, %v", d.String(), got, err)
		}
		text, err := d.MarshalText()
		var back DType
		if err != nil || back.UnmarshalText(text) != nil || back != d {
			t.Errorf("%v through text %q = %v, %v", d, text, back, err)
		}
		if d.Float() != (d.Torch() != "") || d.Float() && FromTorch(d.Torch()) != d {
			t.Errorf("%v: Torch %q, back %v", d, d.Torch(), FromTorch(d.Torch()))
		}
	}
	if d := F16; d.UnmarshalText(nil) != nil || d != Invalid {
		t.Errorf("UnmarshalText of nothing = %v, want Invalid", d)
	}
	if got := FromTorch("int8"); got != Invalid {
		t.Errorf("FromTorch(int8) = %v, want Invalid", got)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, want string }{
		{"", "unknown dtype"},
		{"bf16", `unknown dtype "bf16"`},
		{"F4", "dtype F4 is not supported: its elements are smaller than a byte"},
		{"F6_E2M3", "smaller than a byte"},
		{"F8_E8M0", "dtype F8_E8M0 is not supported: it is a scale"},
		{strings.Repeat("x", 1000), "unknown dtype"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.name)
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 100 {
			t.Errorf("Parse(%.20q) = %v, want an error with %q", tt.name, err, tt.want)
		}
		var d DType
		if tt.name != "" && d.UnmarshalText([]byte(tt.name)) == nil {
			t.Errorf("UnmarshalText(%.20q) has no error", tt.name)
		}
	}
}

// TestHoldsAllValues compares Holds with the sets of values, which are small enough up to 16 bits.
func TestHoldsAllValues(t *testing.T) {
	sets := map[DType]map[float64]bool{}
	integers := func(from, to int) map[float64]bool {
		set := map[float64]bool{}
		for i := from; i <= to; i++ {
			set[float64(i)] = true
		}
		return set
	}
	codes := func(h half, n int) map[float64]bool {
		set := map[float64]bool{}
		for code := range n {
			if v := h.value(uint16(code)); v == v && !math.IsInf(v, 0) {
				set[v], set[-v] = true, true
			}
		}
		return set
	}
	sets[Bool] = integers(0, 1)
	sets[U8] = integers(0, 255)
	sets[I8] = integers(-128, 127)
	sets[U16] = integers(0, 65535)
	sets[I16] = integers(-32768, 32767)
	sets[F16] = codes(halves[0], 1<<15)
	sets[BF16] = codes(halves[1], 1<<15)
	sets[F8E5M2] = codes(half{exponent: 5, fraction: 2}, 1<<7)
	sets[F8E4M3] = codes(half{exponent: 4, fraction: 3}, 1<<7)
	for code := 0x78; code < 0x7f; code++ { // E4M3 has numbers where others have infinity
		v := math.Ldexp(8+float64(code&7), 15-7-3)
		sets[F8E4M3][v], sets[F8E4M3][-v] = true, true
	}

	for wide, w := range sets {
		for narrow, n := range sets {
			want := true
			for v := range n {
				if !w[v] {
					want = false
					break
				}
			}
			if got := Holds(wide, narrow); got != want {
				t.Errorf("Holds(%v, %v) = %v, want %v", wide, narrow, got, want)
			}
		}
	}
}

func TestHolds(t *testing.T) {
	tests := []struct {
		wide DType
		want []DType // all that it holds
	}{
		{Invalid, nil},
		{I32, []DType{Bool, U8, I8, I16, U16, I32}},
		{U32, []DType{Bool, U8, U16, U32}},
		{I64, []DType{Bool, U8, I8, I16, U16, I32, U32, I64}},
		{U64, []DType{Bool, U8, U16, U32, U64}},
		{F32, []DType{Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, F32}},
		{C64, []DType{Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, F32, C64}},
		{F64, []DType{Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, I32, U32, F32, F64}},
	}
	for _, tt := range tests {
		for _, narrow := range append([]DType{Invalid}, all...) {
			if got, want := Holds(tt.wide, narrow), slices.Contains(tt.want, narrow); got != want {
				t.Errorf("Holds(%v, %v) = %v, want %v", tt.wide, narrow, got, want)
			}
		}
	}
}

func TestPromote(t *testing.T) {
	tests := []struct {
		name  string
		types []DType
		want  DType
	}{
		{"nothing", nil, Invalid},
		{"one", []DType{F8E4M3}, F8E4M3},
		{"the same twice", []DType{U16, U16}, U16},
		{"neither half holds the other", []DType{BF16, F16}, F32},
		{"a half and a single", []DType{F16, F32}, F32},
		{"double wins", []DType{BF16, F64, F32}, F64},
		{"a half beats a long", []DType{I64, BF16}, BF16},
		{"a bool gives way", []DType{Bool, U8}, U8},
		{"a bool gives way", []DType{Bool, I8}, I8},
		{"signed and unsigned bytes", []DType{U8, I8}, I16},
		{"an unsigned byte and a short", []DType{U8, I16}, I16},
		{"integers", []DType{I8, I32, I16}, I32},
		{"integers", []DType{I64, U8}, I64},
		{"wide unsigned with a float", []DType{U32, F16}, F16},
		{"wide unsigned with a signed", []DType{U16, I32}, Invalid},
		{"wide unsigned with complex", []DType{U64, C64}, Invalid},
		{"an 8 bit float with another", []DType{F8E4M3, F8E5M2}, Invalid},
		{"an 8 bit float with a half", []DType{F8E4M3, BF16}, Invalid},
		{"complex with single", []DType{C64, F32, I64}, C64},
		{"complex with double is no type of the files", []DType{C64, F64}, Invalid},
		{"no type among them", []DType{F32, Invalid, F32}, Invalid},
	}
	for _, tt := range tests {
		for range 5 {
			if got := Promote(tt.types...); got != tt.want {
				t.Errorf("%s: Promote(%v) = %v, want %v", tt.name, tt.types, got, tt.want)
			}
			rand.Shuffle(len(tt.types), func(i, j int) { tt.types[i], tt.types[j] = tt.types[j], tt.types[i] })
		}
	}
}

// TestPromoteHolds: among floating types the common type holds every one of them.
func TestPromoteHolds(t *testing.T) {
	floats := []DType{F16, BF16, F32, F64}
	for _, a := range floats {
		for _, b := range floats {
			if p := Promote(a, b); !Holds(p, a) || !Holds(p, b) || p != Promote(b, a) {
				t.Errorf("Promote(%v, %v) = %v", a, b, p)
			}
		}
	}
}
