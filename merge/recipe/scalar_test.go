package recipe

import (
	"math"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

// TestResolve holds scalars against what yaml.safe_load of PyYAML 6.0.3 makes of them.
func TestResolve(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	str := func(text string) Scalar { return Scalar{Kind: KindString, Text: text} }
	integer := func(f float64) Scalar { return Scalar{Kind: KindInt, Float: f} }
	float := func(f float64) Scalar { return Scalar{Kind: KindFloat, Float: f} }
	boolean := func(b bool) Scalar { return Scalar{Kind: KindBool, Float: map[bool]float64{true: 1}[b]} }
	null := Scalar{Kind: KindNull}
	for _, tt := range []struct {
		text string
		want Scalar
	}{
		{"~", null}, {"null", null}, {"Null", null}, {"NULL", null}, {"nULL", str("nULL")}, {"!!null x", null},
		{"''", str("")}, {"'null'", str("null")}, {"!!str null", str("null")},

		{"yes", boolean(true)}, {"YES", boolean(true)}, {"No", boolean(false)}, {"on", boolean(true)}, {"Off", boolean(false)},
		{"TRUE", boolean(true)}, {"false", boolean(false)}, {"y", str("y")}, {"N", str("N")}, {"t", str("t")}, {"oN", str("oN")},
		{`"yes"`, str("yes")}, {"!!bool YeS", boolean(true)}, {"!!bool 'off'", boolean(false)},

		{"0", integer(0)}, {"-0", integer(0)}, {"12", integer(12)}, {"+12", integer(12)}, {"-3", integer(-3)}, {"1_000", integer(1000)},
		{"12_", integer(12)}, {"_12", str("_12")}, {"010", integer(8)}, {"-010", integer(-8)}, {"00", integer(0)}, {"0_7", integer(7)},
		{"08", str("08")}, {"0o10", str("0o10")}, {"0b101", integer(5)}, {"0x1F", integer(31)}, {"-0x_f", integer(-15)},
		{"1:30", integer(90)}, {"-1:30", integer(-90)}, {"190:20:30", integer(685230)}, {"1:60", str("1:60")}, {"0:30", str("0:30")},
		{"99999999999999999999999", integer(1e23)}, {"!!int '3'", integer(3)}, {"!!int 1:30", integer(90)},
		{"1" + strings.Repeat("0", 400), integer(inf)}, {"-0x" + strings.Repeat("f", 300), integer(-inf)},
		{"'5'", str("5")}, {"!!str 5", str("5")},

		{"1.5", float(1.5)}, {"1.", float(1)}, {".5", float(0.5)}, {"-.5", str("-.5")}, {"._5", str("._5")}, {".5_", float(0.5)},
		{"0.1_2", float(0.12)}, {"1e-5", str("1e-5")}, {"1e5", str("1e5")}, {"1.5e3", str("1.5e3")}, {"1.0e-5", float(1e-5)},
		{"1.0E+5", float(1e5)}, {"1:30.5", float(90.5)}, {"-0.0", float(math.Copysign(0, -1))}, {".inf", float(inf)}, {"-.INF", float(-inf)},
		{"+.Inf", float(inf)}, {".nan", float(nan)}, {"-.nan", str("-.nan")}, {"inf", str("inf")}, {"1" + strings.Repeat("0", 400) + ".0", float(inf)},
		{"!!float 1e-5", float(1e-5)}, {"!!float 1", float(1)}, {"!!float inf", float(inf)}, {"!!float '1:30'", float(90)},

		{"2024-01-01", str("2024-01-01")}, // a date there, which no key of a config takes
		{"a/b@main", str("a/b@main")}, {"|\n  a\n", str("a\n")}, {">-\n  a\n  b\n", str("a b")},
	} {
		root := node(t, tt.text)
		got, fault := resolve(root)
		if fault != nil {
			t.Errorf("resolve(%q) = %v", clip(tt.text), fault)
			continue
		}
		same := got.Kind == tt.want.Kind &&
			(got.Float == tt.want.Float || math.IsNaN(got.Float) && math.IsNaN(tt.want.Float)) &&
			(got.Kind != KindString || got.Text == tt.want.Text)
		if !same {
			t.Errorf("resolve(%q) = %+v, want %+v", clip(tt.text), got, tt.want)
		}
	}
}

// What a tag forbids, and the plain numbers without digits that PyYAML fails on.
func TestResolveRefuses(t *testing.T) {
	for _, text := range []string{
		"!!bool maybe", "!!int 1.5", "!!int ''", "!!int '-'", "!!int 08", "!!int 0b2", "!!int 1:3.0", "!!int 1e5", "!!int 0x-1", "!!int 1::2",
		"!!float x", "!!float ''", "!!float 0x10", "!!float 0x1p-2", "0b", "0b_", "0x_",
	} {
		s, fault := resolve(node(t, text))
		refused := fault != nil && fault.Code == "value"
		if wantText := text == "0b"; refused == wantText || wantText && s.Kind != KindString {
			t.Errorf("resolve(%q) = %+v, %v; want a fault, or text for 0b", text, s, fault)
		}
	}
}

// node returns the YAML node of text.
func node(t *testing.T, text string) *yaml.Node {
	t.Helper()
	docs, err := yamltext.Documents([]byte(text))
	if err != nil || len(docs) != 1 {
		t.Fatalf("Documents(%q) = %d documents, %v", text, len(docs), err)
	}
	return docs[0].Content[0]
}
