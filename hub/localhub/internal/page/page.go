// Package page draws the web pages of a Hub: HTML without a script, for a browser that fetches
// nothing but the pictures of the repo and one stylesheet.
//
// Texts of repos go through html/template, Markdown through [Place.Markdown]. The pages hold
// under the policy that [Policy] writes.
package page

import (
	"embed"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Style is the stylesheet, which the pages ask for at [StylePath].
//
//go:embed style.css
var Style []byte

// Mark is the icon of the pages, an SVG, which they ask for at [MarkPath].
//
//go:embed mark.svg
var Mark []byte

// StylePath and MarkPath are where Style and Mark must be served. No repo has such a name: they do not begin
// with a dash.
const (
	StylePath = "/-/style.css"
	MarkPath  = "/-/mark.svg"
)

// LoginPath is what the link for a visitor without an account leads to. A browser sends what
// it was told there to all pages, since it is the root that asks.
const LoginPath = "/?login"

// Policy is the Content-Security-Policy of every page: nothing but the stylesheet, and the icon and pictures
// from the Hub itself and from storage, an origin, or "" for none.
func Policy(storage string) string {
	return "default-src 'none'; style-src 'self'; img-src " + strings.TrimSpace("'self' "+storage) +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// A Frame is what every page shows around its body.
type Frame struct {
	Title  string // of the window
	Name   string // of the Hub
	Viewer string // account that looks; "" is nobody's
	Login  bool   // whether there are accounts to log in to
	About  string // what stands in the place of the account where there is none to log in to
	Body   Body
}

// A Body is one kind of page. Its template has the name of its type.
type Body interface{ template() string }

func (Start) template() string       { return "start.html" }
func (Card) template() string        { return "card.html" }
func (Files) template() string       { return "files.html" }
func (Blob) template() string        { return "blob.html" }
func (Commits) template() string     { return "commits.html" }
func (Commit) template() string      { return "commit.html" }
func (Discussions) template() string { return "discussions.html" }
func (Discussion) template() string  { return "discussion.html" }
func (Problem) template() string     { return "problem.html" }

//go:embed *.html
var sources embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"bytes":  func(n int64) string { return humanize.Bytes(uint64(max(n, 0))) },
	"count":  func(n int) string { return humanize.Comma(int64(n)) },
	"date":   func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },
	"minute": func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
	"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"short":  func(id string) string { return id[:min(len(id), 8)] },
	"lines":  func(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") },
}).ParseFS(sources, "*.html"))

// Write draws a page.
func (f Frame) Write(w io.Writer) error {
	var body, whole strings.Builder
	if err := templates.ExecuteTemplate(&body, f.Body.template(), f.Body); err != nil {
		return err
	}
	err := templates.ExecuteTemplate(&whole, "frame.html", struct {
		Frame
		Main      template.HTML // made by our own templates
		StylePath string
		MarkPath  string
		LoginPath string
	}{f, template.HTML(body.String()), StylePath, MarkPath, LoginPath})
	if err != nil {
		return err
	}
	_, err = turners.WriteString(w, whole.String())
	return err
}

// turners replaces the characters that turn what follows around, so that "a\u202etxt.exe" does not
// read as a text: Unicode Standard Annex 9, explicit embeddings, overrides and isolates.
var turners = func() *strings.Replacer {
	var pairs []string
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		pairs = append(pairs, string(r), "\ufffd")
	}
	return strings.NewReplacer(pairs...)
}()
