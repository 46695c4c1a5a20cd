package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// authenticate tells who sent r. A token that no user has is refused even where an anonymous
// client would be served, as on the public Hub. A browser sends a token as the password of HTTP
// Basic. It does so with every request, also one that a page of somebody else has made it send, so
// that form counts only where nothing can be changed, and in requests that no page can make it send:
// those of git-lfs, which knows no other form.
func authenticate(r *http.Request, accounts *account.Accounts) (*account.Login, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, nil
	}
	if secret, ok := strings.CutPrefix(header, "Bearer "); ok {
		if l := accounts.Of(strings.TrimSpace(secret)); l != nil {
			return l, nil
		}
	}
	e := refusal.New(http.StatusUnauthorized, "Invalid credentials in Authorization header")
	if _, secret, ok := r.BasicAuth(); ok && (forPeople(r) || fromGitLFS(r)) {
		if l := accounts.User(secret); l != nil {
			return l, nil
		}
		e.Header = Challenge // so that the browser forgets what it has sent, and asks again
	}
	return nil, e
}

// forPeople tells whether a request may be a browser's on its way to a page: it reads, and not
// from the API.
func forPeople(r *http.Request) bool {
	path := r.URL.Path
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		!strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/oauth/")
}

// Challenge makes a browser ask for a name and a password, which is a token.
var Challenge = http.Header{"Www-Authenticate": {`Basic realm="` + SiteName + `: any name, and a token as the password", charset="UTF-8"`}}

// SiteName is what people know this server by.
const SiteName = "Local Hub"

// LFSJSON is the media type of the git-lfs batch API. Its specification is in the docs/api
// folder of git-lfs.
const LFSJSON = "application/vnd.git-lfs+json"

// fromGitLFS tells whether a request is of the API of git-lfs and says so by a media type that no
// page can give a request for another origin.
func fromGitLFS(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == LFSJSON && isLFSPath(r.URL.Path)
}

func isLFSPath(path string) bool { return strings.Contains(path, ".git/info/lfs/") }

// lfsChallenge makes git-lfs ask for a name and a password.
const lfsChallenge = `Basic realm="` + SiteName + `: any name, and a token as the password"`
