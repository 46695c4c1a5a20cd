package card

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// clean returns s as one line of visible text: line breaks and runs of space become one space, and
// control and format characters, which could hide or reorder what a reader sees, are dropped.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// text returns s as Markdown text: nothing in it is markup, in a paragraph, a heading, a table cell
// or the text of a link. Entities stand for what HTML reads, backslashes for what Markdown reads.
func text(s string) string {
	s = clean(s)
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '$': // the Hub renders formulas between dollars, and has no escape for them
			b.WriteString("&#36;")
		case '|': // readers of tables differ on what a backslash before it does
			b.WriteString("&#124;")
		case '\\', '`', '*', '[', ']', '~', '#':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '_':
			if !isAlnum(s, i-1) || !isAlnum(s, i+1) { // inside a word it is no emphasis
				b.WriteByte('\\')
			}
			b.WriteByte('_')
		case '-', '+', '=': // a list item or an underline, at the start of a line
			if i == 0 {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		case '.', ')': // a numbered list item, likewise
			if i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ') {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isAlnum(s string, i int) bool {
	return i >= 0 && i < len(s) && ('0' <= s[i] && s[i] <= '9' || 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z')
}

// code returns s as a code span. Backticks, backslashes and pipes have no escape that holds both in
// a paragraph and in a table cell, so text with one becomes an HTML element.
func code(s string) string {
	s = clean(s)
	if s == "" {
		return ""
	}
	if !strings.ContainsAny(s, "`|\\") {
		return "`" + s + "`"
	}
	return "<code>" + codeEscaper.Replace(s) + "</code>"
}

var codeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;",
	"\\", "&#92;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", "~", "&#126;", "$", "&#36;")

// link returns s as the text of a link to dest, or as text alone where dest is not safe to link.
func link(s, dest string) string {
	if u := destination(dest); u != "" {
		return "[" + text(s) + "](" + u + ")"
	}
	return text(s)
}

// destination returns s as the destination of a Markdown link. Only web addresses and file names
// below the card are links; for all else, such as javascript:, the result is "".
func destination(s string) string {
	u, err := url.Parse(clean(s))
	if err != nil || u.Opaque != "" || u.User != nil {
		return ""
	}
	web := (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	file := u.Scheme == "" && u.Host == "" && u.Path != "" && !strings.HasPrefix(u.Path, "/")
	if !web && !file {
		return ""
	}
	// String escapes what a URL cannot hold; the rest is what Markdown or a table would read.
	return linkEscaper.Replace(u.String())
}

var linkEscaper = strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "[", "%5B", "]", "%5D",
	"|", "%7C", "`", "%60", "\\", "%5C", "*", "%2A", " ", "%20", "\"", "%22", "'", "%27", "&", "&amp;", "~", "%7E", "$", "%24")

// python returns s as a string literal of Python. Go's escapes for ASCII text are Python's too.
func python(s string) string { return strconv.QuoteToASCII(clean(s)) }

var repoPattern = regexp.MustCompile(`^(\w[\w.-]*/)?\w[\w.-]*$`)

// isRepo tells whether s has the form of a repo id. Where it has not, the Hub would refuse it in
// base_model, and it is no part of a link.
//
// Source: huggingface_hub, utils/_validators.py, validate_repo_id.
func isRepo(s string) bool {
	if !repoPattern.MatchString(s) || strings.Contains(s, "--") || strings.Contains(s, "..") || strings.HasSuffix(s, ".git") {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if len(part) > 96 || strings.HasSuffix(part, "-") || strings.HasSuffix(part, ".") {
			return false
		}
	}
	return true
}
