package localhub_test

import (
	"net/http"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func TestWhoami(t *testing.T) {
	server := start(t, localhub.Options{})
	var me struct {
		Type, Name, ID string
		Orgs           []struct{ Name string }
		Auth           struct {
			AccessToken struct{ Role, CreatedAt string }
		}
	}
	send(t, server, "GET", "/api/whoami-v2", alice, nil).json(t, &me)
	if me.Type != "user" || me.Name != "alice" || len(me.ID) != 24 || len(me.Orgs) != 1 || me.Orgs[0].Name != "acme" ||
		me.Auth.AccessToken.Role != "write" || me.Auth.AccessToken.CreatedAt != "2026-01-02T03:04:05.000Z" {
		t.Errorf("whoami = %+v", me)
	}
	send(t, server, "GET", "/api/whoami-v2", aliceReader, nil).json(t, &me)
	if me.Auth.AccessToken.Role != "read" {
		t.Errorf("whoami of a read token has role %s", me.Auth.AccessToken.Role)
	}
	send(t, server, "GET", "/api/whoami-v2", anonymous, nil).wantError(t, 401, "", "Invalid username or password.")
	send(t, server, "GET", "/api/whoami-v2", "hf_nobody", nil).wantError(t, 401, "", "Invalid credentials in Authorization header")
}

// Every row is one request to the repos of TestAccess.
func TestAccess(t *testing.T) {
	const (
		badToken   = "Invalid credentials in Authorization header"
		notFound   = "Repository not found"
		noLogin    = "Invalid username or password."
		restricted = "restricted"
	)
	server := start(t, localhub.Options{})
	files := map[string]localhub.Content{"config.json": localhub.Text("{}"), "w.bin": localhub.Text("w")}
	put(t, server, "carol/public", localhub.RepoOptions{}, files)
	put(t, server, "carol/private", localhub.RepoOptions{Private: true, Allowed: []string{"bob"}}, files)
	put(t, server, "carol/manual", localhub.RepoOptions{Gated: localhub.Manual, Allowed: []string{"bob"}}, files)
	put(t, server, "carol/auto", localhub.RepoOptions{Gated: localhub.Auto}, files)
	put(t, server, "alice/private", localhub.RepoOptions{Private: true}, files)
	put(t, server, "acme/gated", localhub.RepoOptions{Private: true, Gated: localhub.Auto}, files)
	tests := []struct {
		name, path, token string
		status            int
		code, message     string
	}{
		{"anybody reads a public repo", "/api/models/carol/public", anonymous, 200, "", ""},
		{"and its files", "/carol/public/resolve/main/config.json", anonymous, 200, "", ""},
		{"a bad token is refused where none is needed", "/api/models/carol/public", "hf_nobody", 401, "", badToken},
		{"also for files", "/carol/public/resolve/main/config.json", "hf_nobody", 401, "", badToken},
		{"and where there is nothing", "/api/models/carol/none", "hf_nobody", 401, "", badToken},

		{"a missing repo without a token", "/api/models/carol/none", anonymous, 401, "RepoNotFound", noLogin},
		{"a private repo without a token looks the same", "/api/models/carol/private", anonymous, 401, "RepoNotFound", noLogin},
		{"a missing repo with a token", "/api/models/carol/none", alice, 404, "RepoNotFound", notFound},
		{"a private repo with another's token looks the same", "/api/models/carol/private", alice, 404, "RepoNotFound", notFound},
		{"so do its files", "/carol/private/resolve/main/config.json", alice, 404, "RepoNotFound", notFound},
		{"and its tree", "/api/models/carol/private/tree/main", alice, 404, "RepoNotFound", notFound},
		{"and paths that do not exist", "/api/models/carol/private/nothing/x", alice, 404, "RepoNotFound", notFound},
		{"a dataset of that name is another repo", "/api/datasets/carol/public", alice, 404, "RepoNotFound", notFound},
		{"an allowed user reads it", "/carol/private/resolve/main/config.json", bob, 200, "", ""},
		{"the owner reads it", "/api/models/alice/private", alice, 200, "", ""},
		{"also with a read token", "/alice/private/resolve/main/config.json", aliceReader, 200, "", ""},
		{"a member of the organization reads it", "/acme/gated/resolve/main/config.json", aliceReader, 200, "", ""},

		{"the info of a gated repo is for all", "/api/models/carol/manual", anonymous, 200, "", ""},
		{"so is its tree", "/api/models/carol/manual/tree/main", anonymous, 200, "", ""},
		{"its files need a token", "/carol/manual/resolve/main/config.json", anonymous, 401, "GatedRepo", restricted},
		{"of somebody who was let in", "/carol/manual/resolve/main/config.json", alice, 403, "GatedRepo", "not in the authorized list"},
		{"large ones too", "/carol/auto/resolve/main/w.bin", alice, 403, "GatedRepo", restricted},
		{"and raw ones", "/carol/auto/raw/main/w.bin", anonymous, 401, "GatedRepo", restricted},
		{"and files that are not there", "/carol/manual/resolve/main/none", alice, 403, "GatedRepo", restricted},
		{"who was let in reads them", "/carol/manual/resolve/main/config.json", bob, 200, "", ""},

		{"auth-check of a public repo", "/api/models/carol/public/auth-check", anonymous, 200, "", ""},
		{"auth-check of a private repo", "/api/models/carol/private/auth-check", anonymous, 401, "RepoNotFound", noLogin},
		{"auth-check of a gated repo", "/api/models/carol/manual/auth-check", alice, 403, "GatedRepo", restricted},
		{"auth-check for writing one's own", "/api/models/alice/private/auth-check/write", alice, 200, "", ""},
		{"auth-check for writing with a read token", "/api/models/alice/private/auth-check/write", aliceReader, 403, "", "only read"},
		{"auth-check for writing another's", "/api/models/carol/public/auth-check/write", alice, 403, "", "may not write"},
		{"auth-check for writing without a token", "/api/models/carol/public/auth-check/write", anonymous, 401, "", noLogin},
		{"auth-check of something else", "/api/models/carol/public/auth-check/delete", alice, 404, "", ""},

		{"a path of no use", "/api/models/carol/public/nothing", alice, 404, "", "no such page"},
		{"the start page", "/", anonymous, 200, "", ""},
		{"what the Python client asks at its start", "/api/agent-harnesses", anonymous, 404, "", "no such page"},
	}
	for _, tt := range tests {
		r := send(t, server, "GET", tt.path, tt.token, nil)
		if tt.status == 200 {
			if r.StatusCode != 200 {
				t.Errorf("%s: GET %s = %d %s, want 200", tt.name, tt.path, r.StatusCode, r.body)
			}
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			r.wantError(t, tt.status, tt.code, tt.message)
			send(t, server, "HEAD", tt.path, tt.token, nil).wantError(t, tt.status, tt.code, tt.message)
		})
		if r.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: GET %s has no request id", tt.name, tt.path)
		}
	}
}

