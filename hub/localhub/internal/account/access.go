package account

import (
	"net/http"
	"slices"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// in tells whether the namespace is l's own or that of one of its organizations.
func (l *Login) in(namespace string) bool {
	return l != nil && namespace != "" && (l.Name == namespace || slices.Contains(l.Orgs, namespace))
}

// MayWrite tells whether l may change all repos of the namespace.
func (l *Login) MayWrite(namespace string) bool {
	return l.in(namespace) && (l.Role == Write || slices.Contains(l.Writes, namespace))
}

// mayChange tells whether l may change the repo.
func (l *Login) mayChange(id names.RepoID) bool {
	return l.MayWrite(id.Namespace()) || id.Kind == "model" && slices.Contains(l.Writes, id.Name)
}

// An Access is what a request wants of a repo.
type Access int

const (
	ReadInfo  Access = iota // what it is and which files it has
	ReadFiles               // their contents
	Propose                 // to discuss it and to open pull requests
	Change
)

// Check tells why l may not have that access to a repo, or nil. A private repo that l may not see looks
// like none.
func (l *Login) Check(s store.Settings, want Access) error {
	ns := s.ID().Namespace()
	inside := l.in(ns) || l != nil && slices.Contains(s.Allowed, l.Name)
	if l != nil && l.only == s.ID() {
		return nil
	}
	if s.Private && (!inside || l.Keyless) {
		return refusal.NoRepo(l == nil)
	}
	switch {
	case l != nil && l.only != (names.RepoID{}): // stricter than the public Hub may be, so that no client comes to rely on it
		return refusal.New(http.StatusForbidden, "Forbidden: this token is for %s only", l.only)
	case want == Propose && l == nil:
		return refusal.Unauthorized()
	case (want == ReadFiles || want == Propose) && s.Gate != store.Open && !inside:
		if l == nil {
			return refusal.New(http.StatusUnauthorized,
				"Access to %s %s is restricted. You must have access to it and be authenticated to access it. Please log in.", s.Kind, s.ID()).Coded(refusal.CodeGatedRepo)
		}
		return refusal.New(http.StatusForbidden,
			"Access to %s %s is restricted and you are not in the authorized list. Ask its owner for access.", s.Kind, s.ID()).Coded(refusal.CodeGatedRepo)
	case want == Change && l == nil:
		return refusal.Unauthorized()
	case want == Change && !l.in(ns):
		return refusal.New(http.StatusForbidden, "Forbidden: %s may not write to %s", l.Name, s.ID())
	case (want == Change || want == Propose) && l.Role == FineGrained && !l.mayChange(s.ID()):
		return refusal.New(http.StatusForbidden, "Forbidden: this token may not write to %s", s.ID())
	case (want == Change || want == Propose) && l.Role == Read:
		return refusal.New(http.StatusForbidden, "Forbidden: this token may only read; use one with the role write")
	}
	return nil
}
