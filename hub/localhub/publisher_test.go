package localhub_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const subject = "repo:alice/merges:ref:refs/heads/main"

// exchange asks for a token; changes are pairs of a field and another value for it.
func exchange(t *testing.T, server *localhub.Server, idToken, resource string, changes ...string) reply {
	t.Helper()
	body := map[string]string{
		"grant_type":         "urn:ietf:params:oauth:grant-type:token-exchange",
		"subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"subject_token":      idToken,
		"resource":           resource,
	}
	for i := 0; i < len(changes); i += 2 {
		body[changes[i]] = changes[i+1]
	}
	return send(t, server, "POST", "/oauth/token", anonymous, body)
}

// A grant is the answer to an exchange.
type grant struct {
	Token   string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Issued  string `json:"issued_token_type"`
}

func granted(t *testing.T, r reply) string {
	t.Helper()
	var g grant
	r.json(t, &g)
	if g.Type != "bearer" || g.Expires != 3600 || g.Issued != "urn:ietf:params:oauth:token-type:access_token" {
		t.Errorf("the grant is %+v", g)
	}
	return g.Token
}

// startPublisher starts a Hub whose clock the test holds.
func startPublisher(t *testing.T) (*localhub.Server, *time.Time) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	server := start(t, localhub.Options{
		Now: func() time.Time { return now },
		Users: []localhub.User{
			{Name: "alice", Orgs: []string{"acme"}, Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}},
		},
		Publishers: []localhub.Publisher{
			{Subject: subject, Resource: "alice/merged"},
			{Subject: subject, Resource: "alice/none"},
			{Subject: subject, Resource: "alice"},
			{Subject: subject, Resource: "nobody"},
		},
	})
	files := map[string]localhub.Content{"config.json": localhub.Text("{}")}
	put(t, server, "alice/merged", localhub.RepoOptions{Private: true}, files)
	put(t, server, "alice/private", localhub.RepoOptions{Private: true}, files)
	put(t, server, "carol/public", localhub.RepoOptions{}, files)
	put(t, server, "carol/gated", localhub.RepoOptions{Gated: localhub.Manual, Allowed: []string{"alice"}}, files)
	put(t, server, "dora/gated", localhub.RepoOptions{Gated: localhub.Manual}, files)
	return server, &now
}

func TestPublisher(t *testing.T) {
	server, now := startPublisher(t)
	id := server.IDToken(subject, server.URL())
	repo := granted(t, exchange(t, server, id, "alice/merged"))
	user := granted(t, exchange(t, server, id, "alice"))
	if !strings.HasPrefix(repo, "hf_jwt_") || !strings.HasPrefix(user, "hf_oauth_") {
		t.Errorf("the tokens are %s and %s", repo, user)
	}
	for _, tt := range []struct {
		name, method, path, token string
		status                    int
	}{
		{"the token of a repo reads it", "GET", "/api/models/alice/merged", repo, 200},
		{"though it is private", "GET", "/alice/merged/resolve/main/config.json", repo, 200},
		{"and may write there", "GET", "/api/models/alice/merged/auth-check/write", repo, 200},
		{"it makes branches", "POST", "/api/models/alice/merged/branch/b", repo, 200},
		{"it sees no other repo of the owner", "GET", "/api/models/alice/private", repo, 404},
		{"it reads no public repo", "GET", "/carol/public/resolve/main/config.json", repo, 403},
		{"it is nobody's", "GET", "/api/whoami-v2", repo, 401},
		{"it creates no repo", "POST", "/api/repos/create", repo, 403},
		{"the token of a user reads what is public", "GET", "/carol/public/resolve/main/config.json", user, 200},
		{"and gated repos that the user was let into", "GET", "/carol/gated/resolve/main/config.json", user, 200},
		{"but no other gated one", "GET", "/dora/gated/resolve/main/config.json", user, 403},
		{"nor the user's own private ones", "GET", "/api/models/alice/private", user, 404},
		{"it writes nowhere", "POST", "/api/models/carol/gated/branch/b", user, 403},
	} {
		var body any
		if tt.method == "POST" {
			body = map[string]string{"name": "new", "organization": "alice"}
		}
		if r := send(t, server, tt.method, tt.path, tt.token, body); r.StatusCode != tt.status {
			t.Errorf("%s: %s %s = %d %s, want %d", tt.name, tt.method, tt.path, r.StatusCode, r.body, tt.status)
		}
	}
	commit := ndjson(`{"key":"header","value":{"summary":"by a job"}}`, `{"key":"file","value":{"path":"a","content":"YQ==","encoding":"base64"}}`)
	if r := send(t, server, "POST", "/api/models/alice/merged/commit/main", repo, commit); r.StatusCode != 200 {
		t.Errorf("commit = %d %s", r.StatusCode, r.body)
	}
	commits, err := server.Commits("alice/merged", "")
	if err != nil || commits[0].Author != "[OIDC]" {
		t.Errorf("the commit is %+v, %v", commits[0], err)
	}

	*now = now.Add(time.Hour - time.Second)
	if r := send(t, server, "GET", "/api/models/alice/merged", repo, nil); r.StatusCode != 200 {
		t.Errorf("a second before its end the token is refused: %d", r.StatusCode)
	}
	*now = now.Add(time.Second)
	send(t, server, "GET", "/api/models/alice/merged", repo, nil).wantError(t, 401, "", "Invalid credentials")
	exchange(t, server, id, "alice/merged").wantOAuth(t, "invalid_grant")

	again := granted(t, exchange(t, server, server.IDToken(subject, server.URL()), "alice/merged"))
	server.EndTokens()
	send(t, server, "GET", "/api/models/alice/merged", again, nil).wantError(t, 401, "", "Invalid credentials")
}