// What changes a repo needs a token of the role write, of the namespace.
func TestWriteAccess(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	before := tip(t, server, "alice/x")
	requests := []struct{ method, path string }{
		{"POST", "/api/models/alice/x/commit/main"},
		{"POST", "/api/models/alice/x/preupload/main"},
		{"POST", "/api/models/alice/x/branch/b"},
		{"DELETE", "/api/models/alice/x/branch/b"},
		{"POST", "/api/models/alice/x/tag/main"},
		{"DELETE", "/api/models/alice/x/tag/v"},
		{"POST", "/api/models/alice/x/super-squash/main"},
		{"PUT", "/api/models/alice/x/settings"},
	}
	for _, tt := range requests {
		send(t, server, tt.method, tt.path, anonymous, nil).wantError(t, 401, "", "Invalid username or password.")
		send(t, server, tt.method, tt.path, aliceReader, nil).wantError(t, 403, "", "this token may only read")
		send(t, server, tt.method, tt.path, bob, nil).wantError(t, 403, "", "bob may not write to alice/x")
	}
	bodies := []struct {
		method, path string
		body         any
	}{
		{"DELETE", "/api/repos/delete", map[string]any{"name": "x", "organization": "alice"}},
		{"POST", "/api/repos/move", map[string]any{"fromRepo": "alice/x", "toRepo": "bob/x"}},
		{"POST", "/alice/x.git/info/lfs/objects/batch", map[string]any{"operation": "upload", "ref": map[string]any{"name": "main"}}},
	}
	for _, tt := range bodies {
		send(t, server, tt.method, tt.path, anonymous, tt.body).wantError(t, 401, "", "Invalid username or password.")
		send(t, server, tt.method, tt.path, bob, tt.body).wantError(t, 403, "", "bob may not write to alice/x")
		send(t, server, tt.method, tt.path, aliceReader, tt.body).wantError(t, 403, "", "only read")
	}
	if after := tip(t, server, "alice/x"); after != before || len(server.Repos()) != 1 || server.Repos()[0].ID != "alice/x" {
		t.Errorf("refused requests moved main from %s to %s, repos are %+v", before, after, server.Repos())
	}
}

