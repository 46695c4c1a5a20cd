// Package saytest tells whether a line is safe to print.
package saytest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// UnsafeLine says what is wrong with a line of output, "" if nothing.
func UnsafeLine(s string) string {
	if !utf8.ValidString(s) {
		return "is not UTF-8"
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return "holds " + string(r)
		}
	}
	if IsCommand(s) {
		return "is a workflow command"
	}
	return ""
}

// IsCommand tells what GitHub's runner would look at as a command.
func IsCommand(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[")
}
