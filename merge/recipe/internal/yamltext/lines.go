package yamltext

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A reader looks for the slip of the pen that made a text no YAML.
type reader struct {
	*Text
	isKey func(string) bool // tells the names that a config has at any level
}

// A line is one line of a text.
type line struct {
	number int    // counts from 1
	text   string // all of it
	rest   string // from the first character that is no space and no dash of a list
}

func (r reader) line(number int) line {
	if number < 1 || number > len(r.lines) {
		return line{}
	}
	s := r.lines[number-1]
	l := line{number: number, text: string(r.raw[s.begin:s.end])}
	l.rest = strings.TrimLeft(l.text, " ")
	for strings.HasPrefix(l.rest, "- ") {
		l.rest = strings.TrimLeft(l.rest[2:], " ")
	}
	return l
}

// col is the column of the rest, and dash that of the first dash of an entry.
func (l line) col() int  { return 1 + utf8.RuneCountInString(l.text) - utf8.RuneCountInString(l.rest) }
func (l line) dash() int { return 1 + len(l.text) - len(strings.TrimLeft(l.text, " ")) }

// isEntry tells whether l starts an entry of a list.
func (l line) isEntry() bool { return strings.HasPrefix(strings.TrimLeft(l.text, " "), "- ") }

func (l line) problem(message, hint string) *Problem {
	return &Problem{l.number, l.col(), "syntax", message, hint}
}

// above returns the last line above l that is as asked for, the zero line where there is none.
func (r reader) above(l line, is func(line) bool) line {
	for n := l.number - 1; n > 0; n-- {
		if up := r.line(n); is(up) {
			return up
		}
	}
	return line{}
}

func hasContent(l line) bool { return l.rest != "" && l.rest[0] != '#' }

var (
	firstWord = regexp.MustCompile(`^[a-z][a-z0-9_]*`)
	keyLine   = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*):(?: |$)`)
	unjoined  = regexp.MustCompile(`^([a-z][a-z0-9_]*) *(=>?|->|[:\x{ff1a}])? *(.*)$`)
)

// word returns the key of a config that text starts with, or "".
func (r reader) word(text string) string {
	if word := firstWord.FindString(text); r.isKey(word) {
		return word
	}
	return ""
}

// Joined returns text as "key: value" where it starts with a key and has something else than ": " behind it; else "".
func Joined(text string, isKey func(string) bool) string {
	m := unjoined.FindStringSubmatch(text)
	if m == nil || !isKey(m[1]) || keyLine.MatchString(text) || m[2] == "" && strings.Contains(m[3], ":") {
		return ""
	}
	return strings.TrimSpace(m[1] + ": " + m[3])
}

// outside says where the line at number, which stands in a list and is no entry of it, belongs.
func (r reader) outside(number, col int, isTop func(string) bool) string {
	this := r.line(number)
	word := r.word(this.rest)
	if isTop(word) && word != "parameters" {
		return "start it in column 1"
	}
	entry := cmp.Or(r.above(this, func(l line) bool { return l.isEntry() && l.dash() == col }), r.above(this, line.isEntry))
	if entry.number == 0 {
		return `start it with "- "`
	}
	hint := fmt.Sprintf("start it in column %d if it belongs to the entry above", entry.col())
	switch word {
	case "parameters":
		hint += ", or in column 1 if it is for all models"
	case "", "model", "sources", "filter":
		hint += `, or with "- " if it is an entry`
	}
	return hint
}

// colon says why ":" cannot stand at a place, or why a key lacks one, where the lines tell; else nil.
func (r reader) colon(number, col int) *Problem {
	this := r.line(number)
	above := r.above(this, hasContent)
	lower := keyLine.FindStringSubmatch(this.rest)
	first := lower != nil && col == this.col()+len(lower[1]) // the colon of the line's own key
	if this.isEntry() && first {
		return r.entry(number)
	}
	for _, l := range []line{above, this} {
		if joined := Joined(l.rest, r.isKey); joined != "" {
			return l.problem(fmt.Sprintf(`there is no ": " after %q`, r.word(l.rest)), write(joined))
		}
	}
	upper := keyLine.FindStringSubmatch(above.rest)
	switch {
	case !first || above.number == 0:
		return nil
	case upper != nil && this.col() > above.col():
		return this.problem(fmt.Sprintf("%q is indented under %q, which already has a value", lower[1], upper[1]),
			fmt.Sprintf("start it in column %d", above.col()))
	case strings.Contains(above.rest, ":"):
		return nil
	case above.isEntry() && strings.Contains(above.rest, "/") && !strings.Contains(strings.TrimSpace(above.rest), " "):
		return above.problem(`this line has no ":"`, write("- model: "+above.rest))
	}
	return above.problem(`this line has no ":"`, `write "key: value", or take the line out if it is not part of the config`)
}

// entry is the problem of the list entry in a line where YAML expects none.
func (r reader) entry(number int) *Problem {
	this := r.line(number)
	atDash := func(message, hint string) *Problem { return &Problem{number, this.dash(), "syntax", message, hint} }
	word := r.word(this.rest)
	alike := func(l line) bool { return word != "" && l.isEntry() && r.word(l.rest) == word }
	like := cmp.Or(r.above(this, alike), r.above(this, line.isEntry))
	switch {
	case like.number == 0:
		return atDash("a list starts here without a key", `write "models:" or "slices:" on a line above it`)
	case like.dash() != this.dash():
		return atDash(fmt.Sprintf("this entry does not line up with the one in line %d", like.number),
			fmt.Sprintf(`start its "-" in column %d`, like.dash()))
	}
	// Something in between has ended the list.
	for n := like.number + 1; n < number; n++ {
		l := r.line(n)
		if m := keyLine.FindStringSubmatch(l.rest); m != nil && l.col() < like.col() {
			return l.problem(fmt.Sprintf("%q ends the list above it, which line %d continues", m[1], number),
				fmt.Sprintf("start it in column %d, and what is under it further right", like.col()))
		}
	}
	return atDash("this entry does not fit what is above it", "check the indentation of the lines above it")
}
