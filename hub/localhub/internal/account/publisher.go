package account

import (
	"crypto/sha256"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// Publisher lets a CI job have tokens without a stored secret, as a trusted publisher does on the public Hub: a job
// that shows an id token with this subject is given a token for the resource.
type Publisher struct {
	Subject string // the claim "sub", for example "repo:alice/merges:ref:refs/heads/main"

	// Resource is namespace/name, with "datasets/" or the like before it for what is no model: the token may
	// write to that repo and is good for nothing else. Or it is the name of a user: the token reads the public and
	// gated repos that the user may read.
	Resource string
}

// publisherName is the author of what a publisher commits.
const publisherName = "[OIDC]"

// issued are the tokens that were given out since the start, by the sha256 of each.
type issued struct {
	mu     sync.Mutex
	logins map[[sha256.Size]byte]*Login
	jobs   map[[sha256.Size]byte]string // subject of each token that may ask for id tokens
}

// Exchange gives a token for an id token that was made for audience, where a publisher is set up for the resource: a
// user, or a repo that has tells is there. ok is false where none is given.
func (a *Accounts) Exchange(idToken, resource, audience string, has func(names.RepoID) bool) (token string, ok bool) {
	claims, ok := a.readIDToken(idToken)
	l := a.publisher(claims.Subject, resource, has)
	if !ok || claims.Audience != audience || l == nil {
		return "", false
	}
	prefix := "hf_jwt_"
	if l.only == (names.RepoID{}) {
		prefix = "hf_oauth_"
	}
	token = prefix + names.NewKey() + names.NewKey()
	l.ends = a.Now().Add(a.Life)
	a.issued.mu.Lock()
	defer a.issued.mu.Unlock()
	maps.DeleteFunc(a.issued.logins, func(_ [sha256.Size]byte, old *Login) bool { return !a.Now().Before(old.ends) })
	a.issued.logins[sha256.Sum256([]byte(token))] = l
	return token, true
}

// publisher is the login of a job with that subject for the resource, nil where none is set up.
func (a *Accounts) publisher(subject, resource string, has func(names.RepoID) bool) *Login {
	for _, p := range a.Publishers {
		if p.Subject != subject || p.Resource != resource {
			continue
		}
		if !strings.Contains(resource, "/") {
			for _, u := range a.Users {
				if u.Name == resource {
					return &Login{Name: u.Name, Orgs: u.Orgs, Role: Read, Keyless: true}
				}
			}
			return nil
		}
		id, err := names.ParseRepoID(resource)
		if err != nil || !has(id) {
			return nil
		}
		return &Login{Name: publisherName, Role: Write, Keyless: true, only: id}
	}
	return nil
}

// find returns the login of a token that was given out and has not ended.
func (i *issued) find(sum [sha256.Size]byte, now time.Time) *Login {
	i.mu.Lock()
	defer i.mu.Unlock()
	l := i.logins[sum]
	if l == nil || now.Before(l.ends) {
		return l
	}
	delete(i.logins, sum)
	return nil
}

// EndTokens makes every token that was given out for an id token invalid, as if its time were over.
func (a *Accounts) EndTokens() {
	a.issued.mu.Lock()
	defer a.issued.mu.Unlock()
	clear(a.issued.logins)
}
