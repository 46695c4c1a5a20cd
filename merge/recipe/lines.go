package recipe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A textLine is one line of a config with the place of its first character that is no space and no dash of a list.
type textLine struct {
	number int // counts from 1
	text   string
	start  int // bytes before that character
}

var lineBreak = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// linesBefore returns the line at pos, and the one before it that is neither empty nor a comment; that has the number
// 0 where there is none.
func linesBefore(text []byte, pos Pos) (this, above textLine) {
	lines := splitLines(text, pos.Line)
	this = newTextLine(lines, pos.Line)
	for n := pos.Line - 1; n > 0; n-- {
		above = newTextLine(lines, n)
		if rest := above.rest(); rest != "" && rest[0] != '#' {
			return this, above
		}
	}
	return this, textLine{}
}

// splitLines returns the first n lines of text, and what follows as one more.
func splitLines(text []byte, n int) []string {
	return lineBreak.Split(strings.TrimPrefix(string(text), string(byteOrderMark)), n+1)
}

func newTextLine(lines []string, number int) textLine {
	if number > len(lines) {
		return textLine{}
	}
	l := textLine{number: number, text: lines[number-1]}
	for l.start < len(l.text) && (l.text[l.start] == ' ' || strings.HasPrefix(l.text[l.start:], "- ")) {
		l.start++
	}
	return l
}

func (l textLine) rest() string { return l.text[l.start:] }

func (l textLine) pos() Pos { return Pos{l.number, 1 + utf8.RuneCountInString(l.text[:l.start])} }

// isEntry tells whether l starts an entry of a list.
func (l textLine) isEntry() bool { return strings.HasPrefix(strings.TrimLeft(l.text, " "), "- ") }

// dash is the column of the dash of an entry.
func (l textLine) dash() int { return 1 + len(l.text) - len(strings.TrimLeft(l.text, " ")) }

// entriesAbove returns the entries of lists above pos, from the last to the first.
func entriesAbove(text []byte, pos Pos) []textLine {
	var out []textLine
	lines := splitLines(text, pos.Line)
	for n := min(pos.Line, len(lines)) - 1; n > 0; n-- {
		if l := newTextLine(lines, n); l.isEntry() {
			out = append(out, l)
		}
	}
	return out
}

// noEntryHint says where the line at pos, which stands in a list and is no entry of it, belongs.
func (p *parser) noEntryHint(text []byte, pos Pos) string {
	this, _ := linesBefore(text, pos)
	word := p.wordAt(this.rest())
	if slices.Contains(topKeys, word) && word != "parameters" {
		return "let it start in column 1"
	}
	above := entriesAbove(text, pos)
	if len(above) == 0 {
		return `start it with "- "`
	}
	entry := above[0]
	if i := slices.IndexFunc(above, func(l textLine) bool { return l.dash() == pos.Col }); i >= 0 {
		entry = above[i]
	}
	column := entry.pos().Col
	if word == "parameters" && p.wordAt(entry.rest()) == "sources" {
		return fmt.Sprintf("let it start in column 1, or in column %d if it belongs to the slice", column)
	}
	if word != "" && word != "model" && word != "sources" && word != "filter" {
		return fmt.Sprintf("let it start in column %d if it belongs to the entry above", column)
	}
	return fmt.Sprintf(`start it with "- ", or let it start in column %d if it belongs to the entry above`, column)
}

