package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// OtherClaims says what a card claims of license, lineage and config otherwise than another; "" where they agree.
func OtherClaims(text, made []byte) string { return claims(text, made, false) }

// Contradictions is OtherClaims of a card that may say less, as a person's does.
func Contradictions(text, made []byte) string { return claims(text, made, true) }

func claims(text, made []byte, less bool) string {
	ours, _, err := card.FrontMatter(made)
	if err != nil {
		return ""
	}
	theirs, _, err := card.FrontMatter(text)
	if err != nil {
		return "its front matter cannot be read"
	}
	var words []string
	for _, key := range []string{"license", "license_name", "license_link", "base_model", "base_model_relation"} {
		a, b := slices.Clone(theirs.Strings(key)), slices.Clone(ours.Strings(key))
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) && !(less && len(a) == 0) {
			words = append(words, fmt.Sprintf("%s %s where the merge gives %s", key, say.OrNone(strings.Join(a, ", ")), say.OrNone(strings.Join(b, ", "))))
		}
	}
	says := ""
	if len(words) > 0 {
		says = "its front matter says " + strings.Join(words, ", and ")
	}
	config, err := card.Config(text)
	if merged, _ := card.Config(made); err != nil || sameLines(config, merged) {
		return says
	}
	return strings.TrimPrefix(says+", and its YAML is not the config of the merge", ", and ")
}

// sameLines compares texts that an editor may have saved with other line ends, or without the blank ones around.
func sameLines(a, b []byte) bool {
	tidy := func(text []byte) string { return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) }
	return tidy(a) == tidy(b)
}
