package yamltext

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// yamlLine is the place that yaml.v3 puts before its message. The line is where the
// surrounding block or quote starts, one too low for some faults, and often absent.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// kinds are the parser's problems, each by a part of its message, and what to say of them where nothing nearer is known.
var kinds = []struct{ problem, message, hint string }{
	{"tab character", "a tab stands where only spaces are allowed", "indent with spaces"},
	{"escape", `"\" starts an escape in double quotes`, `use single quotes, or "/" in a path`},
	{"hexdecimal", `"\" starts an escape in double quotes`, `use single quotes, or "/" in a path`},
	{"alphabetic or numeric", `"*" and "&" are special in YAML`, "put the value in quotes"},
	{"mapping values are not allowed", `":" is not allowed here`, "put a value that contains a colon in quotes, or check the indentation"},
	{"could not find expected ':'", `this line has no ":"`, `write "key: value", and "- " before a list entry`},
	{"did not find expected key", "this does not fit what is above it", "check the indentation, and the quotes of this line"},
	{"sequence entries are not allowed", "a list cannot start here", "start it on a line of its own"},
	{"expected ',' or ']'", "the list that starts here is not closed", `end it with "]", with "," between entries`},
	{"expected ',' or '}'", "the mapping that starts here is not closed", `end it with "}", with "," between entries`},
	{"unexpected end of stream", "the quote that starts here is not closed", "end it with the same quote"},
	{"did not find expected node content", "there is no value here, or a bracket is not closed", "write a value, close the bracket, or put it in quotes"},
}

// Explain turns err, the parser's about the text, into a problem with its place. isKey tells the names that a config has
// at any level, isTop those of its top level.
func (t *Text) Explain(err error, isKey, isTop func(string) bool) *Problem {
	if card := t.Card(); card != nil {
		return card
	}
	r := reader{t, isKey}
	problem := yamlProblem(err)
	text := withoutDirectives(t.raw)
	sip := bytes.NewReader(text)
	_, _ = decode(oneByte{sip}) // for how far it reads; the error is known
	off, found := faultOffset(text[:len(text)-sip.Len()], problem)
	p := t.at(off, "syntax", "this is not YAML: "+problem, "")
	if !found {
		line, _ := strconv.Atoi(yamlLine.FindStringSubmatch(err.Error())[1]) // absent for the first
		p.Line, p.Col = min(max(line, 1), p.Line), 1
	}
	if odd := r.pasted(p.Line); odd != nil {
		return odd
	}
	at, _ := utf8.DecodeRune(text[off:])
	for _, k := range kinds {
		if strings.Contains(problem, k.problem) {
			p.Message, p.Hint = k.message, k.hint
			break
		}
	}
	has := func(part string) bool { return strings.Contains(problem, part) }
	switch {
	case at == '\t':
		p.Message, p.Hint = kinds[0].message, kinds[0].hint
	case has("cannot start any token"):
		p.Message, p.Hint = fmt.Sprintf("a value cannot start with %q", string(at)), "put it in quotes"
	case has("alphabetic or numeric") && strings.Contains(r.line(p.Line).text, "*"):
		before, value, _ := strings.Cut(r.line(p.Line).text, "*")
		p.Col, p.Hint = 1+utf8.RuneCountInString(before), "put it in quotes: "+Quote("*"+strings.TrimSpace(value))
	case has("mapping values are not allowed"), has("could not find expected ':'"):
		return cmp.Or(r.colon(p.Line, p.Col), p)
	case has("did not find expected key") && at == '-':
		return r.entry(p.Line)
	case has("expected '-' indicator"):
		p.Message, p.Hint = "this is inside a list but not an entry of it", r.outside(p.Line, p.Col, isTop)
	case strings.HasPrefix(problem, "unknown anchor"):
		name := Clip(strings.TrimSuffix(strings.TrimPrefix(problem, "unknown anchor '"), "' referenced"))
		p.Message, p.Hint = fmt.Sprintf("nothing above is marked &%s", name), fmt.Sprintf("write &%s before the value that is meant", name)
	}
	return p
}

// oneByte gives out one byte at a time, so that a parser, which asks for more only when it must, stops near the fault.
type oneByte struct{ *bytes.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

// yamlProblem is an error of the YAML parser without its place.
func yamlProblem(err error) string {
	return err.Error()[len(yamlLine.FindString(err.Error())):]
}

// faultOffset finds where in text, which ends a few bytes after it, the parser's problem
// starts. The parser does not tell, but it reads front to back: a text cut anywhere after the place gives
// the same problem, and one cut before it gives another or none. For a bracket or quote
// that is never closed the place is where it opens. It returns false and the end of
// text where that takes too many tries.
func faultOffset(text []byte, problem string) (off int, found bool) {
	// The parser takes time in proportion to the bytes and to the square of the nesting.
	const effort = 2 << 20 // some 0.1 s
	depth := nesting(text)
	tries := effort / (1 + len(text) + depth*depth)
	var open, closing byte
	switch {
	case strings.Contains(problem, "',' or ']'"):
		open, closing = '[', ']'
	case strings.Contains(problem, "',' or '}'"):
		open, closing = '{', '}'
	}
	end := len(text)
	for _, cut := range []func() int{
		func() int { return bytes.LastIndexAny(text[:end-1], "\n\r") + 1 }, // by lines
		func() int { // by characters
			_, width := utf8.DecodeLastRune(text[:end])
			if open != 0 && text[end-width] == closing {
				return opener(text[:end-width], open, closing) // inside it another bracket would be the open one
			}
			return end - width
		},
	} {
		for ; end > 0; tries-- {
			if tries <= 0 {
				return max(0, len(text)-1), false
			}
			_, err := decode(bytes.NewReader(text[:cut()]))
			if err == nil || yamlProblem(err) != problem {
				break
			}
			end = cut()
		}
	}
	// The character before end is the first that the problem needs.
	_, width := utf8.DecodeLastRune(text[:end])
	off = end - width
	switch {
	case open != 0:
		off = opener(text[:end], open, closing)
	case strings.HasPrefix(problem, "unknown anchor"):
		off = max(0, bytes.LastIndexByte(text[:end], '*'))
	case off < len(text) && text[off] == ':' && strings.Contains(problem, "'-' indicator"):
		// The colon made a key of what is before it, and that is what stands wrong.
		line := bytes.LastIndexAny(text[:off], "\n\r") + 1
		off = line + len(text[line:off]) - len(bytes.TrimLeft(text[line:off], " "))
	}
	return off, true
}

// nesting returns how deep brackets nest in text, quotes and comments not regarded.
func nesting(text []byte) int {
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

// opener returns the offset of the last open bracket in text that no bracket closes.
func opener(text []byte, open, closing byte) int {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case closing:
			depth++
		case open:
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return max(0, len(text)-1)
}
