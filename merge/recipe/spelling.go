package recipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// otherWords are what people write for a key that shares few letters with it; for methods it is in their tables.
var otherWords = map[string]string{
	"method": "merge_method", "base": "base_model", "torch_dtype": "dtype", "output_dtype": "out_dtype",
	"layers": "layer_range", "params": "parameters", "models": "sources", "base_model": "model",
}

// Nearest returns the candidate that name was most likely meant to be, or "". A name in other
// case or with other dashes is meant for sure; else up to two letters, or a
// third of a long name, may differ, or the name may be the start of a candidate.
func Nearest(name string, candidates []string) string {
	name = plain(name)
	if len(name) > 40 {
		return ""
	}
	if word := otherWords[name]; slices.Contains(candidates, word) {
		return word
	}
	best, distance := "", max(1, min(2, len(name)/2), len(name)/3)+1
	for _, c := range candidates {
		if d := slips(name, plain(c)); d < distance && d < len(c) {
			best, distance = c, d
		}
	}
	longer := slices.IndexFunc(candidates, func(c string) bool { return strings.HasPrefix(c, name) })
	if best == "" && len(name) >= 3 && longer >= 0 {
		return candidates[longer]
	}
	return best
}

// misspelled returns the candidate that name was meant to be beyond doubt, or "": one letter is wrong, too many
// or missing, or two have changed places; in a long name two slips.
func misspelled(name string, candidates []string) string {
	c := Nearest(name, candidates)
	like := plain(c)
	d := slips(plain(name), like)
	if d == 0 || otherWords[plain(name)] == c || len(like) >= 4 && d == 1 || len(like) > 8 && d == 2 {
		return c
	}
	return ""
}

// plain is name without what people get wrong first: its case, and dashes and spaces for underscores.
func plain(name string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
}

// slips is how many letters differ between a and b; two that have changed places are one slip.
func slips(a, b string) int {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	d := levenshtein.ComputeDistance(a, b)
	if d == 2 && slices.Equal(x, y) {
		return 1
	}
	return d
}

// didYouMean is the hint for a name that is none of candidates.
func didYouMean(name string, candidates []string) string {
	if c := Nearest(name, candidates); c != "" {
		return "did you mean " + quote(c) + "?"
	}
	return ""
}

// respell reports keys or parameters, which is what they are, that are misspelled beyond doubt, and returns the fields
// with the names that were meant, so that what stands under them is read and not missing as well. where is a place in
// a sentence.
func (p *parser) respell(fields []field, names []string, what, where string) []field {
	var out []field
	for _, f := range fields {
		if name, dotted := strings.CutPrefix(f.name, "parameters."); dotted && p.isParam(name) {
			p.fault(f.pos, "unknown-key", fmt.Sprintf(`write "parameters:" and below it, further right, "%s: ..."`, name), "%s is not a key", quote(f.name))
			p.unread = true
			continue
		}
		meant := misspelled(f.name, names)
		known := slices.Contains(topKeys, f.name) || p.isParam(f.name)
		switch {
		case meant == "", meant == f.name, known && (otherWords[f.name] != meant || has(fields, meant)):
			out = append(out, f)
			continue
		case notBuilt[meant] == "": // else that is told of the key that is meant
			p.fault(f.pos, "unknown-"+what, "did you mean "+quote(meant)+"?", "unknown %s %s%s", what, quote(f.name), where)
		}
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == meant }) {
			f.name = meant
			out = append(out, f)
		}
	}
	return out
}
