package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// OtherClaims says how a card differs from the one the merge makes in license, base models and config; "" if they agree.
func OtherClaims(text, made []byte) string { return claims(text, made, false) }

// Contradictions is OtherClaims for a card that may leave things out, as a hand-written one does.
func Contradictions(text, made []byte) string { return claims(text, made, true) }

func claims(text, made []byte, less bool) string {
	ours, _, err := card.FrontMatter(made)
	if err != nil {
		return ""
	}
	theirs, _, err := card.FrontMatter(text)
	if err != nil {
		return "its front matter is invalid"
	}
	var words []string
	for _, key := range []string{"license", "license_name", "license_link", "base_model", "base_model_relation"} {
		a, b := slices.Clone(theirs.Strings(key)), slices.Clone(ours.Strings(key))
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) && !(less && len(a) == 0) {
			words = append(words, fmt.Sprintf("%s %s instead of %s", key, say.OrNone(strings.Join(a, ", ")), say.OrNone(strings.Join(b, ", "))))
		}
	}
	if len(words) > 0 {
		words[0] = "its front matter says " + words[0]
	}
	config, err := card.Config(text)
	if merged, _ := card.Config(made); err == nil && !sameLines(config, merged) {
		words = append(words, "its YAML is not the merge's config")
	}
	return strings.Join(words, ", and ")
}

// sameLines compares texts regardless of line endings and surrounding blank lines.
func sameLines(a, b []byte) bool {
	tidy := func(text []byte) string { return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) }
	return tidy(a) == tidy(b)
}
