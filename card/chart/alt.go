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
func stripsAlt(f card.Facts, mix func(names []string, weights []float64) string) string {
	names := make([]string, len(f.Models))
	for i := range f.Models {
		names[i] = f.Short(i)
	}
	var clauses []string
	for i, strip := range f.Strips {
		clause := subject(strip) + " "
		first, last := ends(strip, f.Layers)
		switch {
		case first < 0:
			continue
		case level(strip):
			clause += verb(strip, "is ", "are ") + mix(names, weightsAt(strip, first))
		case slices.ContainsFunc(f.Strips[:i], func(earlier card.Strip) bool { return opposite(strip, earlier, f.Layers) }):
			k := slices.IndexFunc(f.Strips[:i], func(earlier card.Strip) bool { return opposite(strip, earlier, f.Layers) })
			clause += verb(strip, "runs", "run") + " the opposite way to " + subject(f.Strips[k])
		default:
			clause += verb(strip, "starts", "start") + " as " + mix(names, weightsAt(strip, first)) + fmt.Sprintf(" at layer %d", first)
			if t := turns(strip, f.Layers); len(t) > 0 {
				clause += ", " + turnWords(strip, t, func(w []float64) string { return mix(names, w) }) + ","
			}
			clause += " and " + verb(strip, "ends", "end") + " as " + mix(names, weightsAt(strip, last)) + fmt.Sprintf(" at layer %d", last)
		}
		clauses = append(clauses, clause)
	}
	text := strings.Join(clauses, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// subject is what a sentence calls a strip.
func subject(s card.Strip) string {
	if s.Name == "" {
		return "all tensors"
	}
	return list(strings.Split(s.Name, ", "))
}

func verb(s card.Strip, one, many string) string {
	if s.Name == "attention" || s.Name == "MLP" || s.Name == "output head" {
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
	if len(a.Models) != 2 || level(a) {
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
func turnWords(s card.Strip, layers []int, mix func([]float64) string) string {
	if len(layers) > most {
		return fmt.Sprintf("turns %d times", len(layers))
	}
	var parts []string
	for _, layer := range layers {
		parts = append(parts, fmt.Sprintf("at layer %d with %s", layer, mix(weightsAt(s, layer))))
	}
	return verb(s, "turns ", "turn ") + list(parts)
}

// shareWords puts the shares of one layer into words.
func shareWords(names []string, shares []float64) string {
	var parts []string
	for i, share := range shares {
		switch {
		case share == 1:
			return "all " + names[i]
		case share > 0:
			parts = append(parts, percent(share)+" "+names[i])
		}
	}
	if len(parts) == 2 && len(shares) == 2 && shares[0] == 0.5 && shares[1] == 0.5 {
		return "half " + names[0] + " and half " + names[1]
	}
	return shortList(parts)
}

// factorWords puts the factors of one layer into words.
func factorWords(names []string, factors []float64) string {
	var parts []string
	for i, v := range factors {
		if v != 0 && !math.IsNaN(v) {
			parts = append(parts, number(v)+" × "+names[i])
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
			text := courseAlt(strip, f.Layers)
			if strip.Name != "" {
				text += " in " + subject(strip)
			}
			courses = append(courses, text)
		}
		parts = append(parts, f.Short(b.model)+": "+strings.Join(courses, ", "))
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
func courseAlt(s card.Strip, layers int) string {
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
			return name + " " + number(a)
		}
		text := fmt.Sprintf("%s %s at layer %d to %s at layer %d", name, number(a), first, number(b), last)
		if lo < min(a, b) || hi > max(a, b) {
			text += fmt.Sprintf(" (between %s and %s)", number(lo), number(hi))
		}
		return text
	}
	text := say("weight", s.Models[0].Weight)
	if d := say("density", s.Models[0].Density); d != "" {
		text += " and " + d
	}
	return text
}

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
	return fmt.Sprintf("Blocks of layers in the order of the %d layers of the result: ", f.Layers) + strings.Join(runs, ", then ") + "."
}

func inWords(first, end int) string {
	if end-first == 1 {
		return fmt.Sprintf("layer %d", first)
	}
	return fmt.Sprintf("layers %d to %d", first, end-1)
}