func TestMethods(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for _, tt := range []struct{ method, path, allow string }{
		{"POST", "/api/models/alice/x", "GET"},
		{"GET", "/api/models/alice/x/commit/main", "POST"},
		{"PUT", "/api/models/alice/x/branch/b", "DELETE, POST"},
		{"DELETE", "/api/whoami-v2", "GET"},
		{"POST", "/alice/x/resolve/main/README.md", "GET"},
	} {
		r := send(t, server, tt.method, tt.path, alice, nil)
		r.wantError(t, http.StatusMethodNotAllowed, "", tt.method)
		if r.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s allows %q, want %q", tt.method, tt.path, r.Header.Get("Allow"), tt.allow)
		}
	}
}

// What this server does not have says so, and says what to do where there is something.
func TestUnsupported(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for _, tt := range []struct {
		method, path string
		status       int
		message      string
	}{
		{"GET", "/api/models/alice/x/xet-write-token/main", 404, "HF_HUB_DISABLE_XET=1"},
		{"GET", "/api/models/alice/x/xet-read-token/main", 404, "HF_HUB_DISABLE_XET=1"},
		{"POST", "/api/models/alice/x/lfs-files/duplicate", 501, "between repos"},
	} {
		send(t, server, tt.method, tt.path, alice, nil).wantError(t, tt.status, "", tt.message)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	token := func(secret string, role localhub.Role) []localhub.Token {
		return []localhub.Token{{Secret: secret, Role: role}}
	}
	for name, users := range map[string][]localhub.User{
		"a name that is no namespace":  {{Name: "a/b"}},
		"a reserved name":              {{Name: "api"}},
		"an organization without name": {{Name: "a", Orgs: []string{""}}},
		"a name twice":                 {{Name: "a"}, {Name: "a"}},
		"a token of another form":      {{Name: "a", Tokens: token("secret", localhub.Read)}},
		"an empty token":               {{Name: "a", Tokens: token("hf_", localhub.Read)}},
		"an unknown role":              {{Name: "a", Tokens: token("hf_secret", "admin")}},
		"a token of two users": {
			{Name: "a", Tokens: token("hf_secret", localhub.Read)},
			{Name: "b", Tokens: token("hf_secret", localhub.Read)},
		},
	} {
		server, err := localhub.New(localhub.Options{Users: users})
		if err == nil {
			server.Close()
			t.Errorf("%s: New has no error", name)
		} else if containsSecret(err.Error()) {
			t.Errorf("%s: New = %v, which has the token in it", name, err)
		}
	}
}
