package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// OIDC gives a [Client] its tokens without a stored secret: a CI job shows the Hub an id token that the CI has
// signed, and is given a token for an hour. On the Hub this is a trusted publisher. An OIDC belongs to one
// Client, and its fields must not change after the first call.
//
// A token is used again until five minutes before its end, or to the very end where another one could not be
// made, and once the Hub no longer takes it.
//
// Source: huggingface_hub 2.4.0, _oidc.py and utils/_auth.py; the exchange is RFC 8693.
type OIDC struct {
	// Resource is what the tokens are for. namespace/name, with "datasets/" or the like before it for what is
	// no model, is a repo that they may write to, and they are good for nothing else. The name of a user lets
	// them read the gated repos that the user may read.
	Resource string

	IDToken string // made by the CI for the endpoint as its audience; "" asks GitHub Actions

	// What GitHub Actions gives a job with the permission id-token: write.
	GitHub       bool   // the job runs there
	RequestURL   string // ACTIONS_ID_TOKEN_REQUEST_URL
	RequestToken string // ACTIONS_ID_TOKEN_REQUEST_TOKEN

	Minted func(token string) // gets each token before it is used, so that logs can be kept free of it; may be nil

	once   sync.Once
	lock   chan struct{} // holds one value while nobody has it; guards the fields below
	token  string
	minted time.Time
	until  time.Time // when another one is made
}

// NewOIDC makes an OIDC for a resource from what the environment says of the job: HF_OIDC_ID_TOKEN, and the
// variables of GitHub Actions.
func NewOIDC(resource string, getenv func(string) string) *OIDC {
	return &OIDC{
		Resource:     strings.TrimSpace(resource),
		IDToken:      strings.TrimSpace(getenv("HF_OIDC_ID_TOKEN")),
		GitHub:       getenv("GITHUB_ACTIONS") == "true",
		RequestURL:   getenv("ACTIONS_ID_TOKEN_REQUEST_URL"),
		RequestToken: getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
	}
}

