package hub

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

const (
	testJWT     = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyZXBvOmEvYiJ9.c2lnbmF0dXJl"
	testRequest = "request-token-of-the-job"
)

// exchangeOf serves a Hub at hub.test that exchanges id tokens, and the id tokens of GitHub at hub.actions.test.
func (n *network) exchangeOf(idToken, exchange http.HandlerFunc) *Client {
	n.addModel()
	model := n.hosts["hub.test"]
	n.hosts["hub.test"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			exchange(w, r)
			return
		}
		model.ServeHTTP(w, r)
	})
	n.hosts["hub.actions.test"] = idToken
	c := n.client()
	c.TokenFrom = ""
	c.OIDC = &OIDC{Resource: "alice/model", GitHub: true, RequestURL: "https://hub.actions.test/token?api-version=2.0", RequestToken: testRequest}
	c.OIDC.RequestURL = strings.Replace(c.OIDC.RequestURL, "https", "http", 1)
	return c
}

var (
	goodIDToken  = status(200, `{"value":"`+testJWT+`"}`)
	goodExchange = status(200, `{"access_token":"hf_jwt_abc","token_type":"Bearer","expires_in":3600}`)
)

func TestOIDCRequests(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		c := n.exchangeOf(goodIDToken, goodExchange)
		if _, err := c.Repo(t.Context(), "alice/model"); err != nil {
			t.Fatal(err)
		}
		want := []request{
			{line: "GET hub.actions.test/token", query: "api-version=2.0&audience=http%3A%2F%2Fhub.test", token: testRequest, agent: "lazymerge/test"},
			{line: "POST hub.test/oauth/token", agent: "lazymerge/test", body: `{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange",` +
				`"resource":"alice/model","subject_token":"` + testJWT + `","subject_token_type":"urn:ietf:params:oauth:token-type:id_token"}`},
			{line: "GET hub.test/api/models/alice/model/revision/main", token: "hf_jwt_abc", agent: "lazymerge/test"},
		}
		for i, got := range n.requests {
			if i >= len(want) || got != want[i] {
				t.Errorf("request %d is %+v, want %+v", i, got, want[min(i, len(want)-1)])
			}
		}
	})
}

func TestOIDCFaults(t *testing.T) {
	permission := `permissions: id-token: write`
	publisher := "trusted publisher on http://hub.test/alice/model/settings"
	grant := func(fields string) http.HandlerFunc {
		return status(200, `{"token_type":"bearer"`+fields+`}`)
	}
	for _, tt := range []struct {
		name     string
		change   func(*OIDC)
		idToken  http.HandlerFunc
		exchange http.HandlerFunc
		is       error
		want     string
		hint     string
	}{
		{"no permission", func(o *OIDC) { o.RequestURL = "" }, nil, nil, ErrUnauthorized, "no token for alice/model: GitHub gives this job no id token", permission},
		{"half of it", func(o *OIDC) { o.RequestToken = "" }, nil, nil, ErrUnauthorized, "GitHub gives this job no id token", permission},
		{"no CI that is known", func(o *OIDC) { o.GitHub = false }, nil, nil, ErrUnauthorized, "not GitHub Actions, and HF_OIDC_ID_TOKEN is not set", "with the audience http://hub.test"},
		{"an address that is none", func(o *OIDC) { o.RequestURL = "token:" + testJWT }, nil, nil, ErrUnauthorized, "ACTIONS_ID_TOKEN_REQUEST_URL is not a URL", permission},
		{"GitHub refuses", nil, status(403, "no"), nil, ErrUnauthorized, "GitHub refuses this job an id token (403)", permission},
		{"GitHub does not know the job", nil, status(401, "no"), nil, ErrUnauthorized, "GitHub refuses this job an id token (401)", permission},
		{"GitHub is in trouble", nil, status(500, "no"), nil, ErrNetwork, "GitHub answered 500, 5 times", "run the command again"},
		{"GitHub wants to know less", nil, status(429, "no"), nil, ErrRateLimited, "GitHub answered 429, 5 times", "wait"},
		{"GitHub cannot be found", func(o *OIDC) { o.RequestURL = "http://nowhere.test/" }, nil, nil, ErrNetwork, "no such host", "check the network"},
		{"GitHub sends elsewhere", nil, status(302, "", "Location: http://evil.test/"), nil, ErrAnswer, "redirects, which is not followed with a secret", ""},
		{"GitHub gives a page", nil, status(200, "<html>log in</html>"), nil, ErrAnswer, "web page", ""},
		{"GitHub gives nothing", nil, status(200, "{}"), nil, ErrAnswer, "without an id token", ""},
		{"no publisher", nil, nil, status(400, `{"error":"invalid_grant","error_description":"not valid for `+testJWT+`"}`, "X-Request-Id: r-1"), ErrUnauthorized,
			"the Hub rejects this job's id token (invalid_grant): not valid for *** (request r-1)", publisher},
		{"an error of no kind", nil, nil, status(400, `{"error":"`+testJWT+`"}`), ErrUnauthorized, "the Hub rejects this job's id token: ***", publisher},
		{"the Hub is in trouble", nil, nil, status(502, "<html>"), ErrNetwork, "the Hub answered 502, 5 times", "run the command again"},
		{"the Hub sends elsewhere", nil, nil, status(307, "", "Location: http://evil.test/"), ErrAnswer, "redirects, which is not followed with a secret", ""},
		{"the Hub gives a page", nil, nil, status(200, "<html>log in</html>"), ErrAnswer, "web page", ""},
		{"no token", nil, nil, grant(""), ErrAnswer, "the Hub returned no token", ""},
		{"a token of two lines", nil, nil, grant(`,"access_token":"hf_jwt_a\nb"`), ErrAnswer, "has an invalid character", ""},
		{"a token of another type", nil, nil, status(200, `{"access_token":"hf_jwt_a","token_type":"mac"}`), ErrAnswer, "not a bearer token", ""},
		{"a user's", func(o *OIDC) { o.Resource = "alice" }, nil, status(400, `{"error":"invalid_grant"}`), ErrUnauthorized, "no token for alice: ", "settings of the account alice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				idToken, exchange := tt.idToken, tt.exchange
				if idToken == nil {
					idToken = goodIDToken
				}
				if exchange == nil {
					exchange = goodExchange
				}
				c := n.exchangeOf(idToken, exchange)
				if tt.change != nil {
					tt.change(c.OIDC)
				}
				_, err := c.Repo(t.Context(), "alice/model")
				wantError(t, err, tt.is, tt.want)
				refusal, ok := errors.AsType[*OIDCError](err)
				if !ok {
					t.Fatalf("error is %#v, want an *OIDCError", err)
				}
				hint := refusal.Hint()
				if !strings.Contains(hint, tt.hint) || hint == "" != (tt.hint == "") {
					t.Errorf("hint %q, want one with %q", hint, tt.hint)
				}
				for _, text := range append(n.said(), err.Error(), hint) {
					if strings.Contains(text, testJWT) || strings.Contains(text, testRequest) {
						t.Errorf("a secret is in %q", text)
					}
				}
				if n.count("/revision/main") != 0 {
					t.Error("the Hub was asked without a token")
				}
			})
		})
	}
}

