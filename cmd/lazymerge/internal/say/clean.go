package say

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a Hub, a config or a file name safe for one line of a terminal or a
// workflow log. The UI cleans every line it prints; a command that prints such text on stdout
// calls Clean itself.
//
// It drops escape sequences, control characters and everything invisible: bidirectional overrides,
// joiners, variation selectors. Line ends and tabs become spaces, bytes that are not UTF-8 become
// U+FFFD. What GitHub's runner would take for a workflow command, "::" at the start or "##["
// anywhere, gets a space inside. Clean is idempotent.
func Clean(s string) string { return defuse(Strip(s)) }

// Strip is Clean without the part about workflow commands, which depends on the whole line.
func Strip(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if n := escapeSequence(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\r' && strings.HasPrefix(s[i:], "\n"): // one space for both
		case breaks(r):
			b.WriteByte(' ')
		case !invisible(r):
			b.WriteRune(r) // U+FFFD for a byte that is not UTF-8
		}
	}
	return b.String()
}

// defuse breaks what the runner parses as a command: "::" after leading white space, and the
// older "##[" anywhere. The runner compares by culture and so skips invisible characters, which
// Strip has dropped already.
//
// Source: actions/runner, src/Runner.Common/ActionCommand.cs.
func defuse(s string) string {
	s = strings.ReplaceAll(s, "##[", "## [")
	line := strings.TrimLeftFunc(s, unicode.IsSpace)
	if strings.HasPrefix(line, "::") {
		s = s[:len(s)-len(line)] + ": " + line[1:]
	}
	return s
}

// breaks tells whether r ends a line or jumps along it.
func breaks(r rune) bool { return strings.ContainsRune("\t\n\v\f\r\u0085\u2028\u2029", r) }

func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// escapeSequence is the length in bytes of the escape sequence at the start of s, or 0. A
// malformed one ends where it stops being one.
//
// Source: ECMA-35 13.2 and ECMA-48 5.4 to 5.6.
func escapeSequence(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	var kind byte // what follows ESC; a C1 character is the same with 0x40 added
	switch {
	case r == 0x1b && len(s) == 1:
		return 1
	case r == 0x1b:
		kind = s[1]
		n = 2
	case 0x80 <= r && r <= 0x9f && r != '\u0085':
		kind = byte(r - 0x40)
	default:
		return 0
	}
	switch {
	case kind == '[': // control sequence: parameters, intermediates, a final byte
		n += run(s[n:], 0x30, 0x3f)
		n += run(s[n:], 0x20, 0x2f)
		return n + min(1, run(s[n:], 0x40, 0x7e))
	case strings.IndexByte("]PX^_", kind) >= 0: // a string up to its terminator
		return n + controlString(s[n:])
	case r != 0x1b: // any other C1 character
		return n
	case 0x20 <= kind && kind <= 0x2f: // intermediates, a final byte
		n += run(s[n:], 0x20, 0x2f)
		return n + min(1, run(s[n:], 0x30, 0x7e))
	case 0x30 <= kind && kind <= 0x7e:
		return n
	}
	return 1 // ESC alone; the byte after it is looked at next
}

// run counts the leading bytes of s from lo to hi.
func run(s string, lo, hi byte) int {
	n := 0
	for n < len(s) && lo <= s[n] && s[n] <= hi {
		n++
	}
	return n
}

// maxString bounds the search for the end of a control string, so that a text full of starts
// takes linear time. Titles and links are shorter.
const maxString = 4096

// controlString is the length of a control string with its terminator. Without one it is 0, and
// the text stays: it may be all there is to read.
func controlString(s string) int {
	s = s[:min(maxString, len(s))]
	end := 0
	for _, terminator := range []string{"\a", "\x1b\\", "\u009c"} {
		if i := strings.Index(s, terminator); i >= 0 && (end == 0 || i+len(terminator) < end) {
			end = i + len(terminator)
		}
	}
	return end
}
