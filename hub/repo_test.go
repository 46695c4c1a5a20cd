package hub

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCreateRepo(t *testing.T) {
	made := status(200, `{"url":"http://hub.test/alice/new","name":"alice/new","id":"x"}`)
	found := status(200, `{"id":"alice/new","sha":"`+commitA+`"}`)
	missing := status(404, "", "X-Error-Code: RepoNotFound")
	for _, tt := range []struct {
		name    string
		create  []func(http.ResponseWriter, *http.Request) // one after the other, the last one again
		info    func(http.ResponseWriter, *http.Request)
		created bool
		is      error // nil: no error
		text    string
		creates int
		infos   int
	}{
		{"a new one", []func(http.ResponseWriter, *http.Request){made}, missing, true, nil, "", 1, 0},
		{"one that exists", []func(http.ResponseWriter, *http.Request){status(409, `{"error":"You already created this model repo","url":"http://hub.test/alice/new"}`)}, found, false, nil, "", 1, 0},
		{"one that exists, said in HTML", []func(http.ResponseWriter, *http.Request){status(409, `<html>exists</html>`)}, found, false, nil, "", 1, 1},
		{"a busy one", []func(http.ResponseWriter, *http.Request){status(409, `{"error":"Another conflicting operation is in progress"}`), status(409, `{}`), made}, missing, true, nil, "", 3, 2},
		{"one that stays busy", []func(http.ResponseWriter, *http.Request){status(409, `{"error":"Another conflicting operation is in progress"}`)}, missing, false, ErrConflict, "conflicting operation", 5, 5},
		{"no right to create, but it exists", []func(http.ResponseWriter, *http.Request){status(403, `{"error":"no"}`)}, found, false, nil, "", 1, 1},
		{"no right to create", []func(http.ResponseWriter, *http.Request){status(403, `{"error":"You don't have the rights to create a model under alice"}`)}, missing, false, ErrForbidden, "rights to create", 1, 1},
		{"no plan for it", []func(http.ResponseWriter, *http.Request){status(402, `{"error":"Upgrade your plan"}`)}, missing, false, ErrForbidden, "Upgrade your plan", 1, 1},
		{"a bad name in the Hub's eyes", []func(http.ResponseWriter, *http.Request){status(400, `{"error":"Invalid name"}`)}, missing, false, nil, "Invalid name", 1, 0},
		{"a quota", []func(http.ResponseWriter, *http.Request){status(429, "", "Retry-After: 9"), made}, missing, true, nil, "", 2, 0},
		{"a web page", []func(http.ResponseWriter, *http.Request){status(200, "<html></html>")}, missing, false, ErrAnswer, "web page", 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/api/models/alice/new", always, tt.info)
				n.failTimes("/api/repos/create", always, func(w http.ResponseWriter, r *http.Request) {
					tt.create[0](w, r)
					if len(tt.create) > 1 {
						tt.create = tt.create[1:]
					}
				})
				created, err := n.client().CreateRepo(t.Context(), "alice/new", true)
				if tt.is != nil || tt.text != "" {
					wantError(t, err, tt.is, "create alice/new", tt.text)
				} else if err != nil {
					t.Errorf("CreateRepo = %v", err)
				}
				if created != tt.created {
					t.Errorf("created = %v, want %v", created, tt.created)
				}
				if c, i := n.count("/api/repos/create"), n.count("/revision/main"); c != tt.creates || i != tt.infos {
					t.Errorf("%d creates and %d looks, want %d and %d", c, i, tt.creates, tt.infos)
				}
				var body map[string]string
				if err := json.Unmarshal([]byte(n.requests[0].body), &body); err != nil || len(body) != 4 ||
					body["name"] != "new" || body["organization"] != "alice" || body["visibility"] != "private" || body["type"] != "model" {
					t.Errorf("sent %s, %v", n.requests[0].body, err)
				}
			})
		})
	}
}

func TestCreateRepoNeedsANamespace(t *testing.T) {
	if _, err := new(Client).CreateRepo(t.Context(), "model", false); err == nil || !strings.Contains(err.Error(), "namespace") {
		t.Errorf("CreateRepo(model) = %v, want an error that speaks of the namespace", err)
	}
}

// Making a repo that was made although the answer was lost is no error.
func TestCreateRepoAfterALostAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		exists := false
		n.hosts["hub.test"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if exists {
				status(409, `{"error":"exists","url":"http://hub.test/alice/new"}`)(w, r)
				return
			}
			exists = true
			cut("", "")(w, r)
		})
		if _, err := n.client().CreateRepo(t.Context(), "alice/new", false); err != nil {
			t.Error(err)
		}
	})
}

