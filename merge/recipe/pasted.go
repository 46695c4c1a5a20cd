package recipe

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// pasted are lines that come along when a config is copied out of a notebook, a terminal or a page. What is called
// message and hint may have $1, the first group of the pattern, and so on.
var pasted = []struct {
	line          *regexp.Regexp
	message, hint string
}{
	{regexp.MustCompile(`^()%(?:YAML|TAG)\b`), `a directive such as "%YAML 1.2" stands once, above a line "---"`, "take this line out: a config needs none"},
	{regexp.MustCompile(`^()%`), "a line that starts with % is a command of a notebook", "take this line out"},
	{regexp.MustCompile(`^()![a-z]`), "a line that starts with ! is a command of a notebook", "take this line out"},
	{regexp.MustCompile(`^()(?:\$ |>>> )`), "this is what was typed at a prompt, and no part of the config", "take this line out"},
	{regexp.MustCompile(`^()(?:cat|tee)\b[^:]*<<`), "this is a command of a shell, and no part of the config", "save only what stands between this line and the word that ends it"},
	{regexp.MustCompile(`^()\w+ *= *[A-Za-z]{0,2}(?:"""|''')`), "this is Python around a config", "save only what stands between the quotes"},
	{regexp.MustCompile(`^()(?:import|from|def|print|with) ?[\w( ]`), "this is Python, and no part of the config", "take this line out"},
	{regexp.MustCompile(`^()(?:"""|''')\s*$`), "this is Python around a config", "save only what stands between the quotes"},
	{regexp.MustCompile(`^()EOF\s*$`), "this line ends a text in a shell, and is no part of the config", "take this line out"},
	{regexp.MustCompile(`^( *)//\s*(.*)`), `"//" starts no comment in YAML`, `write "# $2"`},
	{regexp.MustCompile(`^( *)(?:[\x{2012}-\x{2015}\x{2212}\x{2022}\x{25cf}\x{2023}\x{b7}*+]|-[\x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}])[\s\x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}]*([a-z_]+: ?.*)`),
		`an entry of a list starts with "-" and a space`, `write "- $2"`},
	{regexp.MustCompile(`^( *(?:- )?)([a-z_]+) *\x{ff1a}\s*(.*)`), `the colon after "$2" is one of another script`, `write "$2: $3"`},
}

// linePrefixes stand before every line of a text that was copied from a page which shows more than the text.
var linePrefixes = []struct {
	line *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`^\+`), `a "+", as in a comparison of two versions`},
	{regexp.MustCompile(`^>(?:[^>]|$)`), `a ">", as in a quotation`},
	{regexp.MustCompile(`^ *\d+[.:|]?(?:\s|$)`), "its number"},
}

// assignment is a line of a program that gives a name a value.
var assignment = regexp.MustCompile(`^[A-Za-z_]\w* *= *[^= ][^:]*$`)

// pastedFault returns the fault of the first line, up to line most, that shows that text was copied with something around it or in other letters
// than YAML's; nil if there is none. text is no YAML.
func (p *parser) pastedFault(text []byte, most int) *Fault {
	lines := splitLines(text, most)
	for i, line := range lines[:min(most, len(lines))] {
		for _, kind := range pasted {
			m := kind.line.FindStringSubmatchIndex(line)
			if m == nil {
				continue
			}
			expand := func(s string) string {
				if strings.Contains(s, "$") {
					s = clip(string(kind.line.ExpandString(nil, s, line, m)))
				}
				return s
			}
			return &Fault{Code: "syntax", Pos: Pos{i + 1, 1 + utf8.RuneCountInString(line[:m[3]])}, Message: expand(kind.message), Hint: expand(kind.hint)}
		}
		if assignment.MatchString(line) && p.wordAt(line) == "" {
			return &Fault{Code: "syntax", Pos: Pos{i + 1, 1}, Message: "this is a line of a program, and no part of the config", Hint: "take this line out"}
		}
	}
	return nil
}

// prefixFault is the fault of a text of several lines that all start with what a page showed before them; nil for any other.
func prefixFault(text []byte) *Fault {
	lines := splitLines(text, len(text))
	for _, p := range linePrefixes {
		n := 0
		for _, line := range lines {
			if strings.TrimSpace(line) == "" {
				continue
			}
			if !p.line.MatchString(line) {
				n = 0
				break
			}
			n++
		}
		if n > 1 {
			return &Fault{Code: "syntax", Pos: Pos{1, 1}, Message: "before every line stands " + p.what, Hint: "copy the config without it"}
		}
	}
	return nil
}

// equation is a key and its value with another sign between them than ": ".
var equation = regexp.MustCompile(`^([a-z][a-z0-9_]*) *(?:=>?|->|\x{ff1a}) *(.*)$`)

// equated is the hint for text that has another sign between a key of a config and its value than ": ", else "".
func (p *parser) equated(text string) string {
	m := equation.FindStringSubmatch(text)
	if m == nil || p.wordAt(text) != m[1] {
		return ""
	}
	return fmt.Sprintf("write %q", strings.TrimSpace(m[1]+": "+clip(m[2])))
}
