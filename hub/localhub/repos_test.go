package localhub_test

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func containsSecret(s string) bool {
	return strings.Contains(s, "hf_") && strings.Contains(s, "secret")
}

func TestCreate(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/there", localhub.RepoOptions{}, nil)
	tests := []struct {
		name   string
		token  string
		body   any
		status int
		want   string // the name of the repo, or a part of the message
	}{
		{"a bare name is one's own", alice, map[string]any{"name": "a", "organization": nil}, 200, "alice/a"},
		{"an organization is oneself", alice, map[string]any{"name": "b", "organization": "alice", "type": "model"}, 200, "alice/b"},
		{"or one's organization", alice, map[string]any{"name": "c", "organization": "acme", "visibility": "private"}, 200, "acme/c"},
		{"the older way to say private", alice, map[string]any{"name": "d", "private": true}, 200, "alice/d"},
		{"a dataset", alice, map[string]any{"name": "a", "type": "dataset"}, 200, "datasets/alice/a"},
		{"a space", alice, map[string]any{"name": "a", "type": "space", "sdk": "static"}, 200, "spaces/alice/a"},
		{"a whole id as name", alice, map[string]any{"name": "acme/e"}, 200, "acme/e"},
		{"another's namespace", alice, map[string]any{"name": "a", "organization": "bob"}, 403, "rights"},
		{"a read token", aliceReader, map[string]any{"name": "r"}, 403, "rights"},
		{"no token", anonymous, map[string]any{"name": "r"}, 401, "Invalid username"},
		{"a bad name", alice, map[string]any{"name": "a--b"}, 400, "--"},
		{"a name that leaves", alice, map[string]any{"name": "../x"}, 400, "starts or ends"},
		{"no name", alice, map[string]any{}, 400, "not 1 to 96"},
		{"an unknown type", alice, map[string]any{"name": "t", "type": "bucket"}, 400, "bucket"},
		{"an unknown visibility", alice, map[string]any{"name": "t", "visibility": "secret"}, 400, "visibility"},
		{"a space without sdk", alice, map[string]any{"name": "t", "type": "space"}, 400, "sdk"},
		{"a template", alice, map[string]any{"name": "t", "template": "acme/chat"}, 400, "no templates"},
		{"an unknown license", alice, map[string]any{"name": "t", "license": "gpl-9"}, 400, "gpl-9"},
		{"no JSON", alice, []byte("{"), 400, "JSON"},
		{"a file that leaves", alice, map[string]any{"name": "t", "files": []any{fileLine("../x", "")}}, 400, "../x"},
		{"a file in no encoding", alice, map[string]any{"name": "t", "files": []any{map[string]any{"path": "x"}}}, 400, "base64"},
		{"a binary file", alice, map[string]any{"name": "t", "files": []any{fileLine("x", "\x00")}}, 400, "binary"},
	}
	for _, tt := range tests {
		r := send(t, server, "POST", "/api/repos/create", tt.token, tt.body)
		if tt.status != 200 {
			t.Run(tt.name, func(t *testing.T) { r.wantError(t, tt.status, "", tt.want) })
			continue
		}
		var made struct{ URL, Name, ID string }
		r.json(t, &made)
		if made.URL != server.URL()+"/"+tt.want || !strings.HasSuffix(tt.want, made.Name) || len(made.ID) != 24 {
			t.Errorf("%s: create answered %+v, want %s", tt.name, made, tt.want)
		}
		commits, err := server.Commits(tt.want, "main")
		if err != nil || len(commits) != 1 || commits[0].Title != "initial commit" {
			t.Errorf("%s: the new repo has commits %+v, %v", tt.name, commits, err)
		}
		files, err := server.Files(tt.want, "main")
		if err != nil || len(files) != 1 || files[0].Path != ".gitattributes" {
			t.Errorf("%s: the new repo has files %+v, %v", tt.name, files, err)
		}
	}
	var private []string
	for _, r := range server.Repos() {
		if r.Private {
			private = append(private, r.ID)
		}
	}
	if !slices.Equal(private, []string{"acme/c", "alice/d"}) {
		t.Errorf("private repos are %q", private)
	}
	if len(server.Repos()) != 8 {
		t.Errorf("there are %d repos, so one that was refused was made: %+v", len(server.Repos()), server.Repos())
	}
}

