// Package names knows ids of repos, revisions and branches, tells them from paths of this machine, and reads the names that a publisher
// gives to models with --as.
package names

import (
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// repoID matches a Hub id with its namespace, repoName one that may lack it, as some old models do.
var (
	repoID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`)
	repoName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)
	commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// IsID tells whether s is NAMESPACE/NAME.
func IsID(s string) bool { return repoID.MatchString(s) }

// IsRepo tells whether s is NAME or NAMESPACE/NAME.
func IsRepo(s string) bool { return repoName.MatchString(s) }

// IsCommit tells whether s is a whole commit: 40 hex digits.
func IsCommit(s string) bool { return commitID.MatchString(s) }

// IDForm is what a repo id looks like, for those who wrote something else.
const IDForm = "write NAMESPACE/NAME in letters, digits and - _ . only"

// CheckID refuses what can be no id of a repo; flag is where it was written, "" for an argument.
func CheckID(flag, id string) error {
	if !repoID.MatchString(id) {
		return fault.Usagef("%s is no repo id; %s", strings.TrimSpace(flag+" "+id), IDForm)
	}
	if err := hub.CheckRepo(id); err != nil {
		return fault.Of(fault.Usage, err)
	}
	return nil
}

// CheckRevision refuses what can be no revision; "" is main.
func CheckRevision(rev string) error {
	if rev == "" || hub.CheckRevision(rev) == nil {
		return nil
	}
	return fault.Usagef("--revision %s is no branch, tag or commit; write a name such as main or v1.0", rev)
}
