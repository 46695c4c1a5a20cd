package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
)

// most is how many items a list in an alt text has at most.
const most = 6

// sharesAlt describes the strips of shares.
func sharesAlt(f card.Facts) string {
	return "Share of each model by layer. " + stripsAlt(f, shareWords)
}

// factorsAlt describes the strips of factors that are no shares.
func factorsAlt(f card.Facts) string {
	return "Factor of each model by layer. " + stripsAlt(f, factorWords)
}

// stripsAlt joins what is said of each strip. mix puts the weights of one layer into words.
func stripsAlt(f card.Facts, mix mixture) string {
	var clauses []string
	for i, strip := range f.Strips {
		if clause := stripAlt(f, i, mix); clause != "" {
			clauses = append(clauses, subject(strip)+averaged(strip)+" "+clause)
		}
	}
	text := strings.Join(clauses, "; ")
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if aligned(f) {
		var from []string
		for _, s := range f.Slices {
			from = append(from, inWords(s.First, s.End)+" from "+inWords(s.Parts[0].First, s.Parts[0].End))
		}
		text += " The result has its " + shortList(from) + " of the models."
	}
	return text
}

// A mixture puts the weights that the models of f have in one layer into words.
type mixture func(f card.Facts, weights []float64) string

// stripAlt says what strip i of f is: one thing, a few one after the other, or where it starts, turns and ends.
func stripAlt(f card.Facts, i int, mix mixture) string {
	strip := f.Strips[i]
	in := func(layer int) string { return mix(f, weightsAt(strip, layer)) }
	first, last := ends(strip, depth(f, strip))
	if first < 0 {
		return ""
	}
	is := verb(strip, "is ", "are ")
	if level(strip) {
		if len(f.Models) == 1 && len(f.Strips) == 1 && shares(f) {
			return "are those of " + f.Short(0)
		}
		return is + in(first)
	}
	for _, earlier := range f.Strips[:i] {
		if opposite(strip, earlier, depth(f, strip)) {
			return verb(strip, "runs", "run") + " the opposite way to " + subject(earlier)
		}
	}
	if steps := runs(strip, depth(f, strip)); len(steps) <= mostRuns {
		var parts []string
		for _, step := range steps {
			parts = append(parts, in(step[0])+" in "+inWords(step[0], step[1]))
		}
		return is + strings.Join(parts, ", then ")
	}
	clause := fmt.Sprintf("%s as %s at layer %d", verb(strip, "starts", "start"), in(first), first)
	if t := turns(strip, depth(f, strip)); len(t) > 0 {
		clause += ", " + turnWords(f, strip, t, mix) + ","
	}
	return clause + fmt.Sprintf(" and %s as %s at layer %d", verb(strip, "ends", "end"), in(last), last)
}

// mostRuns is how many runs of equal layers are told one by one.
const mostRuns = 4

// runs are the layers of a strip in runs of equal weights, each from its first layer up to but not including its end.
func runs(s card.Strip, layers int) [][2]int {
	var out [][2]int
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	for layer := range max(layers, 1) {
		w := weightsAt(s, layer)
		switch {
		case !slices.ContainsFunc(w, func(v float64) bool { return !math.IsNaN(v) }): // the layer has no such tensor
		case len(out) > 0 && out[len(out)-1][1] == layer && slices.EqualFunc(w, weightsAt(s, layer-1), same):
			out[len(out)-1][1]++
		default:
			out = append(out, [2]int{layer, layer + 1})
		}
	}
	return out
}

// subject is what a sentence calls a strip.
func subject(s card.Strip) string {
	if s.Name == "" {
		return "all tensors"
	}
	return list(strings.Split(s.Name, ", "))
}

// averaged says that the numbers of a strip are means, or nothing.
func averaged(s card.Strip) string {
	if s.Mean {
		return " (on average)"
	}
	return ""
}

func verb(s card.Strip, one, many string) string {
	if s.Name == "attention" || s.Name == "MLP" || s.Name == "output head" || s.Name == "vision tower" || s.Name == "audio tower" || s.Name == "projector" || s.Name == "final norm" {
		return one
	}
	return many
}

