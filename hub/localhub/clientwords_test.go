package localhub_test

import (
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A license that a client names at creation is that of the first card, unless it sends a card of its own.
func TestCreateWithLicense(t *testing.T) {
	server := start(t, localhub.Options{})
	for name, tt := range map[string]struct {
		files []any
		want  string
	}{
		"bare": {nil, "---\nlicense: mit\n---\n"},
		"card": {[]any{fileLine("README.md", "# mine\n")}, "# mine\n"},
	} {
		send(t, server, "POST", "/api/repos/create", alice, map[string]any{"name": name, "license": "mit", "files": tt.files}).json(t, new(any))
		if got, err := server.Read("alice/"+name, "", "README.md"); string(got) != tt.want {
			t.Errorf("%s: the card is %q, %v; want %q", name, got, err, tt.want)
		}
		if all, err := server.Commits("alice/"+name, ""); len(all) != 1 {
			t.Errorf("%s: the new repo has %d commits, %v", name, len(all), err)
		}
	}
}

// Names with a colon or a backslash that mean no other place are taken, kept, listed and read.
func TestOddFileNames(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	names := []string{"run-12:30:05.json", `a\b.txt`, "dir:x/c.txt"}
	for _, name := range names {
		commit(t, server, "alice/x", alice, lines(titled("Add"), "file", fileLine(name, name)))
		escaped := strings.NewReplacer(`\`, "%5C", ":", "%3A").Replace(name)
		for _, path := range []string{"/alice/x/resolve/main/" + escaped, "/alice/x/raw/main/" + escaped} {
			if r := send(t, server, "GET", path, anonymous, nil); string(r.body) != name {
				t.Errorf("GET %s = %d %s", path, r.StatusCode, r.body)
			}
		}
		if r := look(t, server, "GET", "/alice/x/blob/main/"+escaped, anonymous); r.StatusCode != 200 {
			t.Errorf("the page of %s = %d", name, r.StatusCode)
		}
	}
	commit(t, server, "alice/x", alice, lines(titled("Remove"), "deletedFile", map[string]any{"path": "dir:x/"}, "deletedFile", map[string]any{"path": names[0]}))
	files, err := server.Files("alice/x", "")
	if err != nil || len(files) != 2 || files[1].Path != `a\b.txt` {
		t.Errorf("after their deletion the files are %+v, %v", files, err)
	}
}

// Who asks for plain text gets an error as plain text.
func TestErrorsAsText(t *testing.T) {
	server := start(t, localhub.Options{})
	card := map[string]any{"content": "---\nlicense: mine\n---\n", "repoType": "model"}
	for accept, isText := range map[string]bool{
		"text/plain": true, "text/plain; charset=utf-8": true, "text/plain, text/css;q=0.5": true,
		"": false, "*/*": false, "application/json": false, "application/json, text/plain, */*": false,
	} {
		r := send(t, server, "POST", "/api/validate-yaml", anonymous, card, "Accept", accept)
		text := strings.HasPrefix(string(r.body), `Invalid metadata in README.md: "license" must be one of [`)
		if r.StatusCode != 400 || text != isText || isText != strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("with Accept %q: %d %s %.60s", accept, r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	}
}

// git-lfs sends the token as the password of HTTP Basic, which counts for its own requests alone:
// a browser may be made to send the others.
func TestBasicAuthOfGitLFS(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"w.bin": localhub.Text("weights")})
	const kind = "application/vnd.git-lfs+json"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+alice))
	body := map[string]any{"operation": "download", "objects": []any{map[string]any{"oid": sha("weights"), "size": 7}}}
	path := "/alice/x.git/info/lfs/objects/batch"
	var b batchReply
	send(t, server, "POST", path, "", body, "Content-Type", kind, "Authorization", basic).json(t, &b)
	if r := send(t, server, "GET", b.Objects[0].Actions["download"].Href, "", nil); string(r.body) != "weights" {
		t.Errorf("the object = %d %s", r.StatusCode, r.body)
	}
	for _, other := range []reply{
		send(t, server, "POST", path, "", body, "Content-Type", "text/plain", "Authorization", basic),
		send(t, server, "POST", "/api/repos/create", "", map[string]any{"name": "y"}, "Content-Type", kind, "Authorization", basic),
		send(t, server, "POST", "/api/models/alice/x/discussions", "", map[string]any{"title": "/x.git/info/lfs/"}, "Content-Type", kind, "Authorization", basic),
	} {
		other.wantError(t, 401, "", "Invalid credentials")
	}
	r := send(t, server, "POST", path, "", body, "Content-Type", kind)
	if r.wantError(t, 401, "RepoNotFound", ""); !strings.HasPrefix(r.Header.Get("Lfs-Authenticate"), "Basic ") || !strings.Contains(string(r.body), `"message":`) {
		t.Errorf("git-lfs without a token = %v %s", r.Header, r.body)
	}
}

// git says in a sentence what to use instead, with and without a repo of that name.
func TestGitIsRefused(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	put(t, server, "alice/private", localhub.RepoOptions{Private: true}, nil)
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(cmd.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "HOME="+cmd.Dir, "NO_PROXY=127.0.0.1", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("git %q has no error", args)
		}
		return string(out)
	}
	for path, command := range map[string]string{
		"alice/x": "hf download alice/x", "alice/x.git": "hf download alice/x", "alice/private": "hf download alice/private",
		"alice/none": "hf download alice/none", "datasets/alice/x": "hf download --repo-type dataset alice/x",
	} {
		for _, protocol := range []string{"0", "2"} {
			out := run("-c", "protocol.version="+protocol, "clone", server.URL()+"/"+path)
			if want := "remote error: this local Hub does not speak git; use HF_ENDPOINT=" + server.URL() + " HF_HUB_DISABLE_XET=1 " + command + "\n"; !strings.Contains(out, want) {
				t.Errorf("git clone of %s says %s, want %s", path, out, want)
			}
		}
	}
	r := send(t, server, "GET", "/alice/x/info/refs?service=git-receive-pack", anonymous, nil)
	if !strings.Contains(string(r.body), "hf upload alice/x") || r.Header.Get("Content-Type") != "application/x-git-receive-pack-advertisement" {
		t.Errorf("git push is answered %s %s", r.Header.Get("Content-Type"), r.body)
	}
	send(t, server, "GET", "/alice/x/info/refs", anonymous, nil).wantError(t, 405, "", "POST is")
}

// The Python client is told of Xet where it is about to look for it, and nobody else is.
func TestXetWarning(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for _, tt := range []struct {
		agent, path string
		warned      bool
	}{
		{"unknown/None; hf_hub/2.4.0; python/3.11.7", "w.safetensors", true},
		{"unknown/None; hf_hub/2.4.0; python/3.11.7", "a.json", false},
		{"lazymerge/1.0; go/1.26", "w.safetensors", false},
	} {
		body := map[string]any{"files": []any{map[string]any{"path": tt.path, "sample": "", "size": 10}}}
		r := send(t, server, "POST", "/api/models/alice/x/preupload/main", alice, body, "User-Agent", tt.agent)
		if got := r.Header.Get("X-HF-Warning"); r.StatusCode != 200 || strings.Contains(got, "HF_HUB_DISABLE_XET=1") != tt.warned {
			t.Errorf("preupload of %s by %s = %d with the warning %q", tt.path, tt.agent, r.StatusCode, got)
		}
	}
}
