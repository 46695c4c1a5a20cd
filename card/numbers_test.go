package card

import (
	"math"
	"reflect"
	"testing"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.00 K", 98_304: "98.3 K", 124_439_808: "124 M", 999_999: "1.00 M",
		7_241_732_096: "7.24 B", 8_986_628_096: "8.99 B", 70_553_706_496: "70.6 B", 405_853_388_800: "406 B", 1_026_000_000_000: "1026 B"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercentAndWords(t *testing.T) {
	for x, want := range map[float64]string{0: "0 %", 0.5: "50 %", 1: "100 %", 1.0 / 3: "33.3 %", 0.0004: "0.04 %", -0.1: "-10 %"} {
		if got := percent(x); got != want {
			t.Errorf("percent(%v) = %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int]string{0: "no", 1: "one", 12: "twelve", 13: "13", -1: "-1"} {
		if got := words(n); got != want {
			t.Errorf("words(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestShownLayers(t *testing.T) {
	for layers, want := range map[int][]int{1: {0}, 8: {0, 1, 2, 3, 4, 5, 6, 7}, 9: {0, 2, 4, 6, 8}, 32: {0, 8, 16, 24, 31}, 40: {0, 10, 20, 30, 39}, 126: {0, 31, 63, 94, 125}} {
		if got := ShownLayers(layers); !reflect.DeepEqual(got, want) {
			t.Errorf("ShownLayers(%d) = %v, want %v", layers, got, want)
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
		{Setting{Groups: []Group{{"", []float64{nan, 0.2, 0.1, nan}}}}, "0.2 at layer 1 to 0.1 at layer 2"},
		{Setting{Groups: []Group{{"", []float64{0, 0.7, 0.5, 1}}}}, "0 at layer 0 to 1 at layer 3 with turns"},
		{Setting{Groups: []Group{{"", []float64{0.5, 1, 0, 0.5}}}}, "0.5 at layer 0 to 0.5 at layer 3, between 0 and 1"},
		{Setting{Groups: []Group{{"attention, MLP", []float64{0.1}}, {"norms", []float64{nan}}, {"a|b", []float64{2}}}}, "0.1 in attention and MLP; 2 in a&#124;b"},
	} {
		if got := tt.s.brief(); got != tt.want {
			t.Errorf("brief = %q, want %q", got, tt.want)
		}
	}
	f := Facts{Settings: []Setting{boolean("normalize", 0), {Name: "t", Groups: []Group{{"", []float64{0, 1}}}}, constant("lambda", 1), constant("x", nan)}}
	if got, want := constants(f), "`normalize` is false and `lambda` is 1."; got != want {
		t.Errorf("constants = %q, want %q", got, want)
	}
}

func TestTables(t *testing.T) {
	f := Facts{
		Settings: []Setting{{Name: "t", Groups: []Group{{"", []float64{0, 0.005, 0.01}}}}, constant("lambda", 1)},
		Models: []Model{
			{Repo: "x/a", Settings: []Setting{{Name: "weight", Groups: []Group{{"MLP", []float64{0, 0.5, math.NaN()}}, {"norms", []float64{-1}}}}}},
			{Repo: "x/b", Settings: []Setting{constant("weight", 1)}},
			{Ref: "/x", Local: true, Settings: []Setting{{Name: "on", Bool: true, Groups: []Group{{"", []float64{0, 1, 0}}}}}},
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
