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
	"layers": "layer_range", "params": "parameters",
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
	if best == "" && len(name) >= 3 {
		for _, c := range candidates {
			if strings.HasPrefix(c, name) {
				return c
			}
		}
	}
	return best
}

// misspelt returns the candidate that name was meant to be beyond doubt, or "": one letter is wrong, too many
// or missing, or two have changed places; in a long name two slips.
func misspelt(name string, candidates []string) string {
	c := Nearest(name, candidates)
	if c == "" {
		return ""
	}
	name, like := plain(name), plain(c)
	distance := slips(name, like)
	switch {
	case otherWords[name] == c, distance == 0:
		return c
	case len(like) < 4:
		return ""
	case distance == 1, distance == 2 && len(like) > 8:
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

// respell reports the keys that are misspelt beyond doubt, and returns the fields with the key that was meant, so that
// what stands under it is read and not missing as well. where is a place in a sentence.
func (p *parser) respell(fields []field, keys []string, where string) []field {
	var out []field
	for _, f := range fields {
		if name, dotted := strings.CutPrefix(f.name, "parameters."); dotted && p.isParam(name) {
			p.fault(f.pos, "unknown-key", fmt.Sprintf(`write "parameters:" and below it, further right, "%s: ..."`, name), "%s is no key: a dot joins none", quote(f.name))
			p.unread = true
			continue
		}
		other := slices.Contains(keys, f.name) || slices.Contains(topKeys, f.name) || p.isParam(f.name)
		meant := ""
		if !other {
			meant = misspelt(f.name, keys)
		}
		if meant == "" {
			out = append(out, f)
			continue
		}
		hint := "did you mean " + quote(meant) + "?"
		if instead, ok := notBuilt[meant]; ok {
			p.fault(f.pos, "not-built", instead, "unknown key %s %s; %s, if that is meant, is not built yet", quote(f.name), where, quote(meant))
			continue
		}
		p.fault(f.pos, "unknown-key", hint, "unknown key %s %s", quote(f.name), where)
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == meant }) {
			f.name = meant
			out = append(out, f)
		}
	}
	return out
}
