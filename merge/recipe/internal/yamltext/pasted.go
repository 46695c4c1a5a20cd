package yamltext

import (
	"bytes"
	"regexp"
	"unicode/utf8"
)

var (
	// around is a line that comes along when a config is copied out of a notebook, a shell, a program or a page: a command,
	// the start or end of a quoted text, or an assignment to the name in the first group.
	around = regexp.MustCompile("^(?:%|![a-z]|```|\\$ |>>> |" + `EOF\s*$|(?:"""|''')\s*$|(?:cat|tee)\b[^:]*<<|` +
		`(?:import|from|def|print|with) ?[\w( ]|([A-Za-z_]\w*) *= *(?:[A-Za-z]{0,2}(?:"""|''')|[^= ][^:]*$))`)
	slashComment = regexp.MustCompile(`^( *)//\s*(.*)`)
	// oddDash is an entry of a list behind something like a dash and a space.
	oddDash = regexp.MustCompile(`^( *)(?:[\x{2012}-\x{2015}\x{2212}\x{2022}\x{25cf}\x{2023}\x{b7}*+][\s` + oddSpaces + `]*|` +
		`-[` + oddSpaces + `][\s` + oddSpaces + `]*|-)([a-z_]+: ?.*)`)
	// cardFront is what a model card starts with.
	cardFront = regexp.MustCompile(`^(?:\x{feff})?---\r?\n(?s:.*?\n)?(?:library_name|license|pipeline_tag|tags|language):(?s:.*?)\n---\r?\n`)
)

// pasted returns the problem of the first line, up to line most, that does not belong in a config or has other letters
// than YAML's; nil if there is none.
func (r reader) pasted(most int) *Problem {
	for n := 1; n <= min(most, len(r.lines)); n++ {
		line := r.line(n).text
		if m := around.FindStringSubmatch(line); m != nil && !r.isKey(m[1]) {
			return &Problem{n, 1, "syntax", "this line does not belong in a config", "take it out: save only the config itself"}
		}
		for _, kind := range []struct {
			line          *regexp.Regexp
			message, with string
		}{
			{slashComment, `a comment starts with "#" in YAML`, "# "},
			{oddDash, `a list entry starts with "-" and a space`, "- "},
		} {
			if m := kind.line.FindStringSubmatch(line); m != nil {
				return &Problem{n, 1 + utf8.RuneCountInString(m[1]), "syntax", kind.message, write(kind.with + m[2])}
			}
		}
	}
	return nil
}

// listed is a line of a text that was copied from a comparison, a quotation or a listing, or an empty one.
var listed = regexp.MustCompile(`^(?:\+|>(?:[^>]|$)| *\d+[.:|]?(?:\s|$)|\s*$)`)

// prefixed is the problem of a text of several lines that all start with what a page showed before them, else nil.
func (t *Text) prefixed() *Problem {
	n := 0
	for _, s := range t.lines {
		line := t.raw[s.begin:s.end]
		if !listed.Match(line) {
			return nil
		}
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	if n < 2 {
		return nil
	}
	return t.at(0, "syntax", `every line starts with a line number, "+" or ">"`, "copy the config without it")
}

// Card is the problem of a model card, nil for any other text.
func (t *Text) Card() *Problem {
	if !cardFront.Match(t.raw) {
		return nil
	}
	return t.at(0, "not-a-merge", "this is a model card, not a merge config", "the config is in a yaml block of the card: save that as a file")
}
