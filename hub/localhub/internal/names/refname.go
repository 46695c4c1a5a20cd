package names

import (
	"fmt"
	"strings"
	"unicode"
)

// Refs are kept under their full names, so that refs/pr/1 is one more of them.
const (
	BranchPrefix  = "refs/heads/"
	TagPrefix     = "refs/tags/"
	RefPrefix     = "refs/"
	DefaultBranch = "main"
)

// CheckRefName holds the short name of a branch or tag to the rules of git-check-ref-format,
// and keeps it apart from commit ids and full names.
func CheckRefName(name string) error {
	fail := func(reason string) error { return fmt.Errorf("ref name %.200q %s", name, reason) }
	switch {
	case name == "" || len(name) > 200:
		return fail("has not 1 to 200 bytes")
	case name == "@" || name == "HEAD":
		return fail("is reserved")
	case IsSHA1(name):
		return fail("looks like a commit id")
	case name == "refs" || strings.HasPrefix(name, RefPrefix):
		return fail("starts with refs/")
	case strings.Contains(name, ".."), strings.Contains(name, "@{"), strings.HasSuffix(name, "."):
		return fail("has .. or @{ or ends with a dot")
	case strings.ContainsAny(name, " ~^:?*[\\") || strings.ContainsFunc(name, unicode.IsControl):
		return fail("has a character that git refuses")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return fail("has a part that is empty, starts with a dot or ends with .lock")
		}
	}
	return nil
}

// RefNamesClash tells whether one of two different short names is a folder of the other, which
// git cannot keep and which would make a path ambiguous.
func RefNamesClash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}
