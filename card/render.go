package card

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/templates"
)

// A TemplateError is a fault of a card template, or of the card that it makes.
type TemplateError struct {
	Line, Col int // in the template, from 1; both 0 for a fault of the card as a whole
	Message   string
	Hint      string // what to do; may be empty
}

// Error returns template:line:col: message.
func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return "template: " + e.Message
	}
	return fmt.Sprintf("template:%d:%d: %s", e.Line, e.Col, e.Message)
}

// Render writes the card that tmpl makes of f, or with an empty tmpl that of the default
// template. The card ends in one newline and has no carriage return outside the config; its
// front matter is a YAML mapping. A card of the default template has exactly one yaml block,
// from which [Config] returns f.Config.
//
// A template may take five seconds and make four MiB of card; one that goes on is stopped, and nothing of it stays behind.
//
// The error is a *TemplateError for a fault of tmpl, an ErrFacts for one of f.
func Render(tmpl string, f Facts) ([]byte, error) { return renderWithin(maxTime, tmpl, f) }

// renderWithin is Render with another time to be done in.
func renderWithin(limit time.Duration, tmpl string, f Facts) ([]byte, error) {
	f, err := f.Prepare()
	if err != nil {
		return nil, err
	}
	custom := tmpl != ""
	if !custom {
		tmpl = templates.Card
	}
	tmpl = strings.ReplaceAll(strings.TrimPrefix(tmpl, "\uFEFF"), "\r\n", "\n")
	b := budget{limit: limit, until: time.Now().Add(limit)}
	t, err := template.New("card").Funcs(b.functions()).Option("missingkey=error").Parse(tmpl)
	if err != nil {
		return nil, templateError(tmpl, err)
	}
	out, err := b.render(t, f)
	if err != nil {
		return nil, templateError(tmpl, err)
	}
	card := append(bytes.TrimRight(out, " \t\n"), '\n')
	if err := check(card, f, custom); err != nil {
		if custom {
			return nil, frontMatterFault(tmpl, card, err)
		}
		return nil, fmt.Errorf("default card template: %w", err)
	}
	return card, nil
}

// Functions of templates; doc.go says what they are for.
func functions() template.FuncMap {
	fs := template.FuncMap{
		"text": text, "code": code, "link": link, "url": destination, "py": python,
		"words": words, "count": Count, "percent": Percent, "list": textList, "short": short, "layers": layerRange,
	}
	maps.Copy(fs, template.FuncMap{
		"frontmatter": header, "intro": intro, "donor": donor, "chat": chat, "usage": usage, "codewarning": codeWarning, "constants": constants,
		"config": func(f Facts) string { return configBlock(f.Config) },
		"verify": verifyCommand, "commit": commitCell, "license": licenseCell, "notices": notices, "files": fileList,
		"modeltable": modelTable, "tables": tables,
		"ranges": sliceRanges, "sources": sliceModels,
		"scores": scoreRows, "scoretable": scoreTable, "terms": Facts.terms, "task": task, "local": local, "pinned": pinned,
	})
	return fs
}

// textList returns items as text, joined as a sentence does.
func textList(items []string) string {
	escaped := make([]string, len(items))
	for i, s := range items {
		escaped[i] = text(s)
	}
	return join(escaped)
}

// fileList returns names of files of the result, linked and joined as a sentence does.
func fileList(names []string) string {
	linked := make([]string, len(names))
	for i, s := range names {
		linked[i] = link(s, s)
	}
	return join(linked)
}

// short returns the first n bytes of a hash.
func short(hash string, n int) string { return hash[:min(n, len(hash))] }

// commitCell is m's commit in eight digits, linked to the files at it.
func commitCell(m Model) string {
	s := code(short(m.Commit, 8))
	if tree := destination(m.URL + "/tree/" + m.Commit); s != "" && m.URL != "" && tree != "" {
		return "[" + s + "](" + tree + ")"
	}
	return s
}

// check says what is wrong with a card. A custom template may leave out the config or show it
// in another way; it must not lose the front matter.
func check(card []byte, f Facts, custom bool) error {
	if !utf8.Valid(card) {
		return errors.New("the card is not UTF-8 text")
	}
	meta, _, err := FrontMatter(card)
	switch {
	case err != nil:
		return err
	case meta == nil:
		return errors.New("the card does not begin with front matter between lines of ---")
	}
	outside := string(card)
	if f.Config != "" {
		outside = strings.Replace(outside, f.Config, "", 1)
	}
	if strings.Contains(outside, "\r") {
		return errors.New("the card has a carriage return outside the config")
	}
	if custom {
		return nil
	}
	if got, want := meta.Strings("base_model"), baseModels(f.Models); !slices.Equal(got, want) {
		return fmt.Errorf("base_model is %q, want %q", got, want)
	}
	config, err := Config(card)
	switch {
	case err != nil:
		return err
	case string(config) != f.Config:
		return errors.New("the yaml block is not the config")
	}
	return nil
}

var (
	templatePlace = regexp.MustCompile(`^template: card:(\d+):(?:(\d+):)? *((?s:.*))$`)
	quotedToken   = regexp.MustCompile(`"([^"]+)"`)
)

// templateError gives err the place it is about. A parse error names only its line: the column is then
// that of the word it quotes, else of the line's first action.
func templateError(tmpl string, err error) error {
	m := templatePlace.FindStringSubmatch(err.Error())
	if m == nil {
		return &TemplateError{Message: err.Error()}
	}
	e := &TemplateError{}
	e.Message, e.Hint = say(m[3])
	if over, ok := errors.AsType[*spent](err); ok {
		e.Message, e.Hint = over.message, ""
	}
	e.Line, _ = strconv.Atoi(m[1])
	if u := unclosed.FindStringSubmatch(m[3]); u != nil && u[1] != "" {
		e.Line, _ = strconv.Atoi(u[1]) // where it began
	}
	var line string
	if lines := strings.Split(tmpl, "\n"); e.Line >= 1 && e.Line <= len(lines) {
		line = lines[e.Line-1]
	}
	at, atErr := strconv.Atoi(m[2])
	if atErr != nil {
		at = max(0, strings.Index(line, "{{"))
		if q := quotedToken.FindStringSubmatch(m[3]); q != nil {
			if i := strings.Index(line[at:], q[1]); i >= 0 {
				at += i
			}
		}
	}
	e.Col = utf8.RuneCountInString(line[:min(at, len(line))]) + 1
	return e
}
