package localhub_test

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A fine-grained token reads like any other of its user, and changes what it names.
func TestFineGrainedTokens(t *testing.T) {
	const all, one, none = "hf_namespace", "hf_org", "hf_repo"
	server := start(t, localhub.Options{Users: []localhub.User{
		{Name: "alice", Orgs: []string{"acme"}, Tokens: []localhub.Token{
			{Secret: all, Role: localhub.FineGrained, Writes: []string{"alice"}},
			{Secret: one, Role: localhub.FineGrained, Writes: []string{"acme/x", "acme"}},
			{Secret: none, Role: localhub.FineGrained, Writes: []string{"alice/x"}},
		}},
	}})
	for _, id := range []string{"alice/x", "alice/y", "acme/x"} {
		put(t, server, id, localhub.RepoOptions{Private: true}, map[string]localhub.Content{"config.json": localhub.Text("{}")})
	}
	for _, tt := range []struct {
		name, path, token string
		status            int
	}{
		{"it reads what its user may read", "/acme/x/resolve/main/config.json", all, 200},
		{"it writes in its namespace", "/api/models/alice/y/auth-check/write", all, 200},
		{"and in no other of its user", "/api/models/acme/x/auth-check/write", all, 403},
		{"it writes in the namespace of an organization", "/api/models/acme/x/auth-check/write", one, 200},
		{"and not in that of its user", "/api/models/alice/x/auth-check/write", one, 403},
		{"it writes to one repo", "/api/models/alice/x/auth-check/write", none, 200},
		{"and not to the one beside it", "/api/models/alice/y/auth-check/write", none, 403},
	} {
		if got := send(t, server, "GET", tt.path, tt.token, nil); got.StatusCode != tt.status {
			t.Errorf("%s: GET %s = %d %s, want %d", tt.name, tt.path, got.StatusCode, got.body, tt.status)
		}
	}
	create := map[string]string{"name": "new", "organization": "alice"}
	if got := send(t, server, "POST", "/api/repos/create", none, create); got.StatusCode != 403 {
		t.Errorf("a token of one repo creates another: %d %s", got.StatusCode, got.body)
	}
	if got := send(t, server, "POST", "/api/repos/create", all, create); got.StatusCode != 200 {
		t.Errorf("a token of a namespace creates no repo there: %d %s", got.StatusCode, got.body)
	}

	var me struct {
		Auth struct {
			AccessToken struct {
				Role        string
				FineGrained struct {
					Scoped []struct {
						Entity      struct{ Type, Name string }
						Permissions []string
					}
				}
			}
		}
	}
	send(t, server, "GET", "/api/whoami-v2", one, nil).json(t, &me)
	scoped := me.Auth.AccessToken.FineGrained.Scoped
	if me.Auth.AccessToken.Role != "fineGrained" || len(scoped) != 2 || scoped[0].Entity.Type != "model" || scoped[0].Entity.Name != "acme/x" ||
		scoped[1].Entity.Type != "org" || strings.Join(scoped[1].Permissions, " ") != "repo.content.read repo.write" {
		t.Errorf("whoami = %+v", me)
	}
}

func TestTokensThatMayNotBe(t *testing.T) {
	for name, token := range map[string]localhub.Token{
		"a write token of one namespace": {Secret: "hf_a", Role: localhub.Write, Writes: []string{"alice"}},
		"the namespace of somebody else": {Secret: "hf_a", Role: localhub.FineGrained, Writes: []string{"bob"}},
		"a repo of somebody else":        {Secret: "hf_a", Role: localhub.FineGrained, Writes: []string{"bob/x"}},
		"a role that does not exist":     {Secret: "hf_a", Role: "admin"},
	} {
		if _, err := localhub.New(localhub.Options{Users: []localhub.User{{Name: "alice", Tokens: []localhub.Token{token}}}}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
