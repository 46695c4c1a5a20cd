package yamltext

import (
	"bytes"
	"regexp"
)

var (
	versionDirective = regexp.MustCompile(`^%YAML +1\.[0-9]+ *(?: #.*)?$`)
	otherDirective   = regexp.MustCompile(`^%([0-9A-Za-z_-]+)(?: .*)?$`)
	documentStart    = regexp.MustCompile(`^---(?:\s|$)`)
	noContent        = regexp.MustCompile(`^ *(?:#|$)`)
)

// withoutDirectives makes comments of the directives above the "---" that starts a document: PyYAML reads every version 1
// and ignores a directive that it does not know, and yaml.v3 refuses both. %TAG stays. Text with anything else there is
// returned as it is, and every byte of the result stands where it stood.
//
// Source: PyYAML 6.0, scanner.py, scan_directive, and parser.py, process_directives.
func withoutDirectives(raw []byte) []byte {
	out := bytes.Clone(raw)
	versions := 0
	for _, s := range New(raw).lines {
		line := raw[s.begin:s.end]
		switch name := otherDirective.FindSubmatch(line); {
		case documentStart.Match(line):
			return out
		case noContent.Match(line):
		case versionDirective.Match(line) && versions == 0:
			versions++
			out[s.begin] = '#'
		case name == nil || string(name[1]) == "YAML":
			return raw
		case string(name[1]) != "TAG":
			out[s.begin] = '#'
		}
	}
	return raw
}
