package recipe

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// yamlLine is the place that yaml.v3 puts before its message. The line is where the
// surrounding block or quote starts, one too low for some faults, and often absent.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxFault turns err, the YAML parser's about text, into a fault with its place and in words for
// somebody who writes a config.
func (p *parser) syntaxFault(text []byte, err error) *Fault {
	if f := notYAML(text); f != nil {
		return f
	}
	problem := yamlProblem(err)
	sip := &sipReader{text: text}
	_, _ = decodeDocuments(sip) // for how far it reads; the error is known
	off, found := faultOffset(text[:sip.off], problem)
	f := &Fault{Code: "syntax", Pos: placeAt(text, off)}
	if !found {
		line, _ := strconv.Atoi(yamlLine.FindStringSubmatch(err.Error())[1]) // absent for the first
		f.Pos = Pos{min(max(line, 1), f.Pos.Line), 1}
	}
	at, _ := utf8.DecodeRune(text[off:])
	if odd := p.pastedFault(text, f.Pos.Line); odd != nil {
		return odd
	}
	switch {
	case at == '\t', strings.Contains(problem, "tab character"):
		f.Message, f.Hint = "a tab stands where only spaces may stand", "indent with spaces"
	case strings.Contains(problem, "cannot start any token"):
		f.Message, f.Hint = fmt.Sprintf("a value cannot start with %q", string(at)), "put it in quotes"
	case strings.Contains(problem, "alphabetic or numeric") && p.asteriskFault(text, f.Pos) != nil:
		return p.asteriskFault(text, f.Pos)
	case strings.Contains(problem, "escape"), strings.Contains(problem, "hexdecimal"):
		f.Message, f.Hint = `"\" has a meaning of its own in double quotes`, `use single quotes, or "/" in a path`
	case strings.Contains(problem, "mapping values are not allowed") && p.colonFault(text, f.Pos) != nil,
		strings.Contains(problem, "could not find expected ':'") && p.colonFault(text, f.Pos) != nil:
		return p.colonFault(text, f.Pos)
	case strings.Contains(problem, "mapping values are not allowed"):
		f.Message = `":" cannot stand here`
		f.Hint = "put a value that holds a colon in quotes, or check the indentation"
	case strings.Contains(problem, "could not find expected ':'"):
		f.Message, f.Hint = `this line has no ":"`, `write "key: value", and "- " before a list entry`
	case strings.Contains(problem, "did not find expected key") && at == '-':
		return p.entryFault(text, f.Pos)
	case strings.Contains(problem, "did not find expected key"):
		f.Message, f.Hint = "this does not fit what is above it", "check the indentation"
		if this, _ := linesBefore(text, f.Pos); strings.ContainsAny(this.text, `'"`) {
			f.Hint = "check the indentation, and the quotes of this line"
		}
	case strings.Contains(problem, "expected '-' indicator"):
		f.Message, f.Hint = "this stands in a list and is no entry of it", p.noEntryHint(text, f.Pos)
	case strings.Contains(problem, "sequence entries are not allowed"):
		f.Message, f.Hint = `a list cannot start here`, "start it on a line of its own"
	case strings.Contains(problem, "expected ',' or ']'"):
		f.Message, f.Hint = "the list that starts here is not closed", `end it with "]", with "," between entries`
	case strings.Contains(problem, "expected ',' or '}'"):
		f.Message, f.Hint = "the mapping that starts here is not closed", `end it with "}", with "," between entries`
	case strings.Contains(problem, "unexpected end of stream"):
		f.Message, f.Hint = "the quote that starts here is not closed", "end it with the same quote"
	case strings.Contains(problem, "did not find expected node content") && (at == '[' || at == '{'):
		f.Message, f.Hint = "the bracket that opens here is not closed", "close it, or put the value in quotes"
	case strings.Contains(problem, "did not find expected node content"):
		f.Message, f.Hint = "a value should stand here", "write one, or check the brackets before it"
	case strings.HasPrefix(problem, "unknown anchor"):
		name := strings.TrimSuffix(strings.TrimPrefix(problem, "unknown anchor '"), "' referenced")
		f.Message, f.Hint = fmt.Sprintf("nothing above is marked &%s", clip(name)), fmt.Sprintf("write &%s before the value that is meant", clip(name))
	default:
		f.Message = "this is not YAML: " + problem
	}
	return f
}

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
	same := func(cut int) bool {
		tries--
		_, err := decodeDocuments(bytes.NewReader(text[:cut]))
		return err != nil && yamlProblem(err) == problem
	}
	var open, closing byte
	switch {
	case strings.Contains(problem, "',' or ']'"):
		open, closing = '[', ']'
	case strings.Contains(problem, "',' or '}'"):
		open, closing = '{', '}'
	}
	end := len(text)
	for end > 0 && tries > 0 { // by lines
		line := bytes.LastIndexAny(text[:end-1], "\n\r") + 1
		if !same(line) {
			break
		}
		end = line
	}
	for end > 0 { // by characters
		_, width := utf8.DecodeLastRune(text[:end])
		cut := end - width
		if open != 0 && text[cut] == closing {
			cut = opener(text[:cut], open, closing) // inside it another bracket would be the open one
		}
		if tries <= 0 {
			return max(0, len(text)-1), false
		}
		if !same(cut) {
			break
		}
		end = cut
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