// The Python client goes on after a 409 with the url of its body.
func TestCreateTwice(t *testing.T) {
	server := start(t, localhub.Options{})
	send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": "x"}).json(t, new(any))
	again := send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": "x"})
	again.wantError(t, http.StatusConflict, "", "already created")
	if want := `"url":"` + server.URL() + `/alice/x"`; !strings.Contains(string(again.body), want) {
		t.Errorf("a second create answered %s, which has no %s", again.body, want)
	}
}

func TestCreateWithFiles(t *testing.T) {
	server := start(t, localhub.Options{})
	file := map[string]any{"path": "d/a.txt", "encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte("text"))}
	send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": "x", "files": []any{file}}).json(t, new(any))
	if got, err := server.Read("alice/x", "main", "d/a.txt"); string(got) != "text" {
		t.Errorf("the file of the first commit is %q, %v", got, err)
	}
}

func TestDelete(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("w")})
			location := send(t, server, "GET", "/alice/x/resolve/main/w.bin", alice, nil).Header.Get("Location")
			body := map[string]any{"name": "x", "organization": "alice"}
			if r := send(t, server, "DELETE", "/api/repos/delete", alice, body); r.StatusCode != 200 {
				t.Fatalf("delete = %d %s", r.StatusCode, r.body)
			}
			send(t, server, "DELETE", "/api/repos/delete", alice, body).wantError(t, 404, "RepoNotFound", "not found")
			send(t, server, "GET", "/api/models/alice/x", alice, nil).wantError(t, 404, "RepoNotFound", "not found")
			if r := send(t, server, "GET", location, "", nil); r.StatusCode != 404 {
				t.Errorf("a signed URL of a deleted repo is answered %d", r.StatusCode)
			}
			if _, err := server.Files("alice/x", ""); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Files of a deleted repo = %v, want fs.ErrNotExist", err)
			}
			// The name is free, and the new repo knows nothing of the old one's objects.
			put(t, server, "alice/x", localhub.RepoOptions{}, nil)
			if uploadURL(t, server, "alice/x", alice, sha("w"), 1) == "" {
				t.Error("the new repo has an object of the deleted one")
			}
		})
	}
}

func TestMove(t *testing.T) {
	server := start(t, localhub.Options{RedirectRegular: true})
	put(t, server, "alice/old", localhub.RepoOptions{}, map[string]localhub.Content{"a b.txt": localhub.Text("text")})
	put(t, server, "alice/taken", localhub.RepoOptions{}, nil)
	move := func(from, to, kind string) reply {
		return send(t, server, "POST", "/api/repos/move", alice, map[string]any{"fromRepo": from, "toRepo": to, "type": kind})
	}
	move("alice/old", "alice/taken", "model").wantError(t, 409, "", "alice/taken exists")
	move("alice/old", "bob/new", "model").wantError(t, 403, "", "rights")
	move("alice/none", "alice/new", "model").wantError(t, 404, "RepoNotFound", "")
	move("alice/old", "alice/new", "dataset").wantError(t, 404, "RepoNotFound", "")
	move("alice/old", "acme/-", "model").wantError(t, 400, "", "starts or ends")
	if r := move("alice/old", "acme/new", "model"); r.StatusCode != 200 {
		t.Fatalf("move = %d %s", r.StatusCode, r.body)
	}
	for _, tt := range []struct{ method, from, to string }{
		{"GET", "/api/models/alice/old?expand=sha", "/api/models/acme/new?expand=sha"},
		{"POST", "/api/models/alice/old/commit/refs%2Fpr%2F1", "/api/models/acme/new/commit/refs%2Fpr%2F1"},
		{"HEAD", "/alice/old/resolve/main/a%20b.txt", "/acme/new/resolve/main/a%20b.txt"},
		{"POST", "/alice/old.git/info/lfs/objects/batch", "/acme/new/info/lfs/objects/batch"},
	} {
		r := send(t, server, tt.method, tt.from, alice, nil)
		if r.StatusCode != http.StatusTemporaryRedirect || r.Header.Get("Location") != tt.to {
			t.Errorf("%s %s = %d to %s, want 307 to %s", tt.method, tt.from, r.StatusCode, r.Header.Get("Location"), tt.to)
		}
	}
	if r := send(t, server, "POST", "/acme/new/info/lfs/objects/batch", alice, map[string]any{"operation": "upload"}); r.StatusCode != 200 {
		t.Errorf("batch at the redirect's place = %d %s", r.StatusCode, r.body)
	}
	// A private repo does not tell strangers where it went.
	send(t, server, "PUT", "/api/models/acme/new/settings", alice, map[string]any{"visibility": "private"}).json(t, new(any))
	send(t, server, "GET", "/api/models/alice/old", bob, nil).wantError(t, 404, "RepoNotFound", "")
	// There and back again: the first name is no redirect then.
	if r := move("acme/new", "alice/old", "model"); r.StatusCode != 200 {
		t.Fatalf("move back = %d %s", r.StatusCode, r.body)
	}
	if r := send(t, server, "GET", "/api/models/acme/new", alice, nil); r.Header.Get("Location") != "/api/models/alice/old" {
		t.Errorf("after a move back the second name leads to %s", r.Header.Get("Location"))
	}
	if r := send(t, server, "GET", "/api/models/alice/old", alice, nil); r.StatusCode != 200 {
		t.Errorf("after a move back the first name is answered %d", r.StatusCode)
	}
	move("alice/old", "alice/third", "model")
	// A new repo takes the old name back.
	put(t, server, "alice/old", localhub.RepoOptions{}, nil)
	if r := send(t, server, "GET", "/api/models/alice/old", anonymous, nil); r.StatusCode != 200 {
		t.Errorf("a new repo at the old name is answered %d", r.StatusCode)
	}
}

