package card

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

var smallNumbers = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// words returns n as a word up to twelve, then in digits.
func words(n int) string {
	if n >= 0 && n < len(smallNumbers) {
		return smallNumbers[n]
	}
	return strconv.Itoa(n)
}

// count returns n with three digits and a unit: 7.24 B.
func count(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	v := float64(n)
	for _, unit := range []string{" K", " M", " B"} {
		v /= 1000
		decimals := max(0, 3-len(strconv.Itoa(int(v))))
		if s := strconv.FormatFloat(v, 'f', decimals, 64); len(s) <= 3 || decimals > 0 {
			return s + unit
		}
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " B"
}

// percent returns a share from 0 to 1 with at most three digits: 12.5 %.
func percent(x float64) string { return number(100*x, 3) + " %" }

// number returns x with at most digits significant digits, as short as it goes.
func number(x float64, digits int) string { return strconv.FormatFloat(x, 'g', digits, 64) }

// join joins items as a sentence does.
func join(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
}

// value returns one value of s for a sentence or a column.
func (s Setting) value(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case s.Bool:
		return strconv.FormatBool(v != 0)
	}
	return number(v, 4)
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

// zero tells whether g is 0 in all layers that have a value, and some has.
func (g Group) zero() bool {
	lo, hi := g.span()
	return lo == 0 && hi == 0
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
		p += " with turns"
	}
	return p
}

// and returns g's name as part of a sentence: "norms, embeddings and output head".
func (g Group) and() string { return join(strings.Split(g.Name, ", ")) }
