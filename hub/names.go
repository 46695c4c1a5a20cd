package hub

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// CheckRepo tells why the Hub has no repo of this name, "name" or "namespace/name"; nil where it may have one.
func CheckRepo(repo string) error { return checkRepo(repo) }

// checkRepo accepts "name" and "namespace/name" as the Hub does: 1 to 96 of A-Z a-z 0-9 . _ -
// each, no "--" or "..", no "-" or "." at either end, not ending in ".git".
func checkRepo(repo string) error {
	namespace, name, two := strings.Cut(repo, "/")
	if !two {
		namespace, name = "x", namespace
	}
	for _, part := range []string{namespace, name} {
		if reason := badName(part); reason != "" {
			return fmt.Errorf("%.120q is not a repo name: %s", repo, reason)
		}
	}
	return nil
}

func badName(s string) string {
	if len(s) == 0 || len(s) > 96 {
		return "each part has 1 to 96 characters"
	}
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '_', b == '-':
		default:
			return "only letters, digits, and . _ - are allowed, and one slash"
		}
	}
	switch {
	case strings.Contains(s, "--") || strings.Contains(s, ".."):
		return `"--" and ".." are not allowed`
	case strings.Trim(s[:1]+s[len(s)-1:], "-.") != s[:1]+s[len(s)-1:]:
		return `"-" and "." are not allowed at the start or end`
	case strings.HasSuffix(s, ".git"):
		return `it may not end in ".git"`
	}
	return ""
}

// CheckRevision tells why rev can be no branch, tag, commit or PR ref; nil where the Hub decides.
func CheckRevision(rev string) error { return checkRevision(rev) }

// checkRevision refuses what can be no branch, tag, commit or PR ref and would change the path
// of a URL. The Hub decides about the rest.
func checkRevision(rev string) error {
	bad := rev == "" || rev == "." || len(rev) > 255 || strings.Contains(rev, "..") || strings.ContainsFunc(rev, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`\?*[~^:`, r)
	})
	if bad {
		return fmt.Errorf("%.120q is no revision", rev)
	}
	return nil
}

// isCommit tells whether s is a full commit id: 40 hex digits.
func isCommit(s string) bool { return isHex(s, 40) }

// isHex tells whether s is n lower-case hex digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if b := s[i]; (b < '0' || b > '9') && (b < 'a' || b > 'f') {
			return false
		}
	}
	return true
}

// checkPath refuses names that could leave a folder on any system: absolute ones, segments of
// dots between slashes or backslashes, Windows drives and UNC forms, whatever system we run on;
// and control bytes and broken UTF-8, which no honest name has.
func checkPath(name string) error {
	bad := ""
	switch {
	case name == "":
		bad = "empty"
	case !utf8.ValidString(name):
		bad = "not valid UTF-8"
	case len(name) > 4096:
		bad = "longer than 4096 bytes"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		bad = "holds a control byte"
	case name[0] == '/' || name[0] == '\\':
		bad = "absolute"
	case len(name) > 1 && name[1] == ':':
		bad = "has a drive letter"
	}
	for segment := range strings.FieldsFuncSeq(name, isSeparator) {
		if strings.Trim(segment, ". ") == "" { // Windows ignores dots and spaces at the end
			bad = "has a segment of dots"
		}
	}
	if bad == "" && (strings.Contains(name, "//") || strings.HasSuffix(name, "/")) {
		bad = "has an empty segment"
	}
	if bad != "" {
		return fmt.Errorf("%w: %.200q: %s", ErrUnsafePath, name, bad)
	}
	return nil
}

// checkPrivate refuses the folders that belong to git and to download tools, wherever they are:
// .git and .cache, in any case, also with the trailing dots and spaces that Windows ignores.
func checkPrivate(name string) error {
	for segment := range strings.FieldsFuncSeq(name, isSeparator) {
		switch strings.ToLower(strings.TrimRight(segment, ". ")) {
		case ".git", ".cache":
			return fmt.Errorf("%w: %.200q: %s belongs to a tool, not to a model", ErrUnsafePath, name, segment)
		}
	}
	return nil
}

// checkUpload is for the names that we send.
func checkUpload(name string) error {
	if err := checkPath(name); err != nil {
		return err
	}
	return checkPrivate(name)
}

func isSeparator(r rune) bool { return r == '/' || r == '\\' }
