package localhub

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
)

// Gate is whether readers of a repo must have asked for access before they get its files.
type Gate string

// The gates of a repo. Auto and Manual differ only in what the repo's info says: in both, the
// files are for those of the namespace and for [RepoOptions.Allowed].
const (
	Open   Gate = ""
	Auto   Gate = "auto"
	Manual Gate = "manual"
)

// authenticate tells who sent r. A token that no user has is refused even where an anonymous
// client would be served, as on the public Hub. A browser sends a token as the password of HTTP
// Basic. It does so with every request, also one that a page of somebody else has made it send, so
// that form counts only where nothing can be changed, and in requests that no page can make it send:
// those of git-lfs, which knows no other form.
func (s *Server) authenticate(r *http.Request) (*login, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, nil
	}
	if secret, ok := strings.CutPrefix(header, "Bearer "); ok {
		sum := sha256.Sum256([]byte(strings.TrimSpace(secret)))
		if l := s.logins[sum]; l != nil {
			return l, nil
		}
		if l := s.issued.find(sum, s.now()); l != nil {
			return l, nil
		}
	}
	e := refuse(http.StatusUnauthorized, "Invalid credentials in Authorization header")
	if _, secret, ok := r.BasicAuth(); ok && (forPeople(r) || fromGitLFS(r)) {
		if l := s.logins[sha256.Sum256([]byte(secret))]; l != nil {
			return l, nil
		}
		e.header = challenge // so that the browser forgets what it has sent, and asks again
	}
	return nil, e
}

// in tells whether the namespace is l's own or that of one of its organisations.
func (l *login) in(namespace string) bool {
	return l != nil && namespace != "" && (l.name == namespace || slices.Contains(l.orgs, namespace))
}

// mayWrite tells whether l may change all repos of the namespace.
func (l *login) mayWrite(namespace string) bool {
	return l.in(namespace) && (l.role == Write || slices.Contains(l.writes, namespace))
}

// mayChange tells whether l may change the repo.
func (l *login) mayChange(id repoID) bool {
	return l.mayWrite(id.namespace()) || id.kind == "model" && slices.Contains(l.writes, id.name)
}

// An access is what a request wants of a repo.
type access int

const (
	readInfo  access = iota // what it is and which files it has
	readFiles               // their contents
	propose                 // to discuss it and to open pull requests
	write
)

// check tells why l may not have that access, or nil. A private repo that l may not see looks
// like none.
func (s settings) check(l *login, want access) error {
	ns := s.id().namespace()
	inside := l.in(ns) || l != nil && slices.Contains(s.Allowed, l.name)
	if l != nil && l.only == s.id() {
		return nil
	}
	if s.Private && (!inside || l.keyless) {
		return noRepo(l)
	}
	switch {
	case l != nil && l.only != (repoID{}): // stricter than the public Hub may be, so that no client comes to rely on it
		return refuse(http.StatusForbidden, "Forbidden: this token is for %s only", l.only)
	case want == propose && l == nil:
		return unauthorized()
	case (want == readFiles || want == propose) && s.Gate != Open && !inside:
		if l == nil {
			return refuse(http.StatusUnauthorized,
				"Access to %s %s is restricted. You must have access to it and be authenticated to access it. Please log in.", s.Kind, s.id()).coded(codeGatedRepo)
		}
		return refuse(http.StatusForbidden,
			"Access to %s %s is restricted and you are not in the authorized list. Ask its owner for access.", s.Kind, s.id()).coded(codeGatedRepo)
	case want == write && l == nil:
		return unauthorized()
	case want == write && !l.in(ns):
		return refuse(http.StatusForbidden, "Forbidden: %s may not write to %s", l.name, s.id())
	case (want == write || want == propose) && l.role == FineGrained && !l.mayChange(s.id()):
		return refuse(http.StatusForbidden, "Forbidden: this token may not write to %s", s.id())
	case (want == write || want == propose) && l.role == Read:
		return refuse(http.StatusForbidden, "Forbidden: this token may only read; use one with the role write")
	}
	return nil
}
