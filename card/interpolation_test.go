package card

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

func TestWayGist(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"up", []float64{0, 0.3, 1}, "From the first layer to the last, the mix moves from a to b."},
		{"down", []float64{0.8, 0.3, 0.2}, "From the first layer to the last, the mix moves from 80 % to 20 % of the way from a to b."},
		{"up at the end alone", []float64{0.9, 0.1, 0.1, 0.1, 0.95}, "From the first layer to the last, the mix moves back and forth between 10 % and 95 % of the way from a to b."},
		{"with turns from end to end", []float64{0, 0.5, 0.3, 0.7, 1}, "From the first layer to the last, the mix moves from a to b with reversals."},
		{"there and back", []float64{0, 1, 0}, "From the first layer to the last, the mix moves back and forth between 0 % and 100 % of the way from a to b."},
		{"all of the base", []float64{0}, "The mix is all a in every tensor."},
		{"all of the other", []float64{1}, "The mix is all b in every tensor."},
		{"beyond the base", []float64{-0.5}, ""},
		{"beyond the other", []float64{0, 1.5}, ""},
	} {
		for _, ends := range [][2]float64{{0, 1}, {10, 0}, {-1, 3}} {
			values := slices.Clone(tt.values)
			for i, v := range values {
				values[i] = ends[0] + float64(v*(ends[1]-ends[0]))
			}
			f := Facts{Method: Method{Mix: "warmth", MixFrom: ends[0], MixTo: ends[1]}, Models: []Model{{Repo: "x/a", Base: true}, {Repo: "x/b"}},
				Settings: []Setting{{Name: "warmth", Groups: []Group{{Values: values}}}}}
			if got := wayGist(f); got != tt.want {
				t.Errorf("%s, from %g to %g: wayGist = %q, want %q", tt.name, ends[0], ends[1], got, tt.want)
			}
		}
	}
}

func TestWayGistOfTwoWays(t *testing.T) {
	for _, tt := range []struct {
		name   string
		second []float64
		want   string
	}{
		{"mirrored", []float64{0.9, 0.6, 0}, "moves the opposite way in MLP"},
		{"not quite mirrored", []float64{0.9, 0.5, 0}, "moves from 90 % to 0 % of the way from a to b in MLP"},
	} {
		f := Facts{Method: Method{Mix: "warmth", MixTo: 1}, Models: []Model{{Repo: "x/a", Base: true}, {Repo: "x/b"}},
			Settings: []Setting{{Name: "warmth", Groups: []Group{{Name: "attention", Values: []float64{0.1, 0.4, 1}}, {Name: "MLP", Values: tt.second}}}}}
		want := "From the first layer to the last, the mix moves from 10 % to 100 % of the way from a to b in attention, and " + tt.want + "."
		if got := wayGist(f); got != want {
			t.Errorf("%s: wayGist = %q, want %q", tt.name, got, want)
		}
	}
}

var (
	monotone = regexp.MustCompile(`moves from (\S+)(?: %)? to (\S+)(?: % of the way from a to b)?( with reversals)?\.$`)
	between  = regexp.MustCompile(`moves back and forth between (\S+) % and (\S+) % of the way from a to b\.$`)
	unmoved  = regexp.MustCompile(`is (?:all (a|b)|half and half|(\S+) % of the way from a to b) in every tensor\.$`)
)

// What the sentence says of any gradient holds: the ends and their order, the range, and whether it turns.
func TestWayGistIsTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	share := func(s string) float64 {
		switch s {
		case "a":
			return 0
		case "b":
			return 1
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v / 100
	}
	near := func(s string, v float64) bool { return math.Abs(share(s)-v) < 0.0051 }
	seen := map[string]int{}
	for range 20000 {
		values := make([]float64, 1+r.IntN(6))
		for i := range values {
			values[i] = float64(r.IntN(5)) / 4
			if r.IntN(3) == 0 {
				values[i] = r.Float64()
			}
			if len(values) > 1 && r.IntN(8) == 0 {
				values[i] = math.NaN()
			}
		}
		f := Facts{Method: Method{Mix: "warmth", MixTo: 1}, Models: []Model{{Repo: "x/a", Base: true}, {Repo: "x/b"}},
			Settings: []Setting{{Name: "warmth", Groups: []Group{{Values: values}}}}}
		s := wayGist(f)
		lo, hi, first, last, turns := 2.0, -1.0, math.NaN(), math.NaN(), ""
		up, down := false, false
		for _, v := range values {
			if math.IsNaN(v) {
				continue
			}
			if math.IsNaN(first) {
				first = v
			}
			up, down = up || v > last, down || v < last
			lo, hi, last = min(lo, v), max(hi, v), v
		}
		if up && down {
			turns = " with reversals"
		}
		ok, kind := false, ""
		switch {
		case math.IsNaN(first):
			ok, kind = s == "", "nothing"
		case monotone.MatchString(s):
			m := monotone.FindStringSubmatch(s)
			ok, kind = m[3] == turns && near(m[1], first) && near(m[2], last) && lo == min(first, last) && hi == max(first, last) && lo != hi, "moves"
		case between.MatchString(s):
			m := between.FindStringSubmatch(s)
			ok, kind = near(m[1], lo) && near(m[2], hi) && turns != "", "turns"
		case unmoved.MatchString(s):
			m := unmoved.FindStringSubmatch(s)
			at := m[1] + m[2]
			if at == "" {
				at = "50"
			}
			ok, kind = lo == hi && near(at, lo), "is"
		}
		if !ok {
			t.Fatalf("wayGist of t %v = %q", fmt.Sprint(values), s)
		}
		seen[kind]++
	}
	if len(seen) != 4 {
		t.Errorf("only %v was seen", seen)
	}
}
