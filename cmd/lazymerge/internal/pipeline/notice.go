package pipeline

import (
	"cmp"
	"fmt"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// noticeWarnings tell that a template of the user's own leaves out what a source's licence wants to be said. A template that does not
// work is told where the card is made.
func (m *Merge) noticeWarnings() recipe.Faults {
	if m.template == "" {
		return nil
	}
	text, err := m.Card(cmp.Or(m.setup.Repo, "merge"), "")
	if err != nil {
		return nil
	}
	var out recipe.Faults
	for _, notice := range card.NoticesMissing(text, license.Stated(m.Sources)) {
		out = append(out, &recipe.Fault{File: m.setup.Template, Warning: true, Code: "licence-notice",
			Message: fmt.Sprintf("the card does not say %q, which a source's licence asks for", notice),
			Hint:    "write {{range notices .}}{{.}}. {{end}} into the template"})
	}
	return out
}
