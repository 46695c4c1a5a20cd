package localhub

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// compilePattern turns a pattern of gitignore(5), without "!" and a last slash, into an
// expression for whole paths. A pattern with a slash is taken from the repo's root; one
// without matches the last part of a path. nil is a pattern that matches nothing.
func compilePattern(pattern string) *regexp.Regexp {
	if len(pattern) > maxPath {
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
		case atStart && strings.HasPrefix(rest, "**/"):
			b.WriteString(`(?:.*/)?`)
			i += len("**/")
		case atStart && rest == "**" && i > 0:
			b.WriteString(`.+`)
			i += len("**")
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
			_, n := utf8.DecodeRuneInString(rest)
			b.WriteString(regexp.QuoteMeta(rest[:n]))
			i += n
		}
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil
	}
	return re
}

// compileClass translates the bracket expression that s starts with and returns its length;
// 0 where it has no end. Ranges and a leading ! or ^ are known, named classes are not.
func compileClass(s string) (string, int) {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		b.WriteString(`^/`) // nothing but a slash matches a slash
		i++
	}
	for first := true; i < len(s); first = false {
		switch c := s[i]; {
		case c == ']' && !first:
			b.WriteByte(']')
			return b.String(), i + 1
		case c == '-':
			b.WriteByte('-')
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteString(regexp.QuoteMeta(s[i : i+1]))
		case c == ']' || c == '[' || c == '^' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c == '/':
			return "", 0 // git lets no bracket match a slash
		default:
			b.WriteByte(c)
		}
		i++
	}
	return "", 0
}