func TestAccessChecks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request)
		is    error
	}{
		{"yes", status(200, "{}"), nil},
		{"not with this token", status(403, `{"error":"no write"}`), ErrForbidden},
		{"gated", status(403, "", "X-Error-Code: GatedRepo"), ErrGated},
		{"no such repo", status(404, "", "X-Error-Code: RepoNotFound"), ErrNotFound},
		{"bad token", status(401, `{"error":"Invalid credentials in Authorization header"}`), ErrUnauthorized},
		{"a server that does not know the route", status(404, "404 page not found"), nil},
		{"a server without it", status(501, ""), nil},
		{"a server that has another method there", status(405, ""), nil},
		{"a server in trouble", status(503, ""), ErrNetwork},
	} {
		for route, check := range map[string]func(*Client, context.Context, string) error{"/auth-check": (*Client).CheckRead, "/auth-check/write": (*Client).CheckWrite} {
			t.Run(tt.name+route, func(t *testing.T) {
				bubble(t, func(t *testing.T, n *network) {
					n.addModel()
					n.failTimes("/auth-check", always, tt.fault)
					if err := check(n.client(), t.Context(), "alice/model"); !errors.Is(err, tt.is) {
						t.Errorf("check = %v, want %v", err, tt.is)
					}
					if n.count(route) == 0 {
						t.Errorf("requests %q, want %s", n.lines(), route)
					}
				})
			})
		}
	}
}

