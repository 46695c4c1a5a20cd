package pipeline

import (
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

// Stopped is a push that ended after it began to change the target.
type Stopped struct {
	Repo, Revision string
	Page           string       // of Repo
	Created        bool         // by this push, and still empty
	Branched       bool         // Revision was created by this push, and still equals main
	Stored, Shards int          // shards in the target's storage, and all
	Moved          bool         // someone else has committed to Revision
	Doubt          bool         // the commit may or may not have landed, or the pull request been made
	Proposes       bool         // the commit was to be a pull request
	Pull           *target.Pull // that was made; nil for none
	Landed         bool         // Pull has the commit, but is not marked as ready
	Err            error

	files  int // that the commit adds or changes
	caller say.Caller
}

// stopped is a push of o that ends once its target is open.
func (o Offer) stopped(opened target.Opened) Stopped {
	at := opened.Target
	return Stopped{Page: o.Hub.Client.Page(at.Repo), Repo: at.Repo, Revision: at.Revision, Created: opened.Created, Branched: opened.Branched,
		Shards: len(o.Merge.Plan.Shards), Proposes: at.Proposes(), caller: o.Hub.Caller}
}

// after is a push that err ended during its commit.
func (s Stopped) after(landed target.Landed, err error) *Stopped {
	ended := s
	ended.Moved, ended.Doubt, ended.Pull, ended.Landed, ended.Err = landed.Moved, landed.Doubt, landed.Pull, landed.Ready, err
	return &ended
}

func (s *Stopped) Error() string { return s.Err.Error() }

func (s *Stopped) Unwrap() error { return s.Err }

// Changed tells whether this push has published anything, if known. An empty repo or draft does not count.
func (s *Stopped) Changed() (changed, known bool) {
	if s.Doubt || s.Landed && s.files == 0 { // with nothing to change, it was there before, maybe not as ready
		return false, false
	}
	return s.Landed, true
}

// State says what is safe.
func (s *Stopped) State() string {
	switch {
	case s.Landed:
		return fmt.Sprintf("pull request %d has the merge, and is still a draft: %s", s.Pull.Number, s.Pull.URL)
	case s.Doubt && s.Pull != nil:
		return "the commit may have landed; check " + s.Pull.URL
	case s.Doubt && s.Proposes:
		return "the pull request may exist; check " + s.Page + "/discussions"
	case s.Doubt:
		return "the commit may have landed; check " + s.Page
	}
	parts := []string{"nothing was published"}
	if s.Stored > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s stored on the Hub, not to be sent again", s.Stored, say.N(s.Shards, "shard")))
	}
	switch {
	case s.Moved:
		parts = append(parts, fmt.Sprintf("someone else has changed %s of %s", s.Revision, s.Repo))
	case s.Created && s.Branched:
		parts = append(parts, fmt.Sprintf("%s was created with the branch %s, and both are still empty", s.Repo, s.Revision))
	case s.Created:
		parts = append(parts, s.Repo+" was created and is still empty")
	case s.Branched:
		parts = append(parts, fmt.Sprintf("the branch %s of %s was created and is still equal to main", s.Revision, s.Repo))
	default:
		parts = append(parts, fmt.Sprintf("%s of %s is untouched", s.Revision, s.Repo))
	}
	if s.Pull != nil && s.Pull.Draft {
		parts = append(parts, fmt.Sprintf("pull request %d is an empty draft, which %s will use", s.Pull.Number, s.caller.SameRun()))
	}
	return strings.Join(parts, "; ")
}
