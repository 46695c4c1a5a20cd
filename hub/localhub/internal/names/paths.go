package names

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	MaxPath    = 4096 // bytes, Linux's limit
	maxSegment = 255  // bytes, the limit of most file systems
)

// CheckPath judges the path of a file in a repo under the rules of POSIX and of Windows at
// once, whatever this runs on: a path that leaves the repo, that names a part of git, or that leads
// to a drive or a device is refused, for somebody will download it. A colon and a backslash are
// signs of a name in git and on the public Hub; they are taken where Windows keeps the file within
// the repo, if under another name.
func CheckPath(path string) error {
	fail := func(reason string) error { return fmt.Errorf("path %q %s", path, reason) }
	switch {
	case path == "":
		return errors.New("path is empty")
	case len(path) > MaxPath:
		return fmt.Errorf("path %.40q... has %d bytes; at most %d are allowed", path, len(path), MaxPath)
	case !utf8.ValidString(path):
		return fail("is not UTF-8")
	case strings.ContainsFunc(path, unicode.IsControl):
		return fail("has a control character")
	case path[0] == '/' || path[0] == '\\':
		return fail("is absolute")
	}
	for segment := range strings.SplitSeq(strings.ReplaceAll(path, `\`, "/"), "/") {
		file, _, _ := strings.Cut(segment, ":") // what follows names a stream of that file on Windows
		switch {
		case segment == "":
			return fail("has an empty part")
		case segment == "." || segment == "..":
			return fail("has the part " + segment)
		case len(segment) > maxSegment:
			return fail(fmt.Sprintf("has a part of %d bytes; at most %d are allowed", len(segment), maxSegment))
		case len(file) < 2 && file != segment:
			return fail("has a part that starts with a drive of Windows")
		case strings.TrimRight(segment, ". ") != segment || strings.TrimRight(file, ". ") != file:
			return fail("has a part that ends in a dot or a space, which Windows drops")
		case isGitFolder(file):
			return fail("has a part that means the folder of git")
		case isDevice(file):
			return fail("has a part that names a device on Windows")
		}
	}
	return nil
}

// isGitFolder knows ".git" and the short name that Windows may give it, in any case.
func isGitFolder(segment string) bool {
	return strings.EqualFold(segment, ".git") || strings.EqualFold(segment, "git~1")
}

// isDevice knows the names that Windows reserves, with and without an extension.
func isDevice(segment string) bool {
	name, _, _ := strings.Cut(segment, ".")
	name = strings.ToLower(strings.TrimRight(name, " "))
	switch name {
	case "con", "prn", "aux", "nul":
		return true
	}
	for _, port := range []string{"com", "lpt"} {
		digit, ok := strings.CutPrefix(name, port)
		if ok && len(digit) == 1 && digit[0] >= '0' && digit[0] <= '9' {
			return true
		}
	}
	return false
}

// Parents yields the folders above path, the nearest last: a, a/b for a/b/c.
func Parents(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
	}
}
