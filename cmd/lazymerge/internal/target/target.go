// Package target is the repo that a merge is published to: what is there, whether this run may publish there, and each step of doing it.
//
// [Hub.Look] finds a [Target] and [Hub.Held] the merge that it holds. [Hub.Open] creates what does not exist yet, and [Hub.Commit]
// makes the one commit, or the pull request. Each returns what is known then; a Target never changes.
package target

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// A Hub is where merges are published to, and how a run uses it.
type Hub struct {
	Client   *hub.Client
	Apart    bool // Client's token is not that of the sources
	Caller   say.Caller
	Propose  bool // the result is to be a pull request to main, not a commit
	Private  bool // a repo that is created is to be private, and no other is published to
	LookOnly bool // nothing will be published, so nobody asks whether it may be
	Dry      bool // a dry run, which needs no token that may publish
}

// A Target is the repo that a result is published to, as it was found.
type Target struct {
	Repo     string // namespace/name
	Revision string // branch
	Exists   bool
	Branch   bool // Revision exists
	Private  bool
	Parent   string   // tip of Revision; "" where the repo or the branch does not exist
	Files    []string // at Parent

	Gated       string       // "", "auto" or "manual"
	UsedStorage int64        // bytes, where the Hub tells
	Account     *hub.Account // of the token; nil where the Hub does not tell
	NoAccess    error        // in a dry run: why the token may not publish here; nil where it may, or nobody asked

	Pull *Pull // to Revision, which is main; nil where the result is a commit on it
}

// A Pull is the pull request that a result is proposed with.
type Pull struct {
	Number int    // 0 until it is made
	URL    string // of its page
	Draft  bool   // it is not shown as ready yet
}

// Proposes tells whether the result is to be a pull request.
func (t Target) Proposes() bool { return t.Pull != nil }

// ContentRevision is the revision that content goes up for.
func (t Target) ContentRevision() string {
	switch {
	case t.Pull == nil:
		return t.Revision
	case t.Pull.Number == 0:
		return hub.NewPullRequest
	}
	return hub.PullRequestRef(t.Pull.Number)
}

// begins is the branch whose files a commit builds on.
func (t Target) begins() string {
	if t.Branch {
		return t.Revision
	}
	return "main"
}

// Place names the repo, and the pull request, or the branch unless it is main.
func (t Target) Place() string {
	if t.Proposes() && t.Pull.Number > 0 {
		return fmt.Sprintf("%s, pull request %d", t.Repo, t.Pull.Number)
	}
	if t.Revision != "main" {
		return t.Repo + ", branch " + t.Revision
	}
	return t.Repo
}

// Describe says what a push does there, or in a dry run would do; private is how a repo is created.
func (t Target) Describe(private, dry bool) string {
	visibility := "public"
	if private {
		visibility = "private"
	}
	at := t.Place()
	switch {
	case t.Proposes():
		return t.describePull(dry)
	case t.Branch && dry:
		return at + " exists; one commit would be added"
	case t.Branch:
		return at + " exists; one commit will be added"
	case t.Exists && dry:
		return at + " does not exist; it would be created from main"
	case t.Exists:
		return at + " created from main"
	case dry:
		return t.Repo + " does not exist; it would be created, " + visibility + OnlyBranch(t.Revision, "would stay")
	}
	return t.Repo + " created, " + visibility + OnlyBranch(t.Revision, "stays")
}

func (t Target) describePull(dry bool) string {
	will := "will"
	if dry {
		will = "would"
	}
	if t.Pull.Number == 0 {
		return fmt.Sprintf("%s exists; a pull request with one commit %s be opened", t.Repo, will)
	}
	return fmt.Sprintf("%s is yours; one commit %s be added", t.Place(), will)
}

// OnlyBranch says what becomes of a new repo whose first merge goes to a branch.
func OnlyBranch(revision, stays string) string {
	if revision == "main" {
		return ""
	}
	return ", with the branch " + revision + "; main " + stays + " empty"
}

// Fault is a target that cannot be published to. Advice "" is the cause's.
func Fault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Target, Subject: "target " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}
