package names

import (
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// IsBranch tells whether s may be a branch of some repo.
func IsBranch(s string) bool { return branchName.MatchString(s) }

// branchName is what a branch may be called; a commit or a pull request is no branch.
var branchName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// CheckBranch refuses what can be no branch of any repo; "" is main.
//
// Source: git-check-ref-format(1), for names of the characters above.
func CheckBranch(c say.Caller, name string) error {
	if name == "" {
		return nil
	}
	odd := !branchName.MatchString(name) || strings.HasPrefix(name, "refs/") || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || commitID.MatchString(name)
	for part := range strings.SplitSeq(name, "/") {
		odd = odd || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	switch {
	case odd:
		return fault.Usagef("%s %s is no branch; write a name such as v2 or try/t-0.4", c.Flag("revision"), name)
	case RefsClash(name, "main"):
		return fault.Usagef("%s %s: git keeps no branch below another, and every repo has a branch main; write a name such as v2 or try/t-0.4", c.Flag("revision"), name)
	}
	return nil
}

// RefsClash tells whether one of two names of branches is a folder of the other.
func RefsClash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}
