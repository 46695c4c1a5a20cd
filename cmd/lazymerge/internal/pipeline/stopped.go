package pipeline

import (
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

// Stopped is a push that ended after it had begun to change the target.
type Stopped struct {
	Repo, Revision string
	Page           string       // of Repo
	Created        bool         // by this push, and nothing is in it
	Branched       bool         // Revision was made by this push, and nothing more is in it
	Stored, Shards int          // of the shards, how many the target's storage has
	Moved          bool         // somebody else has committed to Revision meanwhile
	Doubt          bool         // whether the commit landed, or the pull request was made, is not known
	Proposes       bool         // the commit was to be a pull request
	Pull           *target.Pull // that was made; nil where none was
	Landed         bool         // Pull has the commit, and is not shown as ready
	Err            error

	files  int // that the commit adds or changes
	caller say.Caller
}

// stopped is a push of o that ends once its target has been opened.
func (o Offer) stopped(opened target.Opened) Stopped {
	at := opened.Target
	return Stopped{Page: o.Hub.Client.Page(at.Repo), Repo: at.Repo, Revision: at.Revision, Created: opened.Created, Branched: opened.Branched,
		Shards: len(o.Merge.Plan.Shards), Proposes: at.Proposes(), caller: o.Hub.Caller}
}

// after is a push that err ended while it made its commit.
func (s Stopped) after(landed target.Landed, err error) *Stopped {
	ended := s
	ended.Moved, ended.Doubt, ended.Pull, ended.Landed, ended.Err = landed.Moved, landed.Doubt, landed.Pull, landed.Ready, err
	return &ended
}

func (s *Stopped) Error() string { return s.Err.Error() }

// Unwrap returns the cause.
func (s *Stopped) Unwrap() error { return s.Err }

// Changed tells whether this push has published anything, as far as that is known. A repo or a draft of a pull request
// that has nothing in it does not count.
func (s *Stopped) Changed() (changed, known bool) {
	switch {
	case s.Doubt:
		return false, false
	case s.Landed && s.files == 0: // there before, but for whether it is shown as ready
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
		return "it is not known whether the commit landed; " + s.Pull.URL + " shows it"
	case s.Doubt && s.Proposes:
		return "it is not known whether the pull request was made; " + s.Page + "/discussions shows it"
	case s.Doubt:
		return "it is not known whether the commit landed; " + s.Page + " shows it"
	}
	parts := []string{"nothing was published"}
	switch {
	case s.Stored == 1 && s.Shards == 1:
		parts = append(parts, "the shard is stored on the Hub and will not be sent again")
	case s.Stored == 1:
		parts = append(parts, fmt.Sprintf("1 of %s is stored on the Hub and will not be sent again", say.N(s.Shards, "shard")))
	case s.Stored > 1:
		parts = append(parts, fmt.Sprintf("%d of %s are stored on the Hub and will not be sent again", s.Stored, say.N(s.Shards, "shard")))
	}
	switch {
	case s.Moved:
		parts = append(parts, fmt.Sprintf("%s of %s is as somebody else has left it", s.Revision, s.Repo))
	case s.Created && s.Branched:
		parts = append(parts, fmt.Sprintf("%s was created with the branch %s, and both are still empty", s.Repo, s.Revision))
	case s.Created:
		parts = append(parts, s.Repo+" was created and is still empty")
	case s.Branched:
		parts = append(parts, fmt.Sprintf("the branch %s of %s was made, and is as main is", s.Revision, s.Repo))
	default:
		parts = append(parts, fmt.Sprintf("%s of %s is untouched", s.Revision, s.Repo))
	}
	if s.Pull != nil && s.Pull.Draft {
		parts = append(parts, fmt.Sprintf("pull request %d is a draft without a commit, which %s goes on with", s.Pull.Number, s.caller.SameRun()))
	}
	return strings.Join(parts, "; ")
}
