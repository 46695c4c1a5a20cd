package recipe

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// maxText is the size of the largest text that is read, in bytes. Published configs
// are some kB; generated ones with a slice for every layer stay below 100 kB.
const maxText = 1 << 20

// oddIndent is a line with a key or a dash behind a space that is none in YAML.
var oddIndent = regexp.MustCompile(`(?m)^ *([\x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}])[ \x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}]*(?:- |[A-Za-z_]+:)`)

var byteOrderMark = []byte("\ufeff")

// checkText returns a fault for bytes that cannot be YAML: too many of them, not UTF-8, or
// with control characters. It returns nil for all other text.
func checkText(text []byte) *Fault {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return &Fault{Pos: Pos{1, 1}, Code: "encoding", Message: "the config is written in UTF-16", Hint: "save it as UTF-8; in PowerShell with Set-Content -Encoding utf8"}
	case bytes.IndexByte(text, 0) >= 0:
		return &Fault{Pos: Pos{1, 1}, Code: "encoding", Message: "this is a binary file, not the text of a config", Hint: "give the YAML file that names the models"}
	case len(text) > maxText:
		return &Fault{
			Pos:     Pos{1, 1},
			Code:    "too-large",
			Message: fmt.Sprintf("the text has more than %d bytes, which no config has", maxText),
			Hint:    "give the YAML file that names the models",
		}
	}
	if at := oddIndent.FindSubmatchIndex(text); at != nil {
		c, _ := utf8.DecodeRune(text[at[2]:])
		return &Fault{
			Pos:     placeAt(text, at[2]),
			Code:    "encoding",
			Message: fmt.Sprintf("the indentation holds %U, a space that YAML does not count", c),
			Hint:    "write ordinary spaces; these come along when a text is copied from a page",
		}
	}
	for off := 0; off < len(text); {
		c, width := utf8.DecodeRune(text[off:])
		switch {
		case c == utf8.RuneError && width == 1:
			return &Fault{
				Pos:     placeAt(text, off),
				Code:    "encoding",
				Message: fmt.Sprintf("the byte %#02x here is not UTF-8", text[off]),
				Hint:    "save the config as UTF-8",
			}
		case !printable(c):
			return &Fault{
				Pos:     placeAt(text, off),
				Code:    "encoding",
				Message: fmt.Sprintf("the control character %U is not allowed in YAML", c),
				Hint:    "take it out, or save the config as UTF-8",
			}
		}
		off += width
	}
	return nil
}

// printable tells whether YAML 1.1 allows c in a text, section 5.1 of the specification.
func printable(c rune) bool {
	switch {
	case c == '\t', c == '\n', c == '\r', c == '\u0085':
		return true
	case c < ' ', c >= 0x7f && c < 0xa0:
		return false
	}
	return c != 0xfffe && c != 0xffff
}

// placeAt returns the line and column of the byte at off. It breaks lines where YAML 1.1
// does, and a byte order mark takes no column.
func placeAt(text []byte, off int) Pos {
	at := Pos{1, 1}
	rest := text[:min(off, len(text))]
	rest = bytes.TrimPrefix(rest, byteOrderMark)
	for len(rest) > 0 {
		var width int
		at, width = at.after(rest)
		rest = rest[width:]
	}
	return at
}

// offsetAt is the inverse of placeAt. It is not ok for a place that text does not have.
func offsetAt(text []byte, pos Pos) (off int, ok bool) {
	at := Pos{1, 1}
	rest := bytes.TrimPrefix(text, byteOrderMark)
	for at.compare(pos) < 0 && len(rest) > 0 {
		var width int
		at, width = at.after(rest)
		rest = rest[width:]
	}
	return len(text) - len(rest), at == pos
}

// after returns the place behind the character at the start of rest, which stands at p, and its width in
// bytes. A line break of two characters counts as one.
func (p Pos) after(rest []byte) (Pos, int) {
	c, width := utf8.DecodeRune(rest)
	switch c {
	case '\r':
		if bytes.HasPrefix(rest, []byte("\r\n")) {
			width = 2
		}
		return Pos{p.Line + 1, 1}, width
	case '\n', '\u0085', '\u2028', '\u2029':
		return Pos{p.Line + 1, 1}, width
	}
	return Pos{p.Line, p.Col + 1}, width
}
