// Package target is the repo that a merge is published to: what it holds, whether this run may publish there, and each step of that.
//
// [Hub.Look] finds a [Target] and [Hub.Held] the merge in it. [Hub.Open] creates what does not exist yet, and [Hub.Commit] makes the
// one commit, or the pull request. Each returns what is then known; a Target never changes.
package target

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// A Hub is where and how a run publishes.
type Hub struct {
	Client   *hub.Client
	Apart    bool // Client's token is not the sources'
	Caller   say.Caller
	Propose  bool // make a pull request to main instead of a commit
	Private  bool // create only private repos, and publish to no other
	LookOnly bool // publish nothing, and need no permission to
	Dry      bool // a dry run, whose token need not be able to publish
}

// A Target is the repo to publish to, as it was found.
type Target struct {
	Repo     string // namespace/name
	Revision string // branch
	Exists   bool
	Branch   bool // Revision exists
	Private  bool
	Parent   string   // tip of Revision; "" if the repo or branch does not exist
	Files    []string // at Parent

	Gated       string       // "", "auto" or "manual"
	UsedStorage int64        // bytes, if the Hub tells
	Account     *hub.Account // of the token; nil if the Hub does not tell
	NoAccess    error        // in a dry run: why the token may not publish here; nil if it may or was not checked

	Pull *Pull // to Revision, which is main; nil for a commit
}

// A Pull is the pull request that proposes a result. Its number is 0 until it is created.
type Pull = hub.PullRequest

// Proposes tells whether the result will be a pull request.
func (t Target) Proposes() bool { return t.Pull != nil }

// ContentRevision is the revision to upload content for.
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

// Place names the repo, and the pull request or a branch other than main.
func (t Target) Place() string {
	if t.Proposes() && t.Pull.Number > 0 {
		return fmt.Sprintf("%s, pull request %d", t.Repo, t.Pull.Number)
	}
	if t.Revision != "main" {
		return t.Repo + ", branch " + t.Revision
	}
	return t.Repo
}

// Describe says what a push does there, or would do in a dry run; private is for a new repo.
func (t Target) Describe(private, replaces, dry bool) string {
	will := map[bool]string{false: "will", true: "would"}[dry]
	visibility := map[bool]string{false: "public", true: "private"}[private]
	at := t.Place()
	switch {
	case t.Proposes() && t.Pull.Number == 0:
		return fmt.Sprintf("%s exists; a pull request with one commit %s be opened", at, will)
	case t.Proposes():
		return fmt.Sprintf("%s is yours; one commit %s be added", at, will)
	case t.Branch && replaces:
		return fmt.Sprintf("%s exists; one commit %s replace the merge there", at, will)
	case t.Branch:
		return fmt.Sprintf("%s exists; one commit %s be added", at, will)
	case t.Exists && dry:
		return at + " does not exist; it would be created from main"
	case t.Exists:
		return at + " created from main"
	case dry:
		return t.Repo + " does not exist; it would be created, " + visibility + OnlyBranch(t.Revision, "would stay")
	}
	return t.Repo + " created, " + visibility + OnlyBranch(t.Revision, "stays")
}

// OnlyBranch says what a new repo is like if its first merge goes to a branch.
func OnlyBranch(revision, stays string) string {
	if revision == "main" {
		return ""
	}
	return ", with the branch " + revision + "; main " + stays + " empty"
}

// wrap is Fault without advice; nil stays nil.
func wrap(repo string, err error) error {
	if err == nil {
		return nil
	}
	return Fault(repo, err, "")
}

// Fault is a target that cannot be published to. Advice "" is the cause's.
func Fault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Target, Subject: "target " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}