// list joins items as a sentence does.
func list(items []string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// ends are the first and the last layer in which a strip has a value; -1 if there is none.
func ends(s card.Strip, layers int) (first, last int) {
	first, last = -1, -1
	for layer := range max(layers, 1) {
		if slices.ContainsFunc(weightsAt(s, layer), func(w float64) bool { return !math.IsNaN(w) }) {
			if first < 0 {
				first = layer
			}
			last = layer
		}
	}
	return first, last
}

func weightsAt(s card.Strip, layer int) []float64 {
	out := make([]float64, len(s.Models))
	for i, m := range s.Models {
		out[i] = at(m.Weight, layer)
	}
	return out
}

// level tells whether a strip is the same in all layers that have a value.
func level(s card.Strip) bool {
	for _, m := range s.Models {
		known := slices.DeleteFunc(slices.Clone(m.Weight), math.IsNaN)
		if len(known) > 0 && slices.Min(known) != slices.Max(known) {
			return false
		}
	}
	return true
}

// opposite tells whether the two models of a and b have changed places between them in every layer.
func opposite(a, b card.Strip, layers int) bool {
	if len(a.Models) != 2 || level(a) || a.Layers != b.Layers {
		return false
	}
	for layer := range max(layers, 1) {
		for i := range 2 {
			x, y := at(a.Models[i].Weight, layer), at(b.Models[1-i].Weight, layer)
			if math.IsNaN(x) != math.IsNaN(y) || math.Abs(x-y) > 1e-9 {
				return false
			}
		}
	}
	return true
}

// turns are the layers at which some model's weight stops to grow or to fall, without the first and the last.
func turns(s card.Strip, layers int) []int {
	var out []int
	for _, m := range s.Models {
		way, from := 0.0, math.NaN()
		for layer := range max(layers, 1) {
			v := at(m.Weight, layer)
			if step := v - from; step != 0 && !math.IsNaN(step) {
				if way*step < 0 && !slices.Contains(out, layer-1) {
					out = append(out, layer-1)
				}
				way = step
			}
			if !math.IsNaN(v) {
				from = v
			}
		}
	}
	slices.Sort(out)
	return out
}

// turnWords says where a strip turns, of many turns only how many they are.
func turnWords(f card.Facts, s card.Strip, layers []int, mix mixture) string {
	if len(layers) > most {
		return fmt.Sprintf("%s %d times", verb(s, "turns", "turn"), len(layers))
	}
	words, of := func(w []float64) string { return mix(f, w) }, ""
	if len(f.Models) == 2 && shares(f) { // one share tells both
		words, of = func(w []float64) string { return card.Percent(w[1]) }, " of "+f.Short(1)
	}
	var parts []string
	for _, layer := range layers {
		parts = append(parts, fmt.Sprintf("at layer %d with %s", layer, words(weightsAt(s, layer))))
	}
	return verb(s, "turns ", "turn ") + list(parts) + of
}

// shareWords puts the shares of one layer into words.
func shareWords(f card.Facts, shares []float64) string {
	from := func(i int) string { // "half the model" would be half of it
		if f.Models[i].Local {
			return "from " + f.Short(i)
		}
		return f.Short(i)
	}
	var parts []string
	for i, share := range shares {
		switch {
		case share == 1:
			return "all " + from(i)
		case share > 0:
			parts = append(parts, card.Percent(share)+" "+from(i))
		}
	}
	if len(shares) == 2 && shares[0] == 0.5 && shares[1] == 0.5 {
		return "half " + from(0) + " and half " + from(1)
	}
	return shortList(parts)
}

// factorWords puts the factors of one layer into words.
func factorWords(f card.Facts, factors []float64) string {
	var parts []string
	for i, v := range factors {
		if v != 0 && !math.IsNaN(v) {
			parts = append(parts, number(v)+" × "+f.Short(i))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return shortList(parts)
}

// shortList joins items as a sentence does, of many only the first ones.
func shortList(items []string) string {
	if n := len(items); n > most {
		items = append(slices.Clone(items[:most-1]), fmt.Sprintf("%d more", n-most+1))
	}
	return list(items)
}

// changesAlt describes the rows of bars.
func changesAlt(f card.Facts) string {
	base := "the base model"
	for i, m := range f.Models {
		if m.Base {
			base = f.Short(i)
		}
	}
	rows, left := bands(f)
	dense := false
	var parts []string
	for _, b := range rows {
		var courses []string
		for _, strip := range b.strips {
			dense = dense || strip.Models[0].Density != nil
			text := courseAlt(f.Method, strip, depth(f, strip))
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
	what := "Weight of what is added to " + base + " by layer"
	if dense {
		what += ", and the share of the changes that is kept"
	}
	return what + ". " + strings.Join(parts, "; ") + "."
}

// courseAlt says weight and density of a row: a number, or the numbers at both ends.
func courseAlt(method card.Method, s card.Strip, layers int) string {
	say := func(name string, values []float64) string {
		first, last := -1, -1
		lo, hi := math.Inf(1), math.Inf(-1)
		for layer := range max(layers, 1) {
			v := at(values, layer)
			if math.IsNaN(v) {
				continue
			}
			if first < 0 {
				first = layer
			}
			last, lo, hi = layer, min(lo, v), max(hi, v)
		}
		a, b := at(values, first), at(values, last)
		switch {
		case first < 0:
			return ""
		case lo == hi:
			return called(name, number(a))
		}
		text := called(name, fmt.Sprintf("%s at layer %d to %s at layer %d", number(a), first, number(b), last))
		if lo < min(a, b) || hi > max(a, b) {
			text += fmt.Sprintf(" (between %s and %s)", number(lo), number(hi))
		}
		return text
	}
	text := say(method.Weight, s.Models[0].Weight)
	if d := say(method.Density, s.Models[0].Density); d != "" {
		text += " and " + d
	}
	return text
}

// called puts the name of a parameter before its value, where it has one.
func called(name, value string) string { return strings.TrimLeft(name+" "+value, " ") }

// blocksAlt describes the blocks in their order.
func blocksAlt(f card.Facts) string {
	var runs []string
	for _, s := range f.Slices {
		p := s.Parts[0]
		runs = append(runs, inWords(p.First, p.End)+" of "+f.Short(p.Model)+" as "+inWords(s.First, s.End))
	}
	if n := len(runs); n > 2*most {
		runs = append(runs[:2*most-1], fmt.Sprintf("%d more runs", n-2*most+1))
	}
	text := fmt.Sprintf("Blocks of layers in the order of the %d layers of the result: ", f.Layers) + strings.Join(runs, ", then ") + "."
	if !shares(f) {
		text += " Some of their tensors are scaled."
	}
	return text
}

func inWords(first, end int) string {
	if end-first == 1 {
		return fmt.Sprintf("layer %d", first)
	}
	return fmt.Sprintf("layers %d to %d", first, end-1)
}
