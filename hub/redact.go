package hub

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	urlQuery   = regexp.MustCompile(`(/[^\s?#"'<>]*)[?#][^\s"'<>]+`) // also of a relative URL
	urlUser    = regexp.MustCompile(`(://)[^/@\s"']*@`)
	tokenLike  = regexp.MustCompile(`\b(hf_|api_org_)[A-Za-z0-9._-]{12,}`)
	bearerLike = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[^\s,;"']+`)
	jwtLike    = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+`)
)

// maxSentence is how many bytes of a server's words are passed on.
const maxSentence = 500

// redact takes out of s what must not be printed: queries and users of URLs, and whatever looks
// like a token.
func redact(s string) string {
	s = urlQuery.ReplaceAllString(s, "$1")
	s = urlUser.ReplaceAllString(s, "$1")
	s = bearerLike.ReplaceAllString(s, "***")
	s = tokenLike.ReplaceAllString(s, "$1***")
	return jwtLike.ReplaceAllString(s, "***")
}

// sentence makes one printable line of a server's words: no control bytes, no secrets (token is
// ours, whatever its form), no HTML, and not endless.
func sentence(s, token string) string {
	if len(s) > 16*maxSentence {
		s = s[:16*maxSentence]
	}
	s = strings.ToValidUTF8(s, "")
	if isHTML(s) {
		return ""
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		if unicode.Is(unicode.Cf, r) { // bidi overrides, zero width
			return -1
		}
		return r
	}, s)
	if token != "" {
		s = strings.ReplaceAll(s, token, "***")
	}
	s = redact(s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxSentence {
		cut := maxSentence
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	return strings.TrimSuffix(s, ".")
}

// isHTML tells a page from an answer of the API. JSON never starts with "<".
func isHTML(s string) bool {
	s = strings.TrimLeft(s, "\ufeff \t\r\n")
	return strings.HasPrefix(s, "<")
}
