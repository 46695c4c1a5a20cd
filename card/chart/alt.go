package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/lazymerge/lazymerge/card"
)

// most is the maximum number of items in a list of an alt text.
const most = 6

// stripsAlt describes the strips of shares or factors.
func stripsAlt(f card.Facts) string {
	var clauses []string
	for i, strip := range f.Strips {
		if clause := stripAlt(f, i); clause != "" {
			clauses = append(clauses, subject(strip)+averaged(strip)+": "+clause)
		}
	}
	text := strings.Join(clauses, "; ")
	what := "Factor"
	if shares(f) {
		what = "Share"
	}
	text = what + " of each model by layer. " + strings.ToUpper(text[:1]) + text[1:] + "."
	if aligned(f) {
		var parts []string
		for _, s := range f.Slices {
			parts = append(parts, inWords(s.Parts[0].First, s.Parts[0].End)+" as "+inWords(s.First, s.End))
		}
		text += " Layers of the models in the result: " + shortList(parts) + "."
	}
	return text
}

// mostRuns is how many runs of equal layers are listed one by one.
const mostRuns = 4

// stripAlt describes strip i of f: one mix, a few in a row, or where it starts, reverses and ends.
func stripAlt(f card.Facts, i int) string {
	strip := f.Strips[i]
	steps := runs(f, strip)
	if len(steps) == 0 {
		return ""
	}
	first, last := steps[0], steps[len(steps)-1]
	if !slices.ContainsFunc(steps, func(r run) bool { return slices.Compare(r.weights, first.weights) != 0 }) {
		return mix(f, first.weights)
	}
	for _, earlier := range f.Strips[:i] {
		if opposite(f, strip, earlier) {
			return "the reverse of " + subject(earlier)
		}
	}
	if len(steps) <= mostRuns {
		var parts []string
		for _, s := range steps {
			parts = append(parts, mix(f, s.weights)+" in "+inWords(s.first, s.end))
		}
		return strings.Join(parts, ", then ")
	}
	return fmt.Sprintf("from %s at layer %d to %s at layer %d", mix(f, first.weights), first.first, mix(f, last.weights), last.end-1) + turns(f, steps)
}

// A run is a range of layers with equal weights, one for each model.
type run struct {
	first, end int // end is excluded
	weights    []float64
}

// runs are the runs of a strip, without layers that have no such tensor.
func runs(f card.Facts, s card.Strip) []run {
	var out []run
	for layer := range max(depth(f, s), 1) {
		w := weightsAt(s, layer)
		n := len(out) - 1
		switch {
		case !slices.ContainsFunc(w, func(v float64) bool { return !math.IsNaN(v) }):
		case n >= 0 && out[n].end == layer && slices.Compare(w, out[n].weights) == 0:
			out[n].end++
		default:
			out = append(out, run{layer, layer + 1, w})
		}
	}
	return out
}

func weightsAt(s card.Strip, layer int) []float64 {
	out := make([]float64, len(s.Models))
	for i, m := range s.Models {
		out[i] = at(m.Weight, layer)
	}
	return out
}

// opposite reports whether the two models of a and b have swapped places in every layer.
func opposite(f card.Facts, a, b card.Strip) bool {
	if len(a.Models) != 2 || a.Layers != b.Layers {
		return false
	}
	for layer := range max(depth(f, a), 1) {
		x, y := weightsAt(a, layer), weightsAt(b, layer)
		slices.Reverse(y)
		if !slices.EqualFunc(x, y, func(v, w float64) bool { return math.Abs(v-w) <= 1e-9 || math.IsNaN(v) && math.IsNaN(w) }) {
			return false
		}
	}
	return true
}

// turns says at which layers some model's weight stops rising or falling, or how often if there are many; "" if none.
func turns(f card.Facts, steps []run) string {
	var at []int // indexes into steps
	for i := range steps[0].weights {
		way, from := 0.0, math.NaN()
		for k, s := range steps {
			v := s.weights[i]
			if step := v - from; step != 0 && !math.IsNaN(step) {
				if way*step < 0 && !slices.Contains(at, k-1) {
					at = append(at, k-1)
				}
				way = step
			}
			if !math.IsNaN(v) {
				from = v
			}
		}
	}
	slices.Sort(at)
	var parts []string
	for _, k := range at {
		weights := mix(f, steps[k].weights)
		if len(f.Models) == 2 && shares(f) { // one share implies the other
			weights = card.Percent(steps[k].weights[1]) + " " + f.Short(1)
		}
		parts = append(parts, fmt.Sprintf("layer %d (%s)", steps[k].end-1, weights))
	}
	switch {
	case len(at) == 0:
		return ""
	case len(at) > most:
		return fmt.Sprintf(", reversing %d times", len(at))
	}
	return ", reversing at " + english.WordSeries(parts, "and")
}

