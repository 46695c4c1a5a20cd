package card

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"
)

var smallNumbers = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// words returns n as a word up to twelve, then in digits.
func words(n int) string {
	if n >= 0 && n < len(smallNumbers) {
		return smallNumbers[n]
	}
	return strconv.Itoa(n)
}

// Count returns a large number of things, such as parameters, with at most three digits that count and no zero at the
// end of a fraction: "7.24 B" for 7,241,732,096, "1.1 B", "406 B", "291". k, M, B and T are powers of a thousand.
func Count(n int64) string {
	v := float64(n)
	for i, unit := range []string{"", " k", " M", " B", " T"} {
		if i > 0 {
			v /= 1000
		}
		if s := Number(v, 3); math.Abs(v) < 999.5 || unit == " T" {
			return s + unit
		}
	}
	panic("unreachable: the last unit takes all")
}

// Percent returns a share from 0 to 1 with at most three digits: "12.5 %". What is neither nothing nor all is never shown
// as 0 or 100: "0.001 %", "99.9 %".
func Percent(share float64) string {
	p := 100 * share
	if p > 0 && p < 100 {
		p = min(max(p, 0.001), 99.9)
	}
	return Number(p, 3) + " %"
}

// Number returns x with so many digits that count, and no zero at the end of a fraction: 1.1 and never 1.10. The digits
// before the point are all there; only what is below a millionth or above 1e15 has an exponent.
func Number(x float64, digits int) string {
	if a := math.Abs(x); !(a < 1e15) || a > 0 && a < 1e-6 {
		return strconv.FormatFloat(x, 'g', digits, 64)
	}
	_, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', digits-1, 64), "e")
	e, _ := strconv.Atoi(exponent) // it has been written right here
	s := strconv.FormatFloat(x, 'f', max(digits-1-e, 0), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// Decimals is how many decimals the numbers of one table have, all of them alike: two, or four where none of them
// reaches 0.1. NaN does not count.
func Decimals(rows [][]float64) int {
	for _, row := range rows {
		if slices.ContainsFunc(row, func(v float64) bool { return math.Abs(v) >= 0.1 }) {
			return 2
		}
	}
	return 4
}

// join joins items as a sentence does.
func join(items []string) string { return english.WordSeries(items, "and") }

// SettingDigits is how many digits of a parameter's value are shown wherever it does not stand in a table by layer.
const SettingDigits = 4

// value returns one value of s for a sentence or a column.
func (s Setting) value(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case s.Bool:
		return strconv.FormatBool(v != 0)
	}
	return Number(v, SettingDigits)
}

// span returns the least and the greatest value of g that is not NaN; both are NaN if none is.
func (g Group) span() (lo, hi float64) {
	lo, hi = math.NaN(), math.NaN()
	for _, v := range g.Values {
		if math.IsNaN(v) {
			continue
		}
		if !(lo <= v) {
			lo = v
		}
		if !(hi >= v) {
			hi = v
		}
	}
	return lo, hi
}

// constant tells whether g has the same value in all layers that have one.
func (g Group) constant() bool {
	lo, hi := g.span()
	return lo == hi || math.IsNaN(lo)
}

// all tells whether g is v in all layers that have a value, and some has.
func (g Group) all(v float64) bool {
	lo, hi := g.span()
	return lo == v && hi == v
}

// partial tells whether some layers have no value of s while others have.
func (s Setting) partial() bool {
	return slices.ContainsFunc(s.Groups, func(g Group) bool {
		return len(g.Values) > 1 && slices.ContainsFunc(g.Values, math.IsNaN)
	})
}

// varies tells whether s changes with the layer in any group.
func (s Setting) varies() bool {
	for _, g := range s.Groups {
		if !g.constant() {
			return true
		}
	}
	return false
}

// brief returns s in a few words: the value, the value of each group, or how it goes from the first layer to the last. The
// result is Markdown.
func (s Setting) brief() string {
	var parts []string
	for _, g := range s.Groups {
		lo, hi := g.span()
		if math.IsNaN(lo) {
			continue
		}
		p := s.value(lo)
		if lo != hi {
			p = s.course(g)
		}
		if g.Name != "" {
			p += " in " + text(g.and())
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "; ")
}

// course returns the values of g in the order of the layers: both ends, and what lies beyond them.
func (s Setting) course(g Group) string {
	var layers []int
	for i, v := range g.Values {
		if !math.IsNaN(v) {
			layers = append(layers, i)
		}
	}
	i, k := layers[0], layers[len(layers)-1]
	first, last := g.Values[i], g.Values[k]
	p := s.value(first) + " at layer " + strconv.Itoa(i) + " to " + s.value(last) + " at layer " + strconv.Itoa(k)
	switch lo, hi := g.span(); {
	case lo < min(first, last) || hi > max(first, last):
		p += ", between " + s.value(lo) + " and " + s.value(hi)
	case g.turns():
		p += " with reversals"
	}
	return p
}

// and returns g's name as part of a sentence: "norms, embeddings and output head".
func (g Group) and() string { return join(strings.Split(g.Name, ", ")) }
