package git

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// compilePattern turns a pattern of gitignore(5), without "!" and a last slash, into an
// expression for whole paths. A pattern with a slash is taken from the repo's root; one
// without matches the last part of a path. nil is a pattern that matches nothing. The expression is for byBytes of a path.
func compilePattern(pattern string) *regexp.Regexp {
	if len(pattern) > names.MaxPath {
		return nil
	}
	anchored := strings.Contains(pattern, "/")
	pattern = strings.TrimPrefix(pattern, "/")
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	if !anchored {
		b.WriteString(`(?:.*/)?`)
	}
	for i := 0; i < len(pattern); {
		rest := pattern[i:]
		atStart := i == 0 || pattern[i-1] == '/'
		switch {
		case atStart && stars.MatchString(rest):
			n := len(strings.TrimSuffix(stars.FindString(rest), "/"))
			switch {
			case i+n < len(pattern): // "**/" also is no folder at all
				b.WriteString(`(?:.*/)?`)
				n++
			case i > 0:
				b.WriteString(`.+`)
			default:
				b.WriteString(`.*`)
			}
			i += n
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			for i < len(pattern) && pattern[i] == '*' {
				i++
			}
		case rest[0] == '?':
			b.WriteString(`[^/]`)
			i++
		case rest[0] == '[':
			class, n := compileClass(rest)
			if n == 0 {
				return nil
			}
			b.WriteString(class)
			i += n
		case rest[0] == '\\':
			if len(rest) == 1 {
				return nil
			}
			rest = rest[1:]
			i++
			fallthrough
		default:
			b.WriteString(regexp.QuoteMeta(byBytes(rest[:1])))
			i++
		}
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil
	}
	return re
}

// stars matches two or more at the start of a part of a path, that are all of it.
var stars = regexp.MustCompile(`^\*\*+(?:$|/)`)

// compileClass translates the bracket expression that s starts with and returns its length; 0 where it has no end or names a class
// that does not exist. No bracket matches a slash.
func compileClass(s string) (string, int) {
	var in [256]bool
	i := 1
	negated := i < len(s) && (s[i] == '!' || s[i] == '^')
	if negated {
		i++
	}
	for first, low := true, -1; i < len(s); first = false { // low is where a range may begin; -1 is nowhere
		switch c := s[i]; {
		case c == ']' && !first:
			return classOf(&in, negated), i + 1
		case c == '-' && low >= 0 && i+1 < len(s) && s[i+1] != ']':
			if i++; s[i] == '\\' {
				i++
			}
			if i == len(s) {
				return "", 0
			}
			for b := low; b <= int(s[i]); b++ {
				in[b] = true
			}
			low = -1
		case strings.HasPrefix(s[i:], "[:") && namedClass.MatchString(s[i:]):
			name := namedClass.FindString(s[i:])
			class, err := regexp.Compile("[" + name + "]")
			if err != nil {
				return "", 0
			}
			for b := range 128 {
				in[b] = in[b] || class.MatchString(string(rune(b)))
			}
			i += len(name) - 1
			low = -1
		default:
			if c == '\\' {
				if i++; i == len(s) {
					return "", 0
				}
			}
			in[s[i]] = true
			low = int(s[i])
		}
		i++
	}
	return "", 0
}

// namedClass matches what a bracket expression takes for the name of a class.
var namedClass = regexp.MustCompile(`^\[:[^\]]*:\]`)

// classOf is the expression for one byte that is, or is not, among in.
func classOf(in *[256]bool, negated bool) string {
	var b strings.Builder
	for c := range in {
		if in[c] != negated && c != '/' {
			fmt.Fprintf(&b, `\x{%x}`, c)
		}
	}
	if b.Len() == 0 {
		return `[^\x{0}-\x{10FFFF}]`
	}
	return "[" + b.String() + "]"
}

// byBytes makes every byte of s a character, for git's patterns know no others: a question mark is one byte of an umlaut.
func byBytes(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