// FindOIDC is NewOIDC for HF_OIDC_RESOURCE. It returns nil where that is not set or does not count: with an
// explicit token, and with HF_HUB_DISABLE_IMPLICIT_TOKEN.
func FindOIDC(explicit string, getenv func(string) string) *OIDC {
	resource := strings.TrimSpace(getenv("HF_OIDC_RESOURCE"))
	if resource == "" || strings.TrimSpace(explicit) != "" || isTrue(getenv("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
		return nil
	}
	return NewOIDC(resource, getenv)
}

// IsRepo tells whether the tokens are for one repo, and not for reading.
func (o *OIDC) IsRepo() bool { return strings.Contains(o.Resource, "/") }

// From names the tokens for error texts, as [Client].TokenFrom.
func (o *OIDC) From() string { return "OIDC for " + o.Resource }

const (
	tokenMargin = 5 * time.Minute // of the official client
	tokenLife   = time.Hour       // where the answer does not say

	// freshToken is how long a token that is refused is not taken for one that has ended.
	freshToken = time.Minute
)

// get returns a token that c may send.
func (o *OIDC) get(ctx context.Context, c *Client) (string, error) {
	unlock, err := o.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	if o.token != "" && time.Now().Before(o.until) {
		return o.token, nil
	}
	return o.mint(ctx, c)
}

// after returns the token to send where the Hub has refused one, or that same one where asking for another
// would not help.
func (o *OIDC) after(ctx context.Context, c *Client, refused string) (string, error) {
	unlock, err := o.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	if o.token != refused || time.Since(o.minted) < freshToken {
		return o.token, nil
	}
	return o.mint(ctx, c)
}

// acquire takes the lock, which is held while a token is made.
func (o *OIDC) acquire(ctx context.Context) (unlock func(), err error) {
	o.once.Do(func() { o.lock = make(chan struct{}, 1) })
	select {
	case o.lock <- struct{}{}:
		return func() { <-o.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mint makes a token. The caller holds the lock.
func (o *OIDC) mint(ctx context.Context, c *Client) (string, error) {
	start := time.Now()
	token, life, err := o.exchange(ctx, c)
	if err != nil {
		return "", err
	}
	if o.Minted != nil {
		o.Minted(token)
	}
	margin := min(tokenMargin, life/2)
	if o.IDToken != "" {
		margin = 0
	}
	o.token, o.minted, o.until = token, start, start.Add(life-margin)
	return token, nil
}

// exchange asks the Hub for a token; life is how long it is good.
func (o *OIDC) exchange(ctx context.Context, c *Client) (token string, life time.Duration, err error) {
	idToken, err := o.idToken(ctx, c)
	if err != nil {
		return "", 0, err
	}
	cl := &call{op: "exchange the id token", method: http.MethodPost, url: c.route("oauth/token"), limit: smallAnswer, stays: true}
	err = cl.jsonBody(map[string]string{
		"grant_type":         "urn:ietf:params:oauth:grant-type:token-exchange",
		"subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"subject_token":      idToken,
		"resource":           o.Resource,
	})
	if err != nil {
		return "", 0, err
	}
	ans, err := c.send(ctx, cl)
	var grant struct {
		Token   string   `json:"access_token"`
		Type    string   `json:"token_type"`
		Expires *float64 `json:"expires_in"` // seconds
	}
	if err == nil {
		err = cl.decode(ans, &grant)
	}
	if err != nil {
		return "", 0, o.failed(ctx, c, "the Hub", err, func(refusal *Error) (string, string) {
			var oauth struct {
				Error string `json:"error"`
			}
			_ = json.Unmarshal(ans.body, &oauth) // else it says nothing
			reason := "the Hub rejects this job's id token"
			if errorCode.MatchString(strings.ReplaceAll(oauth.Error, "_", "")) {
				reason += " (" + oauth.Error + ")"
			}
			if said := strings.ReplaceAll(refusal.Message, idToken, "***"); said != "" {
				reason += ": " + said
			}
			if refusal.RequestID != "" {
				reason += " (request " + refusal.RequestID + ")"
			}
			return reason, o.publisherHint(c)
		})
	}
	life = tokenLife
	if grant.Expires != nil {
		life = time.Duration(min(max(*grant.Expires, 0), tokenLife.Seconds()*24) * float64(time.Second))
	}
	_, _, err = checkToken(grant.Token, "the Hub")
	switch {
	case grant.Token == "":
		err = errors.New("the Hub returned no token for the id token")
	case grant.Type != "" && !strings.EqualFold(grant.Type, "bearer"):
		err = errors.New("the Hub returned a token that is not a bearer token")
	}
	if err != nil {
		return "", 0, &OIDCError{Resource: o.Resource, reason: err.Error(), Err: ErrAnswer}
	}
	return grant.Token, life, nil
}

// idToken returns the id token of this job.
func (o *OIDC) idToken(ctx context.Context, c *Client) (string, error) {
	switch {
	case o.IDToken != "":
		return o.IDToken, nil
	case !o.GitHub:
		return "", &OIDCError{Resource: o.Resource, reason: "no id token: this is not GitHub Actions, and HF_OIDC_ID_TOKEN is not set",
			hint: "set HF_OIDC_ID_TOKEN to an id token from the CI with the audience " + c.base.String() + ", or unset HF_OIDC_RESOURCE"}
	case o.RequestURL == "" || o.RequestToken == "":
		return "", &OIDCError{Resource: o.Resource, reason: "GitHub gives this job no id token", hint: permissionHint}
	}
	u, err := url.Parse(o.RequestURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", &OIDCError{Resource: o.Resource, reason: "ACTIONS_ID_TOKEN_REQUEST_URL is not a URL", hint: permissionHint}
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "audience=" + url.QueryEscape(c.base.String())
	cl := &call{op: "ask GitHub for an id token", method: http.MethodGet, url: u, limit: smallAnswer, stays: true}
	cl.setHeader("Authorization", "Bearer "+o.RequestToken)
	ans, err := c.send(ctx, cl)
	var answer struct {
		Value string `json:"value"`
	}
	if err == nil {
		err = cl.decode(ans, &answer)
	}
	if err != nil {
		return "", o.failed(ctx, c, "GitHub", err, func(refusal *Error) (string, string) {
			return fmt.Sprintf("GitHub refuses this job an id token (%d)", refusal.Status), permissionHint
		})
	}
	if answer.Value == "" {
		return "", &OIDCError{Resource: o.Resource, reason: "GitHub gave an answer without an id token", Err: ErrAnswer}
	}
	return answer.Value, nil
}

const permissionHint = "give the job \"permissions: id-token: write\" (and contents: read); pull requests from forks never have it"

// publisherHint says what the Hub has to know.
func (o *OIDC) publisherHint(c *Client) string {
	if o.IsRepo() {
		return fmt.Sprintf("create the repo if needed, and add this workflow as a trusted publisher on %s/settings", c.route(o.Resource))
	}
	return fmt.Sprintf("add this workflow as a trusted publisher in the Hub settings of the account %s", o.Resource)
}

// failed makes the error of a request to who that did not go well; refused tells what a refusal means.
func (o *OIDC) failed(ctx context.Context, c *Client, who string, err error, refused func(*Error) (reason, hint string)) error {
	if ctx.Err() != nil || c.Offline {
		return err
	}
	e := &OIDCError{Resource: o.Resource, reason: err.Error(), Err: err}
	refusal, ok := errors.AsType[*Error](err)
	switch {
	case ok && (errors.Is(refusal, ErrNetwork) || errors.Is(refusal, ErrRateLimited)):
		e.hint = refusal.Hint()
		if refusal.Status != 0 {
			e.reason = fmt.Sprintf("%s answered %d, %d times", who, refusal.Status, refusal.Tries)
		}
	case ok:
		e.reason, e.hint = refused(refusal)
		e.Err = ErrUnauthorized
	}
	return e
}

// OIDCError is a token that could not be made. It holds no token, and is ErrUnauthorized unless what it wraps
// tells otherwise.
type OIDCError struct {
	Resource string
	Err      error // nil where nobody was asked

	reason, hint string
}

func (e *OIDCError) Error() string { return "no token for " + e.Resource + ": " + e.reason }

// Unwrap returns the cause.
func (e *OIDCError) Unwrap() error { return e.Err }

// Is tells that the job may not have the token.
func (e *OIDCError) Is(target error) bool { return e.Err == nil && target == ErrUnauthorized }

// Hint tells what to do.
func (e *OIDCError) Hint() string { return e.hint }
