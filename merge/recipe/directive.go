package recipe

import (
	"bytes"
	"regexp"
)

var (
	versionDirective = regexp.MustCompile(`^%YAML +1\.[0-9]+ *(?: #.*)?$`)
	otherDirective   = regexp.MustCompile(`^%([0-9A-Za-z_-]+)(?: .*)?$`)
	documentStart    = regexp.MustCompile(`^---(?:\s|$)`)
)

// withoutDirectives makes comments of the directives above the "---" that starts a document: PyYAML reads every version 1 and passes
// over a directive that it does not know, and yaml.v3 refuses both. %TAG stays. Text with anything else there is returned as it is, and every
// byte of the result stands where it stood.
//
// Source: PyYAML 6.0, scanner.py, scan_directive, and parser.py, process_directives.
func withoutDirectives(text []byte) []byte {
	out := bytes.Clone(text)
	begin := len(text) - len(bytes.TrimPrefix(text, byteOrderMark))
	versions := 0
	for begin < len(text) {
		end := len(text)
		if at := lineBreak.FindIndex(text[begin:]); at != nil {
			end = begin + at[0]
		}
		line := text[begin:end]
		bare := bytes.TrimLeft(line, " ")
		switch name := otherDirective.FindSubmatch(line); {
		case documentStart.Match(line):
			return out
		case len(bare) == 0 || bare[0] == '#':
		case versionDirective.Match(line) && versions == 0:
			versions++
			out[begin] = '#'
		case name != nil && string(name[1]) == "TAG":
		case name != nil && string(name[1]) != "YAML":
			out[begin] = '#'
		default:
			return text
		}
		begin = end
		if at := lineBreak.FindIndex(text[end:]); at != nil {
			begin += at[1]
		}
	}
	return text
}
