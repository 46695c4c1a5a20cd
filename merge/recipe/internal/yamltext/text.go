// Package yamltext reads the text of a config into YAML nodes, finds places in it, and says why a text is not YAML in
// words for somebody who writes a config.
package yamltext

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A Text is a config split into lines where YAML 1.1 breaks them. Lines and columns count from 1, columns count
// characters, and a byte order mark takes none.
type Text struct {
	raw   []byte
	lines []span
}

// A span is where a line begins and ends, its break not included.
type span struct{ begin, end int }

// A Problem is why a text cannot be read, at its place.
type Problem struct {
	Line, Col           int
	Code, Message, Hint string
}

var (
	lineBreak     = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")
	byteOrderMark = []byte("\ufeff")
)

// New splits raw into lines.
func New(raw []byte) *Text {
	t := &Text{raw: raw}
	begin := len(raw) - len(bytes.TrimPrefix(raw, byteOrderMark))
	for _, at := range lineBreak.FindAllIndex(raw, -1) {
		t.lines = append(t.lines, span{begin, at[0]})
		begin = at[1]
	}
	t.lines = append(t.lines, span{begin, len(raw)})
	return t
}

// Place returns the line and column of the byte at off.
func (t *Text) Place(off int) (line, col int) {
	line, found := slices.BinarySearchFunc(t.lines, off, func(s span, off int) int { return cmp.Compare(s.begin, off) })
	if found || line == 0 { // else it is the line after the one that off is in
		line++
	}
	s := t.lines[line-1]
	return line, 1 + utf8.RuneCount(t.raw[s.begin:min(max(off, s.begin), s.end)])
}

// Offset is the inverse of Place. It is not ok for a place that the text does not have.
func (t *Text) Offset(line, col int) (off int, ok bool) {
	if line < 1 || line > len(t.lines) {
		return 0, false
	}
	s := t.lines[line-1]
	for range col - 1 {
		if s.begin == s.end {
			return 0, false
		}
		_, width := utf8.DecodeRune(t.raw[s.begin:])
		s.begin += width
	}
	return s.begin, true
}

// at is the problem of the byte at off.
func (t *Text) at(off int, code, message, hint string) *Problem {
	line, col := t.Place(off)
	return &Problem{line, col, code, message, hint}
}

// Documents parses the first two documents of raw.
func Documents(raw []byte) ([]*yaml.Node, error) {
	return decode(bytes.NewReader(withoutDirectives(raw)))
}

func decode(r io.Reader) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(r)
	for len(docs) < 2 {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, &doc)
	}
	return docs, nil
}

// maxText is the size of the largest text that is read, in bytes. Published configs
// are some kB; generated ones with a slice for every layer stay below 100 kB.
const maxText = 1 << 20

// oddIndent is a line with a key or a dash after a space that YAML does not count as one.
var oddIndent = regexp.MustCompile(`(?m)^ *([` + oddSpaces + `])[ ` + oddSpaces + `]*(?:- |[A-Za-z_]+:)`)

const oddSpaces = `\x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}`

// control is a character that YAML 1.1 does not allow, section 5.1 of the specification.
var control = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}\x{fffe}\x{ffff}]`)

// Check returns the problem of a text that cannot be a config: too long, not UTF-8, with control characters, or
// with something before every line. It returns nil for all other text.
func (t *Text) Check() *Problem {
	const notText = "give the YAML file that names the models"
	switch {
	case bytes.HasPrefix(t.raw, []byte("\xff\xfe")), bytes.HasPrefix(t.raw, []byte("\xfe\xff")):
		return t.at(0, "encoding", "the config is encoded as UTF-16", "save it as UTF-8; in PowerShell with Set-Content -Encoding utf8")
	case bytes.IndexByte(t.raw, 0) >= 0:
		return t.at(0, "encoding", "this is a binary file, not a config", notText)
	case len(t.raw) > maxText:
		return t.at(0, "too-large", fmt.Sprintf("the text is larger than %d bytes, which no config is", maxText), notText)
	}
	if at := oddIndent.FindSubmatchIndex(t.raw); at != nil {
		c, _ := utf8.DecodeRune(t.raw[at[2]:])
		return t.at(at[2], "encoding", fmt.Sprintf("the indentation contains %U, which YAML does not count as a space", c),
			"use ordinary spaces; others often come from a web page")
	}
	for off, c := range string(t.raw) {
		if c == utf8.RuneError && !bytes.HasPrefix(t.raw[off:], []byte("\ufffd")) {
			return t.at(off, "encoding", fmt.Sprintf("the byte %#02x is not UTF-8", t.raw[off]), "save the config as UTF-8")
		}
	}
	if at := control.FindIndex(t.raw); at != nil {
		c, _ := utf8.DecodeRune(t.raw[at[0]:])
		return t.at(at[0], "encoding", fmt.Sprintf("YAML does not allow the control character %U", c), "take it out, or save the config as UTF-8")
	}
	return t.prefixed()
}

// Clip shortens s to what fits into a message.
func Clip(s string) string {
	const most = 60 // characters
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}

// Quote is s as a message shows it: in quotes, control characters escaped, not too long.
func Quote(s string) string { return strconv.Quote(Clip(s)) }

func write(s string) string { return "write " + Quote(strings.TrimSpace(s)) }
