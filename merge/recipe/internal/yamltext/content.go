package yamltext

import (
	"bytes"
	"regexp"

	"gopkg.in/yaml.v3"
)

var (
	singleQuoted = regexp.MustCompile(`^'((?:[^']|'')*)'`)
	doubleQuoted = regexp.MustCompile(`^"((?s:[^"\\]|\\.)*)"`)
	// properties are an anchor and a tag before a scalar, with the space and comments behind them.
	properties = regexp.MustCompile(`^(?:[&!][^ \t\r\n]*[ \t\r\n]+(?:#[^\r\n]*[ \t\r\n]+)*)*`)
)

// Content returns where the characters of a scalar begin and end, without quotes. It is not ok for block scalars and
// for plain ones of several lines.
func (t *Text) Content(node *yaml.Node) (from, end int, ok bool) {
	from, ok = t.Offset(node.Line, node.Column)
	if !ok {
		return 0, 0, false
	}
	from += len(properties.Find(t.raw[from:]))
	rest := t.raw[from:]
	var m []int
	switch {
	case node.Style&yaml.SingleQuotedStyle != 0:
		m = singleQuoted.FindSubmatchIndex(rest)
	case node.Style&yaml.DoubleQuotedStyle != 0:
		m = doubleQuoted.FindSubmatchIndex(rest)
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && node.Value != "" && bytes.HasPrefix(rest, []byte(node.Value)):
		m = []int{2: 0, 3: len(node.Value)}
	}
	if m == nil {
		return 0, 0, false
	}
	return from + m[2], from + m[3], true
}
