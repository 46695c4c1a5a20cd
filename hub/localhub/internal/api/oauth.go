package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// IDTokenPath is where a CI job asks for id tokens. No namespace starts with a dot.
const IDTokenPath = ".actions/id-token"

const (
	exchangeGrant   = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693, 2.1
	idTokenType     = "urn:ietf:params:oauth:token-type:id_token"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
)

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
	if c.IsForm() {
		form, err := c.Form(web.MaxAnonymous)
		if err != nil {
			return oauthError("invalid_request", err.Error())
		}
		body.GrantType, body.SubjectTokenType = form.Get("grant_type"), form.Get("subject_token_type")
		body.SubjectToken, body.Resource = form.Get("subject_token"), form.Get("resource")
	} else if err := c.Decode(&body); err != nil {
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
	has := func(id names.RepoID) bool { return c.Repos.Find(id) != nil }
	token, ok := c.Accounts.Exchange(body.SubjectToken, body.Resource, c.Origin(), has)
	if !ok {
		return oauthError("invalid_grant", "The id token is not valid for this resource")
	}
	return c.JSON(map[string]any{
		"access_token":      token,
		"token_type":        "bearer",
		"expires_in":        int(c.Accounts.Life / time.Second),
		"issued_token_type": accessTokenType,
	})
}

func oauthError(code, description string) error {
	e := refusal.BadRequest("%s", description)
	e.Body = map[string]string{"error": code, "error_description": description}
	return e
}

// giveIDToken answers a job as GitHub does.
func giveIDToken(c *call) error {
	secret, _ := strings.CutPrefix(c.R.Header.Get("Authorization"), "Bearer ")
	subject, ok := c.Accounts.Job(secret)
	if !ok {
		return refusal.New(http.StatusForbidden, "this job may not ask for id tokens")
	}
	return c.JSON(map[string]any{"count": 1, "value": c.Accounts.IDToken(subject, c.R.URL.Query().Get("audience"))})
}
