package localhub

import (
	"strings"
	"time"
)

// whoami answers whose the token is.
func whoami(c *call) error {
	if c.login == nil || c.login.keyless {
		return unauthorized()
	}
	type org struct {
		Type      string `json:"type"`
		ID        string `json:"id"`
		Name      string `json:"name"`
		FullName  string `json:"fullname"`
		RoleInOrg string `json:"roleInOrg"`
	}
	orgs := []org{}
	for _, name := range c.login.orgs {
		orgs = append(orgs, org{"org", nameID(name), name, name, "write"})
	}
	return c.json(map[string]any{
		"type":          "user",
		"id":            nameID(c.login.name),
		"name":          c.login.name,
		"fullname":      c.login.name,
		"email":         c.login.name + "@localhub.invalid",
		"emailVerified": true,
		"isPro":         false,
		"canPay":        false,
		"avatarUrl":     "",
		"periodEnd":     nil,
		"orgs":          orgs,
		"auth": map[string]any{
			"type":        "access_token",
			"accessToken": accessToken(c),
		},
	})
}

// accessToken is what whoami says of the token itself.
func accessToken(c *call) map[string]any {
	token := map[string]any{
		"displayName": string(c.login.role),
		"role":        c.login.role,
		"createdAt":   stamp(c.started),
	}
	if c.login.role != FineGrained {
		return token
	}
	scoped := []any{}
	for _, what := range c.login.writes {
		kind := "org"
		switch {
		case strings.Contains(what, "/"):
			kind = "model"
		case what == c.login.name:
			kind = "user"
		}
		scoped = append(scoped, map[string]any{
			"entity":      map[string]any{"_id": nameID(what), "type": kind, "name": what},
			"permissions": []string{"repo.content.read", "repo.write"},
		})
	}
	token["fineGrained"] = map[string]any{"global": []string{}, "scoped": scoped}
	return token
}

// nameID is the id of a user or organisation: 24 hexadecimal digits that its name gives.
func nameID(name string) string { return gitHash("name", []byte(name))[:24] }

// stamp is a time as the Hub writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// authCheck answers whether the token may read the repo's files, or with /write change it. The
// route has checked the first.
func authCheck(c *call) error {
	if len(c.rest) > 0 {
		if c.rest[0] != "write" {
			return notFound()
		}
		if err := c.repo.current().check(c.login, write); err != nil {
			return err
		}
	}
	return c.json(struct{}{})
}
