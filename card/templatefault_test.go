package card

import (
	"errors"
	"testing"
)

func TestFaultsOfTemplatesInWords(t *testing.T) {
	const top = "---\n{{frontmatter .}}\n---\n"
	const fields = "lazymerge card --fields lists what a template may use"
	for _, tt := range []struct{ name, tmpl, want, hint string }{
		{"a misspelled field", top + "{{.Titel}}", "template:4:3: .Titel is no field of a card", "did you mean .Title? " + fields},
		{"a misspelled field of a model", top + "{{range .Models}}{{.Comit}}{{end}}", "template:4:20: .Comit is no field of a model", "did you mean .Commit? " + fields},
		{"a field of nothing like it", top + "{{.Zzzzzzzz}}", "template:4:3: .Zzzzzzzz is no field of a card", fields},
		{"a misspelled function", top + "{{txet .Title}}", "template:4:3: there is no function txet", "did you mean text? " + fields},
		{"an action over two lines", top + "{{text\n.Title", "template:4:1: an action is not closed", "end it with }}"},
		{"an action on the last line", top + "{{text .Title", "template:4:1: an action is not closed", "end it with }}"},
		{"a comment", top + "{{/* a", "template:4:1: a comment is not closed", "end it with */}}"},
		{"no end", top + "{{if .Title}}", "template:4:1: the template ends inside a block", "each {{if}}, {{range}} and {{with}} needs an {{end}}"},
		{"scores of a merge without any", top + "{{.Evaluation.Harness}}", "template:4:14: .Evaluation.Harness: there is none in this card", "put it between {{with .Evaluation}} and {{end}}"},
		{"a model where the card is meant", top + "{{range .Models}}{{intro .}}{{end}}", "template:4:26: .: it takes a card, and this is a model", fields},
		{"a key with two colons", "---\n{{frontmatter .}}\nlanguage: en: fr\n---\n# a", `template:3:1: the front matter is not a YAML mapping: mapping values are not allowed in this context, near "language: en: fr"`, ""},
		{"a key that appears twice", "---\n{{frontmatter .}}\nlicense: mit\n---\n# a", `template:3:1: the front matter is not a YAML mapping: mapping key "license" is there already, near "license: mit"`, ""},
		{"a line that the template has twice", "---\n{{frontmatter .}}\na: b: c\n---\na: b: c\n", `template: the front matter is not a YAML mapping: mapping values are not allowed in this context`, ""},
	} {
		_, err := Render(tt.tmpl, slerpFacts())
		e, ok := errors.AsType[*TemplateError](err)
		if !ok || e.Error() != tt.want || e.Hint != tt.hint {
			t.Errorf("%s: Render = %v, %+v\nwant %s, hint %q", tt.name, err, e, tt.want, tt.hint)
		}
	}
}

func TestScoresOfNoEvaluation(t *testing.T) {
	if _, err := Render("---\n{{frontmatter .}}\n---\n{{range scores .Evaluation}}{{.Label}}{{end}}", slerpFacts()); err != nil {
		t.Error(err)
	}
}
