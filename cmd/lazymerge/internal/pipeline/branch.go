package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// branchName is what a branch may be called; a commit or a pull request is no branch.
var branchName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// checkBranchName refuses what can be no branch of any repo.
//
// Source: git-check-ref-format(1), for names of the characters above.
func checkBranchName(w Words, name string) error {
	odd := !branchName.MatchString(name) || strings.HasPrefix(name, "refs/") || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || commitID.MatchString(name)
	for part := range strings.SplitSeq(name, "/") {
		odd = odd || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	switch {
	case odd:
		return fault.Usagef("%s %s is no branch; write a name such as v2 or try/t-0.4", w.Flag("revision"), name)
	case refsClash(name, "main"):
		return fault.Usagef("%s %s: git keeps no branch below another, and every repo has a branch main; write a name such as v2 or try/t-0.4", w.Flag("revision"), name)
	}
	return nil
}

// checkBranch refuses a branch that git cannot make beside those which the target has.
func (s *Setup) checkBranch(ctx context.Context, t *Target) error {
	branches, err := s.TargetHub().Branches(ctx, t.Repo)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // a Hub that does not list them refuses it itself
	}
	if err != nil {
		return targetFault(t.Repo, err, "")
	}
	for _, b := range branches {
		if refsClash(t.Revision, b) {
			return targetFault(t.Repo, fmt.Errorf("it has a branch %s, and git keeps no branch below another", b),
				fmt.Sprintf("write another name than %s %s", s.Words.Flag("revision"), t.Revision))
		}
	}
	return nil
}

// refsClash tells whether one of two names of branches is a folder of the other.
func refsClash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}