var (
	firstWord = regexp.MustCompile(`^[a-z][a-z0-9_]*`)
	keyLine   = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*):(?: |$)`)
)

// wordAt returns the key of a config that rest starts with, or "".
func (p *parser) wordAt(rest string) string {
	word := firstWord.FindString(rest)
	if !slices.Contains(topKeys, word) && !slices.Contains(innerKeys, word) && !p.isParam(word) {
		return ""
	}
	return word
}

// innerKeys are the keys below the top level that are no parameters.
var innerKeys = []string{"model", "sources", "layer_range", "value", "filter"}

// colonFault says why ":" cannot stand at pos, or why a key lacks one, where the lines tell; else nil.
func (p *parser) colonFault(text []byte, pos Pos) *Fault {
	this, above := linesBefore(text, pos)
	lower := keyLine.FindStringSubmatch(this.rest())
	first := lower != nil && pos.Col == this.pos().Col+len(lower[1]) // the colon of the line's own key
	if this.isEntry() && first {
		return p.entryFault(text, pos)
	}
	for _, l := range []textLine{above, this} {
		if word, dash := strings.CutPrefix(l.rest(), "-"); dash && p.wordAt(word) != "" {
			return &Fault{Code: "syntax", Pos: l.pos(), Message: `there is no space after "-"`, Hint: "write " + quote("- "+word)}
		}
		rest := l.rest()
		word := p.wordAt(rest)
		after := strings.TrimLeft(strings.TrimPrefix(rest, word), " =")
		value, colon := strings.CutPrefix(after, ":")
		switch {
		case word == "" || keyLine.MatchString(rest):
		case colon:
			return &Fault{Code: "syntax", Pos: l.pos(), Message: fmt.Sprintf(`there is no space after "%s:"`, word), Hint: fmt.Sprintf(`write "%s: %s"`, word, clip(value))}
		case !strings.Contains(after, ":"):
			return &Fault{Code: "syntax", Pos: l.pos(), Message: fmt.Sprintf("there is no colon after %q", word),
				Hint: "write " + quote(strings.TrimSpace(word+": "+clip(after)))}
		}
	}
	if upper := keyLine.FindStringSubmatch(above.rest()); upper != nil && first && this.start > above.start {
		return &Fault{Code: "syntax", Pos: this.pos(), Message: fmt.Sprintf("%q is indented deeper than %q above it, which has a value already", lower[1], upper[1]),
			Hint: fmt.Sprintf("let it start in column %d", above.pos().Col)}
	}
	if first && above.number > 0 && !strings.Contains(above.rest(), ":") {
		f := &Fault{Code: "syntax", Pos: above.pos(), Message: `this line has no ":"`, Hint: `write "key: value", or take the line out if it is no part of the config`}
		if name := strings.TrimSpace(above.rest()); above.isEntry() && hubName.MatchString(name) {
			f.Hint = "write " + quote("- model: "+name)
		}
		return f
	}
	return nil
}

// entryFault is the fault of the entry of a list in the line of pos, where YAML expects none.
func (p *parser) entryFault(text []byte, pos Pos) *Fault {
	this, above := linesBefore(text, pos)
	f := &Fault{Code: "syntax", Pos: Pos{this.number, this.dash()}}
	if above.isEntry() && this.dash() > above.dash() {
		f.Message, f.Hint = "this entry is indented deeper than the one above it", dashHint(above)
		return f
	}
	entries := entriesAbove(text, pos)
	if len(entries) == 0 {
		f.Message, f.Hint = "a list starts here without a key", `write "models:" or "slices:" on a line above it`
		return f
	}
	like := entries[0]
	for _, e := range entries {
		if word := p.wordAt(e.rest()); word != "" && word == p.wordAt(this.rest()) {
			like = e
			break
		}
	}
	switch {
	case this.dash() < like.dash():
		f.Message, f.Hint = fmt.Sprintf("this entry is indented less than the one in line %d", like.number), dashHint(like)
		return f
	case this.dash() > like.dash():
		f.Message, f.Hint = fmt.Sprintf("this entry is indented deeper than the one in line %d", like.number), dashHint(like)
		return f
	}
	// Something in between has ended the list.
	lines := splitLines(text, pos.Line)
	for n := like.number + 1; n < this.number; n++ {
		l := newTextLine(lines, n)
		if m := keyLine.FindStringSubmatch(l.rest()); m != nil && l.pos().Col < like.pos().Col {
			f.Pos = l.pos()
			f.Message = fmt.Sprintf("%q is indented so little that it ends the list above it, and line %d goes on with that", m[1], this.number)
			f.Hint = fmt.Sprintf("let it start in column %d, and what is under it further right", like.pos().Col)
			return f
		}
	}
	f.Message, f.Hint = "this entry does not fit what is above it", "check the indentation of the lines above it"
	return f
}

func dashHint(l textLine) string { return fmt.Sprintf(`let its "-" start in column %d`, l.dash()) }

// asteriskFault is the fault of an asterisk, at pos or before it on its line, that names no anchor; nil where there
// is none.
func (p *parser) asteriskFault(text []byte, pos Pos) *Fault {
	this, _ := linesBefore(text, pos)
	at := strings.Index(this.text, "*")
	if at < 0 {
		return nil
	}
	value := strings.TrimSpace(this.text[at:])
	f := &Fault{
		Code: "syntax", Pos: Pos{this.number, 1 + utf8.RuneCountInString(this.text[:at])},
		Message: `"*" has a meaning of its own in YAML`, Hint: "put it in quotes: " + quote(value),
	}
	if bare := strings.Trim(value, "*"); bare != "" && p.wordAt(this.rest()) == "filter" {
		f.Hint = "write " + clip(bare) + ": a filter matches wherever it stands in a name"
	}
	return f
}
