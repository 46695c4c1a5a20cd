package hub

import (
	"context"
	"slices"
	"strings"
)

// An Account is whom the token belongs to, and what it may do.
type Account struct {
	Name string // login; the namespace of the account's own repos
	Type string // "user", "org" or "app"
	Orgs []Org
	Role string // of the token: "read", "write" or "fineGrained"; may be empty

	scopes []scope
}

// An Org is an organization that the account is a member of.
type Org struct {
	Name string
	Role string // "admin", "write", "contributor" or "read"; may be empty
}

type scope struct {
	Entity struct {
		Type string `json:"type"` // "user", "org", "model", ...
		Name string `json:"name"`
	} `json:"entity"`
	Permissions []string `json:"permissions"`
}

// WhoAmI asks whom the token belongs to. The Hub counts this call strictly, so a Client asks once
// and remembers. A token that was made for one repo may not be able to tell: a caller
// should be able to do without the answer.
func (c *Client) WhoAmI(ctx context.Context) (*Account, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	known := c.account
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	const op = "ask whom the token belongs to"
	var raw struct {
		Type string `json:"type"`
		Name string `json:"name"`
		Orgs []struct {
			Name string `json:"name"`
			Role string `json:"roleInOrg"`
		} `json:"orgs"`
		Auth struct {
			AccessToken struct {
				Role        string `json:"role"`
				FineGrained struct {
					Scoped []scope `json:"scoped"`
				} `json:"fineGrained"`
			} `json:"accessToken"`
		} `json:"auth"`
	}
	ans, err := c.get(ctx, op, "", c.route("api/whoami-v2"), smallAnswer, &raw)
	if err != nil {
		return nil, err
	}
	if badName(raw.Name) != "" {
		return nil, (&call{op: op}).wrap(&answerError{what: ans.url.Host + " returned no account name"})
	}
	a := &Account{Name: raw.Name, Type: raw.Type, Role: raw.Auth.AccessToken.Role, scopes: raw.Auth.AccessToken.FineGrained.Scoped}
	for _, o := range raw.Orgs {
		a.Orgs = append(a.Orgs, Org(o))
	}
	c.mu.Lock()
	c.account = a
	c.mu.Unlock()
	return a, nil
}

// MayWrite tells from the account alone whether the token may write to repo; known is false where
// only the Hub can tell ([Client.CheckWrite] asks it).
func (a *Account) MayWrite(repo string) (may, known bool) {
	namespace, _, ok := strings.Cut(repo, "/")
	if !ok {
		return false, false
	}
	switch a.Role {
	case "read":
		return false, true
	case "write":
		if strings.EqualFold(namespace, a.Name) {
			return true, true
		}
		for _, o := range a.Orgs {
			if strings.EqualFold(namespace, o.Name) {
				return o.Role != "read", o.Role != ""
			}
		}
		return false, true
	case "fineGrained":
		return a.fineScope(repo) != "", true
	}
	return false, false
}

// WriteScope is what the token may write to where [Account.MayWrite] knows that it may write to repo: all models
// of the namespace, as "namespace/*", or repo alone. It is "" otherwise.
func (a *Account) WriteScope(repo string) string {
	switch may, known := a.MayWrite(repo); {
	case !may || !known:
		return ""
	case a.Role == "fineGrained":
		return a.fineScope(repo)
	}
	namespace, _, _ := strings.Cut(repo, "/")
	return namespace + "/*"
}

// fineScope is the widest of a fine-grained token's scopes that lets it write to repo, or "".
func (a *Account) fineScope(repo string) string {
	namespace, _, _ := strings.Cut(repo, "/")
	found := ""
	for _, s := range a.scopes {
		if !slices.Contains(s.Permissions, "repo.write") {
			continue
		}
		switch {
		case strings.EqualFold(s.Entity.Name, namespace) && (s.Entity.Type == "user" || s.Entity.Type == "org"):
			return namespace + "/*"
		case strings.EqualFold(s.Entity.Name, repo) && s.Entity.Type == "model":
			found = repo
		}
	}
	return found
}