func TestCreateBranch(t *testing.T) {
	for _, tt := range []struct {
		name   string
		branch string
		from   string
		fault  func(http.ResponseWriter, *http.Request)
		is     error
		body   string
	}{
		{"from a commit", "lazymerge-0123456789ab", commitA, status(200, "{}"), nil, `{"startingPoint":"` + commitA + `"}`},
		{"from the tip", "dev", "", status(200, "{}"), nil, `{}`},
		{"one that exists", "dev", "", status(409, `{"error":"Reference already exists"}`), nil, `{}`},
		{"one with a slash", "a/b", "", status(200, "{}"), nil, `{}`},
		{"from nowhere", "dev", "nope", status(404, "", "X-Error-Code: RevisionNotFound"), ErrNotFound, `{"startingPoint":"nope"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/branch/", always, tt.fault)
				if err := n.client().CreateBranch(t.Context(), "alice/model", tt.branch, tt.from); !errors.Is(err, tt.is) {
					t.Errorf("CreateBranch = %v, want %v", err, tt.is)
				}
				want := "POST hub.test/api/models/alice/model/branch/" + strings.ReplaceAll(tt.branch, "/", "%2F")
				if got := n.requests[0]; got.line != want || got.body != tt.body {
					t.Errorf("sent %s %s, want %s %s", got.line, got.body, want, tt.body)
				}
			})
		})
	}
	if err := new(Client).CreateBranch(t.Context(), "alice/model", "a b", ""); err == nil {
		t.Error("a branch with a blank was accepted")
	}
}

func TestValidateCard(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fault    func(http.ResponseWriter, *http.Request)
		warnings []string
		is       error
		text     string
	}{
		{"a good one", status(200, `{"errors":[],"warnings":[]}`), nil, nil, ""},
		{"one with warnings", status(200, `{"errors":[],"warnings":[{"message":"empty metadata"},{"message":"odd tag"}]}`), []string{"empty metadata", "odd tag"}, nil, ""},
		{"a bad one", status(400, `{"errors":[{"message":"\"license\" must be one of [mit]"},{"message":"base_model is no list"}],"warnings":[]}`), nil, ErrCard, `"license" must be one of [mit]; base_model is no list`},
		{"a bad one by 200", status(200, `{"errors":[{"message":"bad"}]}`), nil, ErrCard, "bad"},
		{"a bad one in plain text", status(400, `license is missing`), nil, ErrCard, "license is missing"},
		{"a server without the route", status(404, "<html>"), nil, ErrUnchecked, "the Hub could not check the card (it answered 404)"},
		{"a server in trouble", status(500, ""), nil, ErrUnchecked, "the Hub could not check the card (it answered 500)"},
		{"a web page by 200", status(200, "<html>"), nil, ErrUnchecked, "the Hub could not check the card (its answer is not JSON)"},
		{"a web page by 400", status(400, "<html>"), nil, ErrUnchecked, "the Hub could not check the card (its answer is not JSON)"},
		{"a bad token", status(401, `{"error":"Invalid credentials in Authorization header"}`), nil, ErrUnauthorized, "HF_TOKEN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/api/validate-yaml", always, tt.fault)
				const card = "---\nlicense: mit\n---\n<b>é</b>\n"
				warnings, err := n.client().ValidateCard(t.Context(), []byte(card))
				if tt.is != nil {
					wantError(t, err, tt.is, tt.text)
				} else if err != nil {
					t.Errorf("ValidateCard = %v", err)
				}
				if !slices.Equal(warnings, tt.warnings) {
					t.Errorf("warnings %q, want %q", warnings, tt.warnings)
				}
				var sent struct{ Content, RepoType string }
				if err := json.Unmarshal([]byte(n.requests[0].body), &sent); err != nil || sent.Content != card || sent.RepoType != "model" {
					t.Errorf("sent %s", n.requests[0].body)
				}
			})
		})
	}
}

func TestWhoAmI(t *testing.T) {
	const fine = `{"type":"user","name":"alice","orgs":[{"type":"org","name":"acme","roleInOrg":"write"},{"type":"org","name":"readers","roleInOrg":"read"},{"type":"org","name":"odd"}],
		"auth":{"type":"access_token","accessToken":{"displayName":"ci","role":"fineGrained","fineGrained":{"global":["discussion.write"],"scoped":[
			{"entity":{"type":"user","name":"alice"},"permissions":["repo.content.read"]},
			{"entity":{"type":"org","name":"acme"},"permissions":["repo.content.read","repo.write"]},
			{"entity":{"type":"model","name":"alice/one"},"permissions":["repo.write"]}]}}}}`
	plain := func(role string) string {
		return `{"type":"user","name":"alice","orgs":[{"name":"acme","roleInOrg":"write"},{"name":"readers","roleInOrg":"read"},{"name":"odd"}],"auth":{"accessToken":{"role":"` + role + `"}}}`
	}
	yes, no, unknown := [2]bool{true, true}, [2]bool{false, true}, [2]bool{false, false}
	for _, tt := range []struct {
		name  string
		body  string
		may   map[string][2]bool
		scope map[string]string
	}{
		{"a fine-grained token", fine, map[string][2]bool{"acme/x": yes, "alice/x": no, "alice/one": yes, "bob/x": no},
			map[string]string{"acme/x": "acme/*", "alice/x": "", "alice/one": "alice/one", "bob/x": ""}},
		{"a write token", plain("write"), map[string][2]bool{"alice/x": yes, "Alice/x": yes, "acme/x": yes, "readers/x": no, "odd/x": {true, false}, "bob/x": no},
			map[string]string{"alice/x": "alice/*", "acme/x": "acme/*", "readers/x": "", "odd/x": ""}},
		{"a read token", plain("read"), map[string][2]bool{"alice/x": no, "acme/x": no}, map[string]string{"alice/x": ""}},
		{"a token of another kind", plain("oauth"), map[string][2]bool{"alice/x": unknown, "x": unknown}, map[string]string{"alice/x": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.hosts["hub.test"] = status0(200, tt.body)
				c := n.client()
				a, err := c.WhoAmI(t.Context())
				if err != nil || a.Name != "alice" || a.Type != "user" || len(a.Orgs) != 3 || a.Orgs[1] != (Org{"readers", "read"}) {
					t.Fatalf("WhoAmI = %+v, %v", a, err)
				}
				for repo, want := range tt.may {
					if may, known := a.MayWrite(repo); [2]bool{may, known} != want {
						t.Errorf("MayWrite(%s) = %v, known %v; want %v", repo, may, known, want)
					}
				}
				for repo, want := range tt.scope {
					if scope := a.WriteScope(repo); scope != want {
						t.Errorf("WriteScope(%s) = %q, want %q", repo, scope, want)
					}
				}
				if again, err := c.WhoAmI(t.Context()); again != a || err != nil || len(n.requests) != 1 {
					t.Errorf("the second WhoAmI = %v, %v after %d requests, want the same after 1", again, err, len(n.requests))
				}
			})
		})
	}
}

func TestWhoAmIErrors(t *testing.T) {
	for _, tt := range []struct {
		fault func(http.ResponseWriter, *http.Request)
		is    error
	}{
		{status(401, `{"error":"Invalid username or password."}`), ErrUnauthorized},
		{status(200, `{}`), ErrAnswer},
		{status(200, `{"name":"../x"}`), ErrAnswer},
		{status(200, `<html>`), ErrAnswer},
	} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			n.failTimes("/whoami", always, tt.fault)
			_, err := n.client().WhoAmI(t.Context())
			wantError(t, err, tt.is, "ask whom the token belongs to")
		})
	}
}

func TestPreupload(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.hosts["hub.test"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var body struct {
				Files []struct {
					Path, Sample string
					Size         int64
				}
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Files) > 256 {
				t.Errorf("preupload of %d files, %v", len(body.Files), err)
			}
			type file struct {
				Path   string `json:"path"`
				Mode   string `json:"uploadMode"`
				Ignore bool   `json:"shouldIgnore"`
				OID    string `json:"oid,omitempty"`
			}
			var files []file
			for _, f := range slices.Backward(body.Files) { // in any order
				mode := "regular"
				if f.Size > 100 || f.Path == "empty.bin" {
					mode = "lfs"
				}
				files = append(files, file{f.Path, mode, strings.HasSuffix(f.Path, ".log"), f.Sample})
			}
			files = append(files, file{"unasked", "symlink", false, ""})
			json.NewEncoder(w).Encode(map[string]any{"files": files})
		})
		candidates := []Candidate{{"big.bin", 101, []byte(strings.Repeat("a", 600))}, {"small.txt", 5, []byte("hello")}, {"x.log", 1, nil}, {"empty.bin", 0, nil}}
		for i := range 600 {
			candidates = append(candidates, Candidate{Path: "f" + string(rune('a'+i%26)) + strings.Repeat("x", i/26), Size: 1})
		}
		modes, err := n.client().Preupload(t.Context(), "alice/model", "refs/pr/1", candidates)
		if err != nil || len(modes) != len(candidates) {
			t.Fatalf("Preupload = %d modes, %v", len(modes), err)
		}
		want := []Mode{
			{"big.bin", true, false, strings.Repeat("YWFh", 170) + "YWE="}, // base64 of 512 bytes
			{"small.txt", false, false, "aGVsbG8="},
			{"x.log", false, true, ""},
			{"empty.bin", false, false, ""},
		}
		if !slices.Equal(modes[:4], want) {
			t.Errorf("modes %+v, want %+v", modes[:4], want)
		}
		for i, m := range modes {
			if m.Path != candidates[i].Path {
				t.Errorf("mode %d is of %s, want %s", i, m.Path, candidates[i].Path)
			}
		}
		if got := n.lines(); len(got) != 3 || got[0] != "POST hub.test/api/models/alice/model/preupload/refs%2Fpr%2F1" {
			t.Errorf("requests %q, want three", got)
		}
	})
}

func TestPreuploadFaults(t *testing.T) {
	for _, tt := range []struct {
		name, path, body string
		is               error
		requests         int
	}{
		{"an unknown mode", "a.bin", `{"files":[{"path":"a.bin","uploadMode":"symlink"}]}`, ErrAnswer, 1},
		{"no mode", "a.bin", `{"files":[{"path":"a.bin"}]}`, ErrAnswer, 1},
		{"a file that is left out", "a.bin", `{"files":[{"path":"b.bin","uploadMode":"lfs"}]}`, ErrAnswer, 1},
		{"null", "a.bin", `null`, ErrAnswer, 1},
		{"a path that leaves the folder", "../a.bin", ``, ErrUnsafePath, 0},
		{"a path in .git", "x/.git/config", ``, ErrUnsafePath, 0},
		{"a path in .GIT", `x\.GIT. \config`, ``, ErrUnsafePath, 0},
		{"a path in .cache", ".cache/huggingface/x", ``, ErrUnsafePath, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.hosts["hub.test"] = status0(200, tt.body)
				_, err := n.client().Preupload(t.Context(), "alice/model", "main", []Candidate{{Path: tt.path, Size: 1}})
				wantError(t, err, tt.is, "alice/model")
				if len(n.requests) != tt.requests {
					t.Errorf("%d requests, want %d", len(n.requests), tt.requests)
				}
			})
		})
	}
	bubble(t, func(t *testing.T, n *network) { // preupload is repeated
		n.addModel()
		n.failTimes("/preupload/", 1, status(502, "<html>"))
		n.failTimes("/preupload/", 1, status(200, `{"files":[{"path":"a","uploadMode":"regular","shouldIgnore":false}]}`))
		start := time.Now()
		if _, err := n.client().Preupload(t.Context(), "alice/model", "main", []Candidate{{Path: "a", Size: 1}}); err != nil {
			t.Error(err)
		}
		within(t, start, time.Second, 2*time.Second)
	})
}
