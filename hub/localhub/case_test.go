package localhub_test

import (
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// Names that differ in case alone are one repo, which each of them leads to.
func TestCaseOfNames(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			put(t, server, "alice/Model-X", localhub.RepoOptions{}, map[string]localhub.Content{"config.json": localhub.Text("{}")})
			for _, name := range []string{"model-x", "MODEL-X", "Model-X"} {
				for _, org := range []string{"alice", "Alice"} {
					r := send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": name, "organization": org})
					r.wantError(t, 409, "", "You already created this model repo")
					var e struct{ URL string }
					r.StatusCode = 200
					if r.json(t, &e); e.URL != server.URL()+"/alice/Model-X" {
						t.Errorf("create of %s/%s names %s", org, name, e.URL)
					}
				}
			}
			for from, to := range map[string]string{
				"/api/models/alice/model-x":                  "/api/models/alice/Model-X",
				"/api/models/ALICE/model-x/tree/main?x=1":    "/api/models/alice/Model-X/tree/main?x=1",
				"/Alice/Model-x/resolve/main/config.json":    "/alice/Model-X/resolve/main/config.json",
				"/alice/MODEL-X":                             "/alice/Model-X",
				"/api/models/alice/model-x/refs?include=%41": "/api/models/alice/Model-X/refs?include=%41",
			} {
				if r := send(t, server, "GET", from, anonymous, nil); r.StatusCode != 307 || r.Header.Get("Location") != to {
					t.Errorf("GET %s = %d to %q, want 307 to %s", from, r.StatusCode, r.Header.Get("Location"), to)
				}
			}
			// A repo may change its case, and then its old name leads to the new one.
			move := func(from, to string) reply {
				return send(t, server, "POST", "/api/repos/move", alice, map[string]any{"fromRepo": from, "toRepo": to, "type": "model"})
			}
			move("alice/Model-X", "alice/model-x").json(t, new(any))
			move("alice/model-x", "alice/model-x").wantError(t, 409, "", "exists")
			if r := send(t, server, "GET", "/api/models/alice/Model-X", anonymous, nil); r.Header.Get("Location") != "/api/models/alice/model-x" {
				t.Errorf("after the move the old case = %d to %q", r.StatusCode, r.Header.Get("Location"))
			}
			move("alice/model-x", "alice/moved").json(t, new(any))
			if r := send(t, server, "GET", "/api/models/alice/MODEL-x", anonymous, nil); r.Header.Get("Location") != "/api/models/alice/moved" {
				t.Errorf("a former name in another case = %d to %q", r.StatusCode, r.Header.Get("Location"))
			}
			send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": "MODEL-X"}).json(t, new(any))
			send(t, server, "GET", "/api/models/alice/MODEL-X", anonymous, nil).json(t, new(any))
			send(t, server, "DELETE", "/api/repos/delete", alice, map[string]any{"name": "model-x"}).json(t, new(any))
			if r := send(t, server, "GET", "/api/models/alice/MODEL-X", alice, nil); r.StatusCode != 404 {
				t.Errorf("after its deletion by another case the repo = %d", r.StatusCode)
			}
		})
	}
}

// A private repo is not told by another case of its name either.
func TestCaseOfPrivateNames(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/Secret", localhub.RepoOptions{Private: true}, nil)
	for _, path := range []string{"/api/models/alice/secret", "/alice/secret", "/api/models/alice/none"} {
		send(t, server, "GET", path, bob, nil).wantError(t, 404, "RepoNotFound", "Repository not found")
	}
}