// The end of a token may be near from the start, or not be told.
func TestOIDCLife(t *testing.T) {
	for _, tt := range []struct {
		expires string
		again   bool // the second request makes a token
	}{
		{`,"expires_in":0`, true}, {`,"expires_in":-5`, true}, {`,"expires_in":60`, false}, {"", false}, {`,"expires_in":1e300`, false},
	} {
		bubble(t, func(t *testing.T, n *network) {
			minted := 0
			c := n.exchangeOf(goodIDToken, func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, `{"access_token":"hf_jwt_abc"`+tt.expires+`}`)
				minted++
			})
			for range 2 {
				if _, err := c.Repo(t.Context(), "alice/model"); err != nil {
					t.Fatal(err)
				}
			}
			if (minted == 2) != tt.again {
				t.Errorf("with %q: %d tokens for two requests", tt.expires, minted)
			}
		})
	}
}

func TestFindOIDC(t *testing.T) {
	github := []string{"GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=t"}
	for _, tt := range []struct {
		name, explicit string
		env            []string
		want           *OIDC
	}{
		{"not asked for", "", github, nil},
		{"asked for", "", append(github, "HF_OIDC_RESOURCE= a/b\n"), &OIDC{Resource: "a/b", GitHub: true, RequestURL: "u", RequestToken: "t"}},
		{"before HF_TOKEN", "", []string{"HF_OIDC_RESOURCE=a", "HF_TOKEN=hf_x", "HF_OIDC_ID_TOKEN=jwt\n"}, &OIDC{Resource: "a", IDToken: "jwt"}},
		{"after an explicit token", "hf_x", []string{"HF_OIDC_RESOURCE=a/b"}, nil},
		{"implicit tokens off", "", []string{"HF_OIDC_RESOURCE=a/b", "HF_HUB_DISABLE_IMPLICIT_TOKEN=1"}, nil},
	} {
		got := FindOIDC(tt.explicit, env(tt.env...))
		if got == nil || tt.want == nil {
			if got != tt.want {
				t.Errorf("%s: FindOIDC = %v, want %v", tt.name, got, tt.want)
			}
			continue
		}
		if got.Resource != tt.want.Resource || got.IDToken != tt.want.IDToken || got.GitHub != tt.want.GitHub || got.RequestURL != tt.want.RequestURL || got.RequestToken != tt.want.RequestToken {
			t.Errorf("%s: FindOIDC = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Whatever the Hub answers to an id token, either there is a token that a header may hold, or an error of one line
// that repeats no secret.
func FuzzExchange(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"hf_jwt_abc","token_type":"bearer","expires_in":3600}`, `{"access_token":"a b"}`, `{"expires_in":-1e400}`, `[]`, `null`, ``, `<html>`,
		`{"error":"invalid_grant","error_description":"no ` + testJWT + `"}`, `{"error":["` + testJWT + `",{"message":"::error::"}]}`, testJWT, "a\n" + testJWT,
	} {
		f.Add(true, body)
		f.Add(false, body)
	}
	f.Fuzz(func(t *testing.T, ok bool, body string) {
		status := map[bool]int{true: 200, false: 400}[ok]
		c := &Client{
			Endpoint: "https://hub.test",
			OIDC:     &OIDC{Resource: "alice/model", IDToken: testJWT},
			HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
			}),
		}
		if err := c.ready(); err != nil {
			t.Fatal(err)
		}
		token, err := c.token(t.Context())
		if err == nil {
			if _, _, err := checkToken(token, "x"); err != nil || token == "" {
				t.Errorf("the token is %q: %v", token, err)
			}
			return
		}
		if text := err.Error(); token != "" || strings.Contains(text, testJWT) || strings.ContainsAny(text, "\n\r\x1b") {
			t.Errorf("token %q, error %q", token, text)
		}
	})
}
