package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// ErrMoved is a source whose content is not what was pinned.
var ErrMoved = errors.New("its content has changed")

// openAt opens ref at the content of pin: a local folder if it has that content, else the pinned repo, wherever ref leads now.
func (r Reader) openAt(ctx context.Context, ref recipe.Ref, pin lock.Pin) (*Source, error) {
	want := plan.Identity{Repo: pin.Repo, Commit: pin.Commit}
	if pin.Digest != "" {
		want = plan.Identity{Digest: pin.Digest} // a Repo beside it is a claim
	}
	if names.IsFolder(ref.Path) {
		src, err := openFolder(ctx, ref)
		switch {
		case err != nil && pin.Repo == "":
			return nil, err
		case err == nil && src.Model.Identity == want:
			return src, nil
		case pin.Repo == "":
			return nil, fmt.Errorf("%w: the folder held %s and now holds %s", ErrMoved, say.CommitID(pin.Digest), say.CommitID(src.Model.Digest))
		}
	}
	if pin.Repo == "" {
		return nil, errors.New("this model is not on the Hub, and there is no such folder")
	}
	at := recipe.Ref{Path: pin.Repo, Revision: cmp.Or(pin.Commit, ref.Revision), Pos: ref.Pos}
	src, err := r.openRepo(ctx, at)
	if refusal, ok := errors.AsType[*hub.Error](err); ok && refusal.Code == "RevisionNotFound" && pin.Commit != "" {
		return nil, fmt.Errorf("%w: commit %s no longer exists", ErrMoved, say.CommitID(pin.Commit))
	}
	if err != nil {
		return nil, err
	}
	pinned := *src
	pinned.Ref = ref
	if src.Model.Repo != pin.Repo {
		pinned.Renamed = src.Model.Repo
	}
	if pin.Digest != "" {
		pinned.As, pinned.equal = recipe.Ref{Path: pin.Repo, Revision: ref.Revision, Pos: ref.Pos}, pin.Commit
	}
	if pin.Digest != "" || pin.Commit != "" { // Resolve ensures that this was read, even from a renamed repo
		pinned.Model = identified(src.Model, want)
	}
	pinned.Pin = lock.Pin(pinned.Model.Identity)
	return &pinned, nil
}

// identified is m under the identity that the plan uses.
func identified(m *plan.Model, id plan.Identity) *plan.Model {
	known := *m
	known.Identity = id
	return &known
}

// WasFolder tells whether s was someone's folder or private repo when merged, and is now read from the Hub under its given name.
func (s *Source) WasFolder(pin lock.Pin) bool { return pin.Repo != "" && pin.Digest != "" && !s.Folder }

// Moved is, for each source, the commit its name leads to now if that is not the pinned one, else "". A Hub that cannot tell is
// no reason to stop: the sources have been read.
func (r Reader) Moved(ctx context.Context, sources []*Source) []string {
	return Each(len(sources), func(i int) string {
		s := sources[i]
		if s.Folder || r.Hub.Offline || names.IsCommit(s.Ref.Revision) {
			return ""
		}
		info, err := r.Hub.RepoAt(ctx, s.Ref.Path, cmp.Or(s.Ref.Revision, "main"))
		if err != nil || info.Commit == s.Pin.Commit {
			return ""
		}
		return info.Commit
	})
}