func TestSettings(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	set := func(body any) reply { return send(t, server, "PUT", "/api/models/alice/x/settings", alice, body) }
	for _, tt := range []struct {
		name    string
		body    any
		private bool
		gated   localhub.Gate
	}{
		{"private", map[string]any{"visibility": "private"}, true, localhub.Open},
		{"gated, and private as before", map[string]any{"gated": "auto"}, true, localhub.Auto},
		{"public in the older words", map[string]any{"private": false}, false, localhub.Auto},
		{"another gate", map[string]any{"gated": "manual"}, false, localhub.Manual},
		{"no gate", map[string]any{"gated": false}, false, localhub.Open},
		{"nothing", map[string]any{}, false, localhub.Open},
	} {
		set(tt.body).json(t, new(any))
		if r := server.Repos()[0]; r.Private != tt.private || r.Gated != tt.gated {
			t.Errorf("%s: the repo is %+v", tt.name, r)
		}
	}
	set(map[string]any{"gated": "closed"}).wantError(t, 400, "", "gated")
	set(map[string]any{"gated": true}).wantError(t, 400, "", "gated")
	set(map[string]any{"visibility": "protected"}).wantError(t, 400, "", "visibility")
}

// The oldest models of the public Hub have no namespace.
func TestBareNames(t *testing.T) {
	server := start(t, localhub.Options{})
	files := map[string]localhub.Content{"config.json": localhub.Text("{}"), "w.bin": localhub.Text("w")}
	put(t, server, "gpt2", localhub.RepoOptions{}, files)
	for _, path := range []string{
		"/api/models/gpt2", "/api/models/gpt2/revision/main", "/api/models/gpt2/tree/main", "/api/models/gpt2/refs",
		"/gpt2/resolve/main/config.json", "/gpt2/raw/main/w.bin",
	} {
		if r := send(t, server, "GET", path, anonymous, nil); r.StatusCode != 200 {
			t.Errorf("GET %s = %d %s", path, r.StatusCode, r.body)
		}
	}
	b := batch(t, server, "gpt2", anonymous, "download", sha("w"), 1)
	if b.Objects[0].Actions["download"].Href == "" {
		t.Errorf("batch of a bare name answered %+v", b)
	}
	send(t, server, "GET", "/api/models/gpt3/refs", alice, nil).wantError(t, 404, "RepoNotFound", "")
	send(t, server, "POST", "/api/models/gpt2/commit/main", alice, lines(titled("t"))).wantError(t, 403, "", "may not write")
	// A namespaced repo whose name looks like an action is still found.
	put(t, server, "gpt2/refs", localhub.RepoOptions{}, nil)
	var info struct{ ID string }
	send(t, server, "GET", "/api/models/gpt2/refs", anonymous, nil).json(t, &info)
	if info.ID != "gpt2/refs" {
		t.Errorf("GET /api/models/gpt2/refs is of %q", info.ID)
	}
}
