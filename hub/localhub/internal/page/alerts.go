package page

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// alert is the first line of a quote that GitHub shows as an alert: GitHub Docs, "Basic writing and formatting
// syntax".
var alert = regexp.MustCompile(`(?i)^\[!(note|tip|important|warning|caution)\]\s*$`)

// alerts puts the word of an alert, in bold, in the place of its marker.
type alerts struct{}

func (alerts) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var found []*ast.Paragraph
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function never fails
		p, ok := n.FirstChild().(*ast.Paragraph)
		if entering && ok && n.Kind() == ast.KindBlockquote {
			found = append(found, p)
		}
		return ast.WalkContinue, nil
	})
	for _, p := range found {
		line := p.Lines().At(0)
		m := alert.FindSubmatch(line.Value(reader.Source()))
		if m == nil {
			continue
		}
		var marker []ast.Node
		var read []byte // less than the line where part of it is something else, such as a link
		for n := p.FirstChild(); n != nil; n = n.NextSibling() {
			t, ok := n.(*ast.Text)
			if !ok || t.Segment.Start >= line.Stop {
				break
			}
			marker, read = append(marker, n), append(read, t.Value(reader.Source())...)
		}
		if !alert.Match(read) {
			continue
		}
		for _, n := range marker {
			p.RemoveChild(p, n)
		}
		word := string(m[1])
		strong := ast.NewEmphasis(2)
		strong.AppendChild(strong, ast.NewString([]byte(strings.ToUpper(word[:1])+strings.ToLower(word[1:]))))
		title := ast.NewParagraph()
		title.AppendChild(title, strong)
		quote := p.Parent()
		quote.InsertBefore(quote, p, title)
		if !p.HasChildren() {
			quote.RemoveChild(quote, p)
		}
	}
}
