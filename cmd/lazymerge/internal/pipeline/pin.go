package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Pin is the content that a source was merged at, or is to be.
type Pin struct {
	Repo   string `json:"repo,omitempty"`   // on the Hub
	Commit string `json:"commit,omitempty"` // of Repo
	Digest string `json:"digest,omitempty"` // of a folder that is no Hub snapshot, see plan.Digest, or of the name of a private repo
}

// ErrMoved is a source whose content is not what it was pinned to.
var ErrMoved = errors.New("it is not what it was")

// checkPins tells whether the pins are for these sources.
func (s *Setup) checkPins(refs []recipe.Ref) error {
	if s.Pins != nil && len(s.Pins) != len(refs) {
		return fault.Configf("%s names %s, and there are commits for %d", s.name(), ui.N(len(refs), "model"), len(s.Pins))
	}
	return nil
}

// openPinned opens the source that is number i in the config, at its pin where it has one.
func (s *Setup) openPinned(ctx context.Context, ref recipe.Ref, i int) (*Source, error) {
	if s.Pins == nil {
		return s.open(ctx, ref)
	}
	return s.openAt(ctx, ref, s.Pins[i])
}

// openAt opens ref at the content of pin. A folder here is used where it has that content; else a repo is read from the
// Hub, wherever ref's name leads now.
func (s *Setup) openAt(ctx context.Context, ref recipe.Ref, pin Pin) (*Source, error) {
	want := plan.Identity{Repo: pin.Repo, Commit: pin.Commit}
	if pin.Digest != "" {
		want = plan.Identity{Digest: pin.Digest} // with a Repo beside it, that is what somebody says it is
	}
	if isFolder(ref.Path) {
		src, err := s.openFolder(ctx, ref)
		switch {
		case err != nil && pin.Repo == "":
			return nil, err
		case err == nil && src.Model.Identity == want:
			return src, nil
		case pin.Repo == "":
			return nil, fmt.Errorf("%w: the folder held %s and holds %s now", ErrMoved, ui.CommitID(pin.Digest), ui.CommitID(src.Model.Digest))
		}
	}
	if pin.Repo == "" {
		return nil, errors.New("this model is not on the Hub, and there is no such folder here")
	}
	at := recipe.Ref{Path: pin.Repo, Revision: cmp.Or(pin.Commit, ref.Revision), Pos: ref.Pos}
	src, err := s.openRepo(ctx, at)
	if refusal, ok := errors.AsType[*hub.Error](err); ok && refusal.Code == "RevisionNotFound" && pin.Commit != "" {
		return nil, fmt.Errorf("%w: commit %s is not there any more", ErrMoved, ui.CommitID(pin.Commit))
	}
	if err != nil {
		return nil, err
	}
	src.Ref = ref
	if src.Model.Repo != pin.Repo {
		src.renamed = src.Model.Repo
	}
	switch {
	case pin.Digest != "":
		src.As, src.equal = recipe.Ref{Path: pin.Repo, Revision: ref.Revision, Pos: ref.Pos}, pin.Commit
		src.Model.Identity = want
	case pin.Commit != "": // Resolve sees to it that this is what was read, whatever its repo is called by now
		src.Model.Identity = want
	}
	return src, nil
}

// newName says what the repo that src was pinned to is called by now; "" where it has its old name.
func (s *Source) newName() string {
	if s.renamed == "" {
		return ""
	}
	return fmt.Sprintf("%s is called %s by now", s.Repo(), s.renamed)
}

// pinned says what src is and at which content it was taken.
func (s *Source) pinned() string {
	id := s.Model.Identity
	switch {
	case s.Repo() == "":
		return fmt.Sprintf("%s, folder %s", s.Ref, ui.CommitID(id.Digest))
	case s.Commit() == "":
		return fmt.Sprintf("%s as %s has it now", s.Repo(), cmp.Or(s.As.Revision, "main"))
	}
	return s.Repo() + " at " + ui.CommitID(s.Commit())
}
