package card

import (
	"math"
	"reflect"
	"testing"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 291: "291", 999: "999", 1000: "1 k", 32_000: "32 k", 98_304: "98.3 k", 124_439_808: "124 M", 999_499: "999 k",
		999_600_000: "1 B", 1_100_048_384: "1.1 B", 7_241_732_096: "7.24 B", 8_986_628_096: "8.99 B", 9_996_000_000: "10 B", 70_553_706_496: "70.6 B",
		405_853_388_800: "406 B", 1_026_000_000_000: "1.03 T", 1_234_000_000_000_000: "1234 T", -1500: "-1.5 k"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercentAndWords(t *testing.T) {
	for x, want := range map[float64]string{0: "0 %", 0.5: "50 %", 1: "100 %", 1.0 / 3: "33.3 %", 0.0004: "0.04 %", -0.1: "-10 %",
		1e-9: "0.001 %", 0.996: "99.6 %", 0.99999: "99.9 %", 1.2: "120 %", 12.34: "1234 %"} {
		if got := Percent(x); got != want {
			t.Errorf("Percent(%v) = %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int]string{0: "no", 1: "one", 12: "twelve", 13: "13", -1: "-1"} {
		if got := words(n); got != want {
			t.Errorf("words(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		x      float64
		digits int
		want   string
	}{
		{1.1, 4, "1.1"}, {1.10001, 4, "1.1"}, {0, 4, "0"}, {math.Copysign(0, -1), 4, "0"}, {-0.5, 4, "-0.5"}, {1.0 / 3, 4, "0.3333"},
		{0.99999, 4, "1"}, {99.95, 3, "100"}, {1234.5, 3, "1234"}, {100_000, 3, "100000"}, {0.00012345, 3, "0.000123"},
		{1e-7, 4, "1e-07"}, {1e15, 4, "1e+15"}, {math.NaN(), 4, "NaN"}, {math.Inf(1), 4, "+Inf"},
	} {
		if got := Number(tt.x, tt.digits); got != tt.want {
			t.Errorf("Number(%v, %d) = %q, want %q", tt.x, tt.digits, got, tt.want)
		}
	}
}

func TestShownLayers(t *testing.T) {
	for layers, want := range map[int][]int{0: nil, 1: {0}, 4: {0, 1, 2, 3}, 8: {0, 1, 2, 3, 4, 5, 6, 7}, 9: {0, 2, 4, 6, 8}, 12: {0, 4, 8, 11}, 22: {0, 7, 14, 21},
		28: {0, 9, 18, 27}, 32: {0, 8, 16, 24, 31}, 40: {0, 10, 20, 30, 39}, 80: {0, 20, 40, 60, 79}, 126: {0, 25, 50, 75, 100, 125}} {
		if got := ShownLayers(layers); !reflect.DeepEqual(got, want) {
			t.Errorf("ShownLayers(%d) = %v, want %v", layers, got, want)
		}
	}
	for layers := 9; layers < 300; layers++ {
		got := ShownLayers(layers)
		n := len(got) - 1
		step := got[1]
		for i := 1; i < n; i++ {
			if got[i] != i*step {
				t.Fatalf("ShownLayers(%d) = %v, which are not even", layers, got)
			}
		}
		if end := got[n] - got[n-1]; got[n] != layers-1 || n < 3 || n > 6 || end > step || 2*end < step {
			t.Fatalf("ShownLayers(%d) = %v: want three to six steps up to the last layer, none shorter than half", layers, got)
		}
	}
}

func TestBriefAndConstants(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		s    Setting
		want string
	}{
		{constant("w", 0.53), "0.53"},
		{boolean("w", 1), "true"},
		{Setting{Groups: []Group{{Name: "", Values: []float64{nan, 0.2, 0.1, nan}}}}, "0.2 at layer 1 to 0.1 at layer 2"},
		{Setting{Groups: []Group{{Name: "", Values: []float64{0, 0.7, 0.5, 1}}}}, "0 at layer 0 to 1 at layer 3 with reversals"},
		{Setting{Groups: []Group{{Name: "", Values: []float64{0.5, 1, 0, 0.5}}}}, "0.5 at layer 0 to 0.5 at layer 3, between 0 and 1"},
		{Setting{Groups: []Group{{Name: "attention, MLP", Values: []float64{0.1}}, {Name: "norms", Values: []float64{nan}}, {Name: "a|b", Values: []float64{2}}}}, "0.1 in attention and MLP; 2 in a&#124;b"},
	} {
		if got := tt.s.brief(); got != tt.want {
			t.Errorf("brief = %q, want %q", got, tt.want)
		}
	}
	f := Facts{Settings: []Setting{boolean("normalize", 0), {Name: "t", Groups: []Group{{Name: "", Values: []float64{0, 1}}}}, constant("lambda", 1), constant("x", nan)}}
	if got, want := constants(f), "`normalize` is false and `lambda` is 1."; got != want {
		t.Errorf("constants = %q, want %q", got, want)
	}
}

func TestTables(t *testing.T) {
	f := Facts{
		Settings: []Setting{{Name: "t", Groups: []Group{{Name: "", Values: []float64{0, 0.005, 0.01}}}}, constant("lambda", 1)},
		Models: []Model{
			{Repo: "x/a", Settings: []Setting{{Name: "weight", Groups: []Group{{Name: "MLP", Values: []float64{0, 0.5, math.NaN()}}, {Name: "norms", Values: []float64{-1}}}}}},
			{Repo: "x/b", Settings: []Setting{constant("weight", 1)}},
			{Ref: "/x", Local: true, Settings: []Setting{{Name: "on", Bool: true, Groups: []Group{{Name: "", Values: []float64{0, 1, 0}}}}}},
		},
	}
	want := []Table{
		{"t", "", []int{0, 1, 2}, []Row{{"all tensors", []string{"0.0000", "0.0050", "0.0100"}}}},
		{"weight", "", []int{0, 1, 2}, []Row{{"a, MLP", []string{"0.00", "0.50", ""}}, {"a, norms", []string{"-1.00", "-1.00", "-1.00"}}}},
		{"on", "", []int{0, 1, 2}, []Row{{"the model that is not on the Hub", []string{"false", "true", "false"}}}},
	}
	if got := tables(f); !reflect.DeepEqual(got, want) {
		t.Errorf("tables = %+v\nwant     %+v", got, want)
	}
}
