package pipeline

import (
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// idForm is what a repo id looks like, for those who wrote something else.
const idForm = "write NAMESPACE/NAME in letters, digits and - _ . only"

// CheckID refuses what can be no id of a repo; flag is where it was written, "" for an argument.
func CheckID(flag, id string) error {
	if !repoID.MatchString(id) {
		return fault.Usagef("%s is no repo id; %s", strings.TrimSpace(flag+" "+id), idForm)
	}
	if err := hub.CheckRepo(id); err != nil {
		return fault.Of(fault.Usage, err)
	}
	return nil
}

// checkRevision refuses what can be no revision; "" is main.
func checkRevision(rev string) error {
	if rev == "" || hub.CheckRevision(rev) == nil {
		return nil
	}
	return fault.Usagef("--revision %s is no branch, tag or commit; write a name such as main or v1.0", rev)
}

// CheckBranch refuses what can be no branch; "" is main.
func CheckBranch(w Words, name string) error {
	if name == "" {
		return nil
	}
	return checkBranchName(w, name)
}
