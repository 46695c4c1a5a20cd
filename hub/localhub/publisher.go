package localhub

import (
	"crypto/sha256"
	"maps"
	"strings"
	"sync"
	"time"
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

const (
	defaultTokenLife = time.Hour // that of the public Hub
	publisherName    = "[OIDC]"  // the author of what a publisher commits

	exchangeGrant   = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693, 2.1
	idTokenType     = "urn:ietf:params:oauth:token-type:id_token"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
)

// issued are the tokens that were given out since the start, by the sha256 of each.
type issued struct {
	mu     sync.Mutex
	logins map[[sha256.Size]byte]*login
	jobs   map[[sha256.Size]byte]string // subject of each token that may ask for id tokens
}

// exchangeToken gives a token for an id token.
//
// Source: RFC 8693, 2.1 and 2.2; of the public Hub, that a refusal does not tell which repo or publisher there is.
func exchangeToken(c *call) error {
	var body struct {
		GrantType        string `json:"grant_type"`
		SubjectTokenType string `json:"subject_token_type"`
		SubjectToken     string `json:"subject_token"`
		Resource         string `json:"resource"`
	}
	if c.isForm() {
		form, err := c.form(maxAnonymous)
		if err != nil {
			return oauthError("invalid_request", err.Error())
		}
		body.GrantType, body.SubjectTokenType = form.Get("grant_type"), form.Get("subject_token_type")
		body.SubjectToken, body.Resource = form.Get("subject_token"), form.Get("resource")
	} else if err := c.decode(&body); err != nil {
		return oauthError("invalid_request", err.Error())
	}
	switch {
	case body.GrantType != exchangeGrant:
		return oauthError("invalid_request", "grant_type is not "+exchangeGrant)
	case body.SubjectTokenType != idTokenType:
		return oauthError("invalid_request", "subject_token_type is not "+idTokenType)
	case body.SubjectToken == "" || body.Resource == "":
		return oauthError("invalid_request", "subject_token and resource are needed")
	}
	claims, ok := c.readIDToken(body.SubjectToken)
	l := c.publisher(claims.Subject, body.Resource)
	if !ok || claims.Audience != c.origin() || l == nil {
		return oauthError("invalid_grant", "The id token is not valid for this resource")
	}
	prefix := "hf_jwt_"
	if l.only == (repoID{}) {
		prefix = "hf_oauth_"
	}
	token := prefix + newKey() + newKey()
	l.ends = c.now().Add(c.options.TokenLife)
	c.issued.mu.Lock()
	if c.issued.logins == nil {
		c.issued.logins = make(map[[sha256.Size]byte]*login)
	}
	maps.DeleteFunc(c.issued.logins, func(_ [sha256.Size]byte, old *login) bool { return !c.now().Before(old.ends) })
	c.issued.logins[sha256.Sum256([]byte(token))] = l
	c.issued.mu.Unlock()
	return c.json(map[string]any{
		"access_token":      token,
		"token_type":        "bearer",
		"expires_in":        int(c.options.TokenLife / time.Second),
		"issued_token_type": accessTokenType,
	})
}

// publisher is the login of a job with that subject for the resource, nil where none is set up.
func (s *Server) publisher(subject, resource string) *login {
	for _, p := range s.options.Publishers {
		if p.Subject != subject || p.Resource != resource {
			continue
		}
		if !strings.Contains(resource, "/") {
			for _, u := range s.options.Users {
				if u.Name == resource {
					return &login{name: u.Name, orgs: u.Orgs, role: Read, keyless: true}
				}
			}
			return nil
		}
		id, err := parseRepoID(resource)
		if err != nil || s.repos.find(id) == nil {
			return nil
		}
		return &login{name: publisherName, role: Write, keyless: true, only: id}
	}
	return nil
}

// find returns the login of a token that was given out and has not ended.
func (i *issued) find(sum [sha256.Size]byte, now time.Time) *login {
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
func (s *Server) EndTokens() {
	s.issued.mu.Lock()
	defer s.issued.mu.Unlock()
	clear(s.issued.logins)
}

func oauthError(code, description string) error {
	e := badRequest("%s", description)
	e.body = map[string]string{"error": code, "error_description": description}
	return e
}
