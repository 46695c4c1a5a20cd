package card

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// wayGist describes the mix of an interpolation: for each group, where it lies between the two models, and how it moves from the first layer to
// the last. It is "" where that takes too many words, or where the mix leaves the way between the models.
func wayGist(f Facts) string {
	at := slices.IndexFunc(f.Models, func(m Model) bool { return m.Base })
	mix, ok := setting(f.Settings, f.Method.Mix)
	if len(f.Models) != 2 || at < 0 || !ok || f.Method.MixFrom == f.Method.MixTo {
		return ""
	}
	w := way{text(f.Short(at)), text(f.Short(1 - at)), f.Method.MixFrom, f.Method.MixTo}
	var clauses []string           // in order
	where := map[string][]string{} // groups by clause
	var leading Group              // that of the first clause
	for _, g := range mix.Groups {
		g = w.done(g)
		if lo, hi := g.span(); math.IsNaN(lo) {
			continue
		} else if lo < 0 || hi > 1 {
			return ""
		}
		clause := w.course(g)
		switch {
		case len(clauses) == 0:
			leading = g
		case len(clauses) == 1 && g.mirrors(leading):
			clause = "moves the opposite way"
		}
		if !slices.Contains(clauses, clause) {
			clauses = append(clauses, clause)
		}
		if g.Name != "" {
			where[clause] = append(where[clause], strings.Split(g.Name, ", ")...)
		}
	}
	if len(clauses) == 0 || len(clauses) > 4 {
		return ""
	}
	for i, c := range clauses {
		if in := where[c]; len(in) > 0 {
			clauses[i] = c + " in " + text(join(in))
		} else if len(clauses) == 1 && !mix.varies() {
			clauses[i] = c + " in every tensor"
		}
	}
	s := "The mix "
	if mix.varies() {
		s = "From the first layer to the last, the mix "
	}
	return s + sequence(clauses) + "."
}

// A way leads from one model to another. The mix is start at the one and end at the other.
type way struct {
	from, to   string
	start, end float64
}

// done returns g with the part of the way that each value of the mix has done: 0 is none of it and 1 all.
func (w way) done(g Group) Group {
	g.Values = slices.Clone(g.Values)
	for i, v := range g.Values {
		g.Values[i] = (v - w.start) / (w.end - w.start)
	}
	return g
}

// course says how the values of g, parts of the way, run along it.
func (w way) course(g Group) string {
	first, last := g.ends()
	lo, hi := g.span()
	switch {
	case g.constant() && first == 0:
		return "is all " + w.from
	case g.constant() && first == 1:
		return "is all " + w.to
	case g.constant() && first == 0.5:
		return "is half and half"
	case g.constant():
		return fmt.Sprintf("is %s of the way from %s to %s", Percent(first), w.from, w.to)
	case min(first, last) > lo || max(first, last) < hi:
		return fmt.Sprintf("moves back and forth between %s and %s of the way from %s to %s", Percent(lo), Percent(hi), w.from, w.to)
	}
	reversals := ""
	if g.turns() {
		reversals = " with reversals"
	}
	switch {
	case first == 0 && last == 1:
		return "moves from " + w.from + " to " + w.to + reversals
	case first == 1 && last == 0:
		return "moves from " + w.to + " to " + w.from + reversals
	}
	return fmt.Sprintf("moves from %s to %s of the way from %s to %s%s", Percent(first), Percent(last), w.from, w.to, reversals)
}

// mirrors tells whether g changes with the layer, and wherever it has p of one model o has p of the other. Both have parts of the way.
func (g Group) mirrors(o Group) bool {
	return !g.constant() && slices.EqualFunc(g.Values, o.Values, func(a, b float64) bool {
		return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a+b-1) < 1e-9
	})
}

// turns tells whether the values of g both grow and fall.
func (g Group) turns() bool {
	up, down, before := false, false, math.NaN()
	for _, v := range g.Values {
		up, down = up || v > before, down || v < before
		if !math.IsNaN(v) {
			before = v
		}
	}
	return up && down
}

// ends returns the first and the last value of g that is not NaN.
func (g Group) ends() (first, last float64) {
	first, last = math.NaN(), math.NaN()
	for _, v := range g.Values {
		if math.IsNaN(first) {
			first = v
		}
		if !math.IsNaN(v) {
			last = v
		}
	}
	return first, last
}