func ndjson(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

func (r reply) wantOAuth(t *testing.T, code string) {
	t.Helper()
	if want := `{"error":"` + code + `"`; r.StatusCode != 400 || !strings.HasPrefix(string(r.body), want) {
		t.Errorf("the exchange = %d %s, want 400 %s", r.StatusCode, r.body, want)
	}
}

func TestExchangeIsRefused(t *testing.T) {
	server, _ := startPublisher(t)
	id := server.IDToken(subject, server.URL())
	signed, signature := id[:strings.LastIndexByte(id, '.')+1], id[strings.LastIndexByte(id, '.')+1:]
	for _, tt := range []struct {
		name, id, resource string
		changes            []string
		code               string
	}{
		{"another subject", server.IDToken("repo:eve/merges", server.URL()), "alice/merged", nil, "invalid_grant"},
		{"another audience", server.IDToken(subject, "https://else.where"), "alice/merged", nil, "invalid_grant"},
		{"a repo without a publisher", id, "alice/private", nil, "invalid_grant"},
		{"a repo that is not there looks the same", id, "alice/none", nil, "invalid_grant"},
		{"so does a user", id, "nobody", nil, "invalid_grant"},
		{"a signature of nobody", signed + strings.Repeat("A", len(signature)), "alice/merged", nil, "invalid_grant"},
		{"claims that were changed", "x" + id, "alice/merged", nil, "invalid_grant"},
		{"no JWT", "x", "alice/merged", nil, "invalid_grant"},
		{"no id token", "", "alice/merged", nil, "invalid_request"},
		{"no resource", id, "", nil, "invalid_request"},
		{"another grant", id, "alice/merged", []string{"grant_type", "password"}, "invalid_request"},
		{"another kind of token", id, "alice/merged", []string{"subject_token_type", "jwt"}, "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exchange(t, server, tt.id, tt.resource, tt.changes...).wantOAuth(t, tt.code)
		})
	}
	send(t, server, "POST", "/oauth/token", anonymous, []byte("[]")).wantOAuth(t, "invalid_request")
	send(t, server, "GET", "/oauth/token", anonymous, nil).wantError(t, 405, "", "POST is")
	granted(t, send(t, server, "POST", "/oauth/token", anonymous, url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:id_token"},
		"subject_token":      {id}, "resource": {"alice/merged"},
	}))
}

// A job asks for its id tokens with the token that it was given, and for which Hub they are.
func TestJob(t *testing.T) {
	server, _ := startPublisher(t)
	job := server.NewJob(subject)
	var answer struct{ Value string }
	send(t, server, "GET", job.RequestURL+"&audience="+url.QueryEscape(server.URL()), job.RequestToken, nil).json(t, &answer)
	granted(t, exchange(t, server, answer.Value, "alice/merged"))
	send(t, server, "GET", job.RequestURL, job.RequestToken, nil).json(t, &answer)
	exchange(t, server, answer.Value, "alice/merged").wantOAuth(t, "invalid_grant")
	send(t, server, "GET", job.RequestURL, alice, nil).wantError(t, 403, "", "may not ask")
	send(t, server, "GET", job.RequestURL, anonymous, nil).wantError(t, 403, "", "may not ask")
}
