// Package account knows who may log in, with which token, and what each may do with a repo.
package account

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// User is somebody who may write to their own namespace and to those of their organizations.
type User struct {
	Name   string // the namespace, and what whoami answers
	Tokens []Token
	Orgs   []string
}

// Token is a secret that a client sends as "Authorization: Bearer". It must start with "hf_",
// which the JavaScript client insists on.
type Token struct {
	Secret string
	Role   Role
	Writes []string // with FineGrained: the namespaces, and the models as namespace/name, that it may change
}

// Role is what a token may do.
type Role string

// The roles of a token. All may read; a write token may change what its user may, a fine-grained one what it names of that.
const (
	Read        Role = "read"
	Write       Role = "write"
	FineGrained Role = "fineGrained"
)

// A Login is what one token stands for. A nil *Login is an anonymous client.
type Login struct {
	Name string
	Orgs []string
	Role Role

	Writes []string // of a fine-grained token

	// Of a token that was given out for an id token:
	Keyless bool
	only    names.RepoID // the one repo that it is for; the zero value for one that reads
	ends    time.Time
}

// Accounts are those who may log in: users with the tokens that were set up for them, and CI jobs with tokens that are given out.
type Accounts struct {
	Options
	logins map[[sha256.Size]byte]*Login
	key    []byte // of id tokens; a restart makes them all invalid
	issued issued
}

// Options are what accounts are made of.
type Options struct {
	Users      []User
	Publishers []Publisher
	Life       time.Duration // how long a token that is given out is good
	Now        func() time.Time
}

// New checks users and their tokens. No error has a secret in it.
func New(opts Options) (*Accounts, error) {
	all, err := logins(opts.Users)
	if err != nil {
		return nil, err
	}
	a := &Accounts{Options: opts, logins: all, key: make([]byte, 32)}
	a.issued.logins, a.issued.jobs = make(map[[sha256.Size]byte]*Login), make(map[[sha256.Size]byte]string)
	rand.Read(a.key) // never fails
	return a, nil
}

// Any tells whether somebody has a token.
func (a *Accounts) Any() bool { return len(a.logins) > 0 }

// User returns the login of a token of a user, or nil.
func (a *Accounts) User(secret string) *Login { return a.logins[sha256.Sum256([]byte(secret))] }

// Of returns the login of a token of a user, or of one that was given out and has not ended; nil where there is none.
func (a *Accounts) Of(secret string) *Login {
	if l := a.User(secret); l != nil {
		return l
	}
	return a.issued.find(sha256.Sum256([]byte(secret)), a.Now())
}

// Writer is the first namespace to which some token may write; "" is none.
func (a *Accounts) Writer() string {
	for _, u := range a.Users {
		for _, t := range u.Tokens {
			if namespace := u.login(t).Writer(); namespace != "" {
				return namespace
			}
		}
	}
	return ""
}

// Writer is a namespace that l may write to; "" is none.
func (l *Login) Writer() string {
	for _, namespace := range append([]string{l.Name}, l.Orgs...) {
		if l.MayWrite(namespace) {
			return namespace
		}
	}
	return ""
}

func (u User) login(t Token) *Login {
	return &Login{Name: u.Name, Orgs: u.Orgs, Role: t.Role, Writes: t.Writes}
}

// logins maps the sha256 of each secret to its login, so that neither a dump of the map nor
// the time of a look-up tells a secret. No error has a secret in it.
func logins(users []User) (map[[sha256.Size]byte]*Login, error) {
	all := make(map[[sha256.Size]byte]*Login)
	seen := make(map[string]bool)
	for _, u := range users {
		if err := names.CheckNamespace(u.Name); err != nil {
			return nil, fmt.Errorf("user: %w", err)
		}
		if seen[u.Name] {
			return nil, fmt.Errorf("user %s is there twice", u.Name)
		}
		seen[u.Name] = true
		for _, org := range u.Orgs {
			if err := names.CheckNamespace(org); err != nil {
				return nil, fmt.Errorf("organization of user %s: %w", u.Name, err)
			}
		}
		for i, t := range u.Tokens {
			if !strings.HasPrefix(t.Secret, "hf_") || len(t.Secret) < len("hf_")+1 {
				return nil, fmt.Errorf("token %d of user %s does not start with hf_", i+1, u.Name)
			}
			if !slices.Contains([]Role{Read, Write, FineGrained}, t.Role) {
				return nil, fmt.Errorf("token %d of user %s has role %q; want %q, %q or %q", i+1, u.Name, t.Role, Read, Write, FineGrained)
			}
			l := u.login(t)
			for _, what := range t.Writes {
				if namespace, _, _ := strings.Cut(what, "/"); t.Role != FineGrained || !l.in(namespace) {
					return nil, fmt.Errorf("token %d of user %s may not be for %s", i+1, u.Name, what)
				}
			}
			sum := sha256.Sum256([]byte(t.Secret))
			if all[sum] != nil {
				return nil, fmt.Errorf("token %d of user %s is the token of %s too", i+1, u.Name, all[sum].Name)
			}
			all[sum] = l
		}
	}
	return all, nil
}
