// Package names knows repo ids, revisions and branches, tells them from local paths, and reads the names given to models with --as.
package names

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

var (
	repoName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)
	refName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// IsID tells whether s is NAMESPACE/NAME.
func IsID(s string) bool { return IsRepo(s) && strings.Contains(s, "/") }

// IsRepo tells whether s is NAME, as of some old models, or NAMESPACE/NAME.
func IsRepo(s string) bool { return repoName.MatchString(s) }

// IsCommit tells whether s is a full commit: 40 hex digits.
func IsCommit(s string) bool { return commitID.MatchString(s) }

// IDForm says what a repo id looks like.
const IDForm = "write NAMESPACE/NAME in letters, digits and - _ . only"

// CheckID refuses an invalid repo id; flag is where it was given, "" for an argument.
func CheckID(flag, id string) error {
	if !IsID(id) {
		return fault.Usagef("%s is not a repo id; %s", strings.TrimSpace(flag+" "+id), IDForm)
	}
	if err := hub.CheckRepo(id); err != nil {
		return fault.Of(fault.Usage, err)
	}
	return nil
}

// CheckRevision refuses an invalid revision; "" is main.
func CheckRevision(rev string) error {
	if rev == "" || hub.CheckRevision(rev) == nil {
		return nil
	}
	return fault.Usagef("--revision %s is not a branch, tag or commit; use a name such as main or v1.0", rev)
}

// IsBranch tells whether s is spelled like a branch, tag or other ref.
func IsBranch(s string) bool { return refName.MatchString(s) }

// CheckBranch refuses an invalid branch name; "" is main.
//
// Source: git-check-ref-format(1), for names of the characters above.
func CheckBranch(c say.Caller, name string) error {
	if name == "" {
		return nil
	}
	odd := !IsBranch(name) || strings.HasPrefix(name, "refs/") || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || IsCommit(name)
	for part := range strings.SplitSeq(name, "/") {
		odd = odd || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	switch {
	case odd:
		return fault.Usagef("%s %s is not a branch name; use a name such as v2 or try/t-0.4", c.Flag("revision"), name)
	case RefsClash(name, "main"):
		return fault.Usagef("%s %s: git cannot nest a branch under main; use a name such as v2 or try/t-0.4", c.Flag("revision"), name)
	}
	return nil
}

// RefsClash tells whether one branch name is a folder of the other.
func RefsClash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// IsFolder tells whether path is a folder on this machine.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// LooksLikePath tells a path from a Hub id, which is NAME or NAMESPACE/NAME.
func LooksLikePath(s string) bool {
	return filepath.IsAbs(s) || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "~") || strings.Contains(s, `\`) || strings.Count(s, "/") > 1
}