// subject is what a text calls a strip.
func subject(s card.Strip) string {
	if s.Name == "" {
		return "all tensors"
	}
	return english.WordSeries(strings.Split(s.Name, ", "), "and")
}

// averaged says that the numbers of a strip are means, or nothing.
func averaged(s card.Strip) string {
	if s.Mean {
		return " (on average)"
	}
	return ""
}

// mix puts the weights of the models in one layer into words.
func mix(f card.Facts, weights []float64) string {
	whole := shares(f)
	var parts []string
	for i, w := range weights {
		amount, name := card.Percent(w), f.Short(i)
		switch {
		case w == 0 || math.IsNaN(w):
			continue
		case !whole:
			amount = number(w) + " ×"
		case w == 1:
			amount = "all"
		case w == 0.5 && len(weights) == 2:
			amount = "half"
		}
		if whole && f.Models[i].Local { // "half the model" would be half of it
			name = "from " + name
		}
		parts = append(parts, amount+" "+name)
	}
	return cmp.Or(shortList(parts), "nothing")
}

// shortList joins items as in a sentence, and counts those beyond the first few.
func shortList(items []string) string {
	if n := len(items); n > most {
		items = append(slices.Clone(items[:most-1]), fmt.Sprintf("%d more", n-most+1))
	}
	return english.WordSeries(items, "and")
}

// changesAlt describes the rows of bars.
func changesAlt(f card.Facts) string {
	base := "the base model"
	if i := slices.IndexFunc(f.Models, func(m card.Model) bool { return m.Base }); i >= 0 {
		base = f.Short(i)
	}
	rows, left := bands(f)
	kept := ""
	var parts []string
	for _, b := range rows {
		var courses []string
		for _, strip := range b.strips {
			if strip.Models[0].Density != nil {
				kept = ", and the share of them that is kept"
			}
			text := courseAlt(f, strip)
			if strip.Name != "" {
				text += " in " + subject(strip) + averaged(strip)
			}
			courses = append(courses, text)
		}
		parts = append(parts, f.Short(b.model)+": "+strings.Join(courses, ", "))
	}
	if n := len(parts); n > most {
		parts, left = parts[:most-1], left+n-most+1
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%d more models", left))
	}
	return "Weight of each model's changes to " + base + " by layer" + kept + ". " + strings.Join(parts, "; ") + "."
}

// courseAlt says weight and density of a row: one number, or the numbers at both ends.
func courseAlt(f card.Facts, s card.Strip) string {
	course := func(name string, values []float64) string {
		steps := runs(f, card.Strip{Layers: s.Layers, Models: []card.Course{{Weight: values}}})
		if len(steps) == 0 {
			return ""
		}
		byWeight := func(a, b run) int { return slices.Compare(a.weights, b.weights) }
		lo, hi := slices.MinFunc(steps, byWeight).weights[0], slices.MaxFunc(steps, byWeight).weights[0]
		first, last := steps[0], steps[len(steps)-1]
		a, b := first.weights[0], last.weights[0]
		text := number(a)
		if lo != hi {
			text += fmt.Sprintf(" at layer %d to %s at layer %d", first.first, number(b), last.end-1)
		}
		if lo < min(a, b) || hi > max(a, b) {
			text += fmt.Sprintf(" (between %s and %s)", number(lo), number(hi))
		}
		return called(name, text)
	}
	text := course(f.Method.Weight, s.Models[0].Weight)
	if density := course(f.Method.Density, s.Models[0].Density); density != "" {
		text += " and " + density
	}
	return text
}

// called puts the name of a parameter, if it has one, before its value.
func called(name, value string) string { return strings.TrimLeft(name+" "+value, " ") }

// blocksAlt describes the blocks in order.
func blocksAlt(f card.Facts) string {
	var parts []string
	for _, s := range f.Slices {
		p := s.Parts[0]
		parts = append(parts, inWords(p.First, p.End)+" of "+f.Short(p.Model)+" as "+inWords(s.First, s.End))
	}
	if n := len(parts); n > 2*most {
		parts = append(parts[:2*most-1], fmt.Sprintf("%d more runs", n-2*most+1))
	}
	text := fmt.Sprintf("The %d layers of the result: ", f.Layers) + strings.Join(parts, ", then ") + "."
	if !shares(f) {
		text += " Some tensors are scaled."
	}
	return text
}

func inWords(first, end int) string {
	if end-first == 1 {
		return fmt.Sprintf("layer %d", first)
	}
	return fmt.Sprintf("layers %d to %d", first, end-1)
}
