package page

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	markdown "github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown renders a text in the dialect of GitHub, with tables, fenced code, struck-out text, bare
// links, footnotes, task lists and alerts. Raw HTML stays as far as it is harmless: no script, no style, no form, no handler
// and no address but those of http, https, mailto and the repo itself. Pictures from elsewhere
// become their alternative text, headings go one level down, below that of the page, and what
// the text leaves open is closed. The error is ErrLong, ErrDeep or ErrCostly.
//
// The elements around the result must be none that [policy] allows, such as article and main: then
// no end tag in it reaches them.
func (p Place) Markdown(text []byte) (template.HTML, error) {
	source := []byte(strings.ToValidUTF8(string(text), "\ufffd"))
	if err := affordable(source); err != nil {
		return "", err
	}
	context := parser.NewContext()
	doc := dialect.Parser().Parse(gmtext.NewReader(source), parser.WithContext(context))
	for _, r := range context.References() {
		if len(r.Destination())+len(r.Title()) > maxReference {
			return "", ErrCostly // each use repeats it
		}
	}
	raw := limited{left: maxRendered}
	if err := dialect.Renderer().Render(&raw, source, doc); err != nil {
		return "", err
	}
	placed, err := p.place(raw.text.String())
	if err != nil {
		return "", err
	}
	return template.HTML(policy.Sanitize(placed)), nil
}

// dialect is what Markdown reads.
var dialect = goldmark.New(
	goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		extension.Strikethrough,
		extension.Linkify,
		extension.Footnote,
		tasks{},
	),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(alerts{}, 500))),
	goldmark.WithRendererOptions(markdown.WithUnsafe()), // the policy comes after
)

// policy is what may be left of a text. It comes last, so that what it says holds for the page.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "h5", "h6",
		"em", "strong", "i", "b", "u", "s", "del", "ins", "small", "mark", "sub", "sup", "code", "pre", "kbd", "samp", "var",
		"abbr", "cite", "q", "center", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "figure", "figcaption")
	p.AllowElements("div", "span")
	p.AllowNoAttrs().OnElements("div", "span")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^/[^/\\]`)).OnElements("img")
	p.AllowAttrs("alt", "title").OnElements("img", "a", "abbr")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("img")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("p", "div", "img", "h2", "h3", "th", "td", "table")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[1-9]\d?$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(open)?$`)).OnElements("details")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)).OnElements("h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^fn(ref\d*)?:\d+$`)).OnElements("sup", "li") // of footnotes
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(elsewhere|task)$`)).OnElements("span")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^scroll$`)).OnElements("div")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("div")
	return p
}()
