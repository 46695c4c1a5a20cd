package say

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a Hub, a config or a file name fit for one line of a terminal or of
// a workflow log. It is what every line of a [UI] has passed; a command that prints such
// text on stdout calls it itself.
//
// Escape sequences go as a whole, as do control characters and all that have no visible form:
// bidirectional overrides, joiners, variation selectors. Line ends and tabs become spaces, and
// bytes that are not UTF-8 become U+FFFD. What GitHub's runner would take for a workflow
// command, "::" at the start or "##[" anywhere, gets a space inside. Clean(Clean(s)) is Clean(s).
func Clean(s string) string { return defuse(Strip(s)) }

// Strip is Clean but for workflow commands, which depend on the whole line.
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

// defuse breaks what the runner parses as a command. It looks for "::" after leading white
// space and for the older "##[" at any place; the comparison follows a culture and so skips
// invisible characters, which strip has taken out before.
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
func breaks(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// escapeSequence returns the bytes of the escape sequence that s starts with, or 0. One that
// is cut off ends where it stops being one.
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

// maxString is how far the end of a control string is looked for, so that a text of nothing
// but their starts takes no longer than any other. Titles and links are shorter.
const maxString = 4096

// controlString returns the bytes up to and with the terminator of a control string, 0 without
// one: then the text stays, for it may be all there is to read.
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
