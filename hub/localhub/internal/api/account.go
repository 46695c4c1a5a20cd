package api

import (
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// whoami answers whose the token is.
func whoami(c *call) error {
	if c.Login == nil || c.Login.Keyless {
		return refusal.Unauthorized()
	}
	type org struct {
		Type      string `json:"type"`
		ID        string `json:"id"`
		Name      string `json:"name"`
		FullName  string `json:"fullname"`
		RoleInOrg string `json:"roleInOrg"`
	}
	orgs := []org{}
	for _, name := range c.Login.Orgs {
		orgs = append(orgs, org{"org", nameID(name), name, name, "write"})
	}
	return c.JSON(map[string]any{
		"type":          "user",
		"id":            nameID(c.Login.Name),
		"name":          c.Login.Name,
		"fullname":      c.Login.Name,
		"email":         c.Login.Name + "@localhub.invalid",
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
		"displayName": string(c.Login.Role),
		"role":        c.Login.Role,
		"createdAt":   names.Stamp(c.Started),
	}
	if c.Login.Role != account.FineGrained {
		return token
	}
	scoped := []any{}
	for _, what := range c.Login.Writes {
		kind := "org"
		switch {
		case strings.Contains(what, "/"):
			kind = "model"
		case what == c.Login.Name:
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

// nameID is the id of a user or organization: 24 hexadecimal digits that its name gives.
func nameID(name string) string { return git.Hash("name", []byte(name))[:24] }

// authCheck answers whether the token may read the repo's files, or with /write change it. The
// route has checked the first.
func authCheck(c *call) error {
	if len(c.Rest) > 0 {
		if c.Rest[0] != "write" {
			return refusal.NotFound()
		}
		if err := c.Login.Check(c.Repo.Current(), account.Change); err != nil {
			return err
		}
	}
	return c.JSON(struct{}{})
}
