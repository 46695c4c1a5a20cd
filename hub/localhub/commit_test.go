package localhub_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func TestPreupload(t *testing.T) {
	server := start(t, localhub.Options{LFSAbove: 1000})
	commitID := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
		"a.txt": localhub.Text("text"), "w.bin": localhub.Text("weights"),
	})
	type file struct {
		Path, UploadMode, OID string
		ShouldIgnore          *bool
	}
	type answer struct {
		Files     []file
		CommitOID string
	}
	ask := func(path string, size int64, sample string) map[string]any {
		line := fileLine(path, sample)
		return map[string]any{"path": path, "size": size, "sample": line["content"]}
	}
	var got answer
	send(t, server, "POST", "/api/models/alice/x/preupload/main", alice, map[string]any{
		"files": []any{
			ask("a.txt", 4, "text"), ask("w.bin", 7, "weights"), ask("d/new.safetensors", 10, "x"), ask("new.json", 1000, "{"),
			ask("long.json", 1001, "{"), ask("image", 3, "a\x00b"), ask("empty.bin", 0, ""), ask("skip.log", 1, "x"), ask("keep.log", 1, "x"),
		},
		"gitIgnore": "*.log\n!keep.log\n",
	}).json(t, &got)
	want := []file{
		{Path: "a.txt", UploadMode: "regular", OID: "f3a34851d44d6b97c90fbb99dd3d18c261b9a237"}, // git hash-object of "text"
		{Path: "w.bin", UploadMode: "lfs", OID: sha("weights")},
		{Path: "d/new.safetensors", UploadMode: "lfs"},
		{Path: "new.json", UploadMode: "regular"},
		{Path: "long.json", UploadMode: "lfs"},
		{Path: "image", UploadMode: "lfs"},
		{Path: "empty.bin", UploadMode: "regular"},
		{Path: "skip.log", UploadMode: "regular"},
		{Path: "keep.log", UploadMode: "regular"},
	}
	if len(got.Files) != len(want) || got.CommitOID != commitID {
		t.Fatalf("preupload = %+v", got)
	}
	for i, w := range want {
		g := got.Files[i]
		if g.Path != w.Path || g.UploadMode != w.UploadMode || g.OID != w.OID || g.ShouldIgnore == nil || *g.ShouldIgnore != (w.Path == "skip.log") {
			t.Errorf("preupload of %s = %+v, want %+v", w.Path, g, w)
		}
	}

	// The rules that come with the request count in place of the repo's.
	got = answer{}
	send(t, server, "POST", "/api/models/alice/x/preupload/main", alice, map[string]any{
		"files": []any{ask("w.bin", 7, "weights"), ask("w.json", 7, "x")}, "gitAttributes": "*.json filter=lfs\n",
	}).json(t, &got)
	if got.Files[0].UploadMode != "regular" || got.Files[1].UploadMode != "lfs" {
		t.Errorf("preupload with rules of its own = %+v", got)
	}

	const path = "/api/models/alice/x/preupload/"
	one := func(f map[string]any) any { return map[string]any{"files": []any{f}} }
	send(t, server, "POST", path+"none", alice, one(ask("a", 1, "x"))).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "POST", path+"main", alice, one(ask("../a", 1, "x"))).wantError(t, 400, "", "../a")
	send(t, server, "POST", path+"main", alice, one(ask("a", -1, "x"))).wantError(t, 400, "", "negative")
	send(t, server, "POST", path+"main", alice, one(map[string]any{"path": "a", "sample": "?"})).wantError(t, 400, "", "base64")
	send(t, server, "POST", path+"main", alice, map[string]any{"files": make([]any, 257)}).wantError(t, 413, "", "at most 256")
}

func TestCommit(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			first := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
				"a.txt": localhub.Text("1"), "d/b.txt": localhub.Text("2"), "d/e/c.txt": localhub.Text("3"), "d-1": localhub.Text("4"),
			})
			upload(t, server, "alice/x", alice, "weights")
			second := commit(t, server, "alice/x", alice, lines(
				map[string]any{"summary": "title", "description": "body", "parentCommit": first[:7]},
				"file", fileLine("a.txt", "new"),
				"lfsFile", map[string]any{"path": "m.safetensors", "algo": "sha256", "oid": sha("weights"), "size": 7},
				"lfsFile", map[string]any{"path": "picture.png", "algo": "sha256", "oid": sha("weights")},
				"deletedFolder", map[string]any{"path": "d/"},
				"deletedFile", map[string]any{"path": "d-1"},
			))
			files, err := server.Files("alice/x", "main")
			if err != nil || len(files) != 4 {
				t.Fatalf("after the commit there are %+v, %v", files, err)
			}
			for i, want := range []localhub.FileInfo{
				{Path: ".gitattributes"}, {Path: "a.txt", Size: 3},
				{Path: "m.safetensors", Size: 7, SHA256: sha("weights")}, {Path: "picture.png", Size: 7, SHA256: sha("weights")},
			} {
				if files[i].Path != want.Path || files[i].SHA256 != want.SHA256 || want.Size > 0 && files[i].Size != want.Size {
					t.Errorf("file %d is %+v, want %+v", i, files[i], want)
				}
			}
			if got, err := server.Read("alice/x", "", "a.txt"); string(got) != "new" {
				t.Errorf("a.txt is %q, %v", got, err)
			}
			if got, err := server.Read("alice/x", "main", "picture.png"); string(got) != "weights" {
				t.Errorf("picture.png is %q, %v", got, err)
			}
			if got, err := server.Read("alice/x", first, "d/b.txt"); string(got) != "2" {
				t.Errorf("d/b.txt at the parent is %q, %v", got, err)
			}
			// What went into LFS is tracked, once.
			attributes, err := server.Read("alice/x", "", ".gitattributes")
			if err != nil || bytes.Count(attributes, []byte("\n/picture.png filter=lfs")) != 1 || bytes.Contains(attributes, []byte("/m.safetensors")) {
				t.Errorf(".gitattributes is %s, %v", attributes, err)
			}
			commits, err := server.Commits("alice/x", "")
			if err != nil || commits[0].OID != second || commits[0].Parent != first || commits[0].Title != "title" || commits[0].Message != "body" ||
				commits[0].Author != "alice" {
				t.Errorf("the commit is %+v, %v", commits[0], err)
			}
		})
	}
}

// A commit that cannot happen changes nothing, and says which file is the reason.
func TestCommitRefused(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a.txt": localhub.Text("1"), "d/b": localhub.Text("2")})
	put(t, server, "carol/private", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"w.bin": localhub.Text("secret")})
	send(t, server, "POST", "/api/models/alice/x/tag/main", alice, map[string]any{"tag": "v1"}).json(t, new(any))
	upload(t, server, "alice/x", alice, "weights")
	before := tip(t, server, "alice/x")
	lfs := func(path, oid string, size any) map[string]any {
		line := map[string]any{"path": path, "algo": "sha256", "oid": oid}
		if size != nil {
			line["size"] = size
		}
		return line
	}
	text := fileLine("new.txt", "x")
	tests := []struct {
		name    string
		rev     string
		body    []byte
		status  int
		code    string
		message string
	}{
		{"a parent that is not the tip", "main", lines(map[string]any{"summary": "t", "parentCommit": strings.Repeat("0", 40)}, "file", text), 412, "", before},
		{"an object that was never uploaded", "main", lines(titled("t"), "file", text, "lfsFile", lfs("w.bin", sha("none"), 4)), 400, "", `"w.bin"`},
		{"an object of another repo", "main", lines(titled("t"), "lfsFile", lfs("w.bin", sha("secret"), nil)), 400, "", `"w.bin"`},
		{"an object of another size", "main", lines(titled("t"), "lfsFile", lfs("w.bin", sha("weights"), 8)), 400, "", "has 7 bytes"},
		{"a file that is not there", "main", lines(titled("t"), "file", text, "deletedFile", map[string]any{"path": "none"}), 404, "EntryNotFound", "A file with this name doesn't exist: \"none\""},
		{"a folder in place of a file", "main", lines(titled("t"), "deletedFile", map[string]any{"path": "d"}), 404, "EntryNotFound", "\"d\" is a folder, whose name ends in a slash"},
		{"a folder that is not there", "main", lines(titled("t"), "deletedFolder", map[string]any{"path": "a.txt/"}), 404, "EntryNotFound", "a.txt"},
		{"a file where a folder is", "main", lines(titled("t"), "file", fileLine("d", "x")), 400, "", `"d"`},
		{"a folder where a file is", "main", lines(titled("t"), "file", fileLine("a.txt/x", "x")), 400, "", `"a.txt"`},
		{"a binary regular file", "main", lines(titled("t"), "file", fileLine("img.png", "\x89PNG\x00")), 400, "", "binary files: img.png"},
		{"a large regular file", "main", lines(titled("t"), "file", fileLine("big.json", strings.Repeat("x", 10<<20+1))), 400, "", "larger than 10 MiB: big.json"},
		{"a card that is not taken", "main", lines(titled("t"), "file", fileLine("README.md", "---\nlicense: mine\n---\n")), 400, "", `"license" must be one of`},
		{"attributes in LFS", "main", lines(titled("t"), "lfsFile", lfs(".gitattributes", sha("weights"), 7)), 400, "", ".gitattributes"},
		{"a revision that is not there", "none", lines(titled("t"), "file", text), 404, "RevisionNotFound", "none"},
		{"a tag", "v1", lines(titled("t"), "file", text), 404, "RevisionNotFound", "v1"},
		{"a commit", before, lines(titled("t"), "file", text), 404, "RevisionNotFound", ""},
		{"no header", "main", []byte(`{"key":"file","value":{}}`), 400, "", "header"},
		{"nothing", "main", nil, 400, "", "header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := send(t, server, "POST", "/api/models/alice/x/commit/"+tt.rev, alice, tt.body)
			r.wantError(t, tt.status, tt.code, tt.message)
			if after := tip(t, server, "alice/x"); after != before {
				t.Fatalf("main moved from %s to %s", before, after)
			}
		})
	}
	if files, err := server.Files("alice/x", ""); err != nil || len(files) != 3 {
		t.Errorf("after refused commits there are %+v, %v", files, err)
	}
	// And what is right still works.
	commit(t, server, "alice/x", alice, lines(map[string]any{"summary": "t", "parentCommit": before}, "file", text))
}

func TestCommitToOtherRefs(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	main := tip(t, server, "alice/x")
	send(t, server, "POST", "/api/models/alice/x/branch/a%2Fb", alice, nil).json(t, new(any))
	for i, rev := range []string{"a%2Fb", "a/b", "refs%2Fheads%2Fa%2Fb"} {
		r := send(t, server, "POST", "/api/models/alice/x/commit/"+rev, alice, lines(titled(rev), "file", fileLine("f", rev)))
		commits, err := server.Commits("alice/x", "a/b")
		if r.StatusCode != 200 || err != nil || len(commits) != i+2 || commits[0].Title != rev {
			t.Errorf("commit to %s = %d %s; the branch has %+v", rev, r.StatusCode, r.body, commits)
		}
	}
	if tip(t, server, "alice/x") != main {
		t.Error("commits to another branch moved main")
	}
}

// The same content, parent and time give the same ids, whatever the server.
func TestCommitIDsFollowFromContent(t *testing.T) {
	var ids []string
	for range 2 {
		server := start(t, localhub.Options{})
		put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1"), "w.bin": localhub.Text("2")})
		ids = append(ids, commit(t, server, "alice/x", alice, lines(titled("t"), "file", fileLine("b", "3"))))
	}
	if ids[0] != ids[1] {
		t.Errorf("two servers made %s and %s of the same", ids[0], ids[1])
	}
}

// Commits without a parent all land; of commits with the same parent one does.
func TestConcurrentCommits(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			parent := put(t, server, "alice/x", localhub.RepoOptions{}, nil)
			const n = 8
			statuses := func(header func(i int) map[string]any) map[int]int {
				var mu sync.Mutex
				var wg sync.WaitGroup
				count := make(map[int]int)
				for i := range n {
					wg.Go(func() {
						body := lines(header(i), "file", fileLine(fmt.Sprintf("%s/%d", header(i)["summary"], i), "x"))
						r := send(t, server, "POST", "/api/models/alice/x/commit/main", alice, body)
						mu.Lock()
						defer mu.Unlock()
						count[r.StatusCode]++
					})
				}
				wg.Wait()
				return count
			}
			raced := statuses(func(int) map[string]any { return map[string]any{"summary": "raced", "parentCommit": parent} })
			if raced[200] != 1 || raced[412] != n-1 {
				t.Errorf("of %d commits on one parent the answers are %v", n, raced)
			}
			free := statuses(func(int) map[string]any { return titled("free") })
			if free[200] != n {
				t.Errorf("of %d commits without a parent the answers are %v", n, free)
			}
			files, err := server.Files("alice/x", "")
			if err != nil || len(files) != 1+1+n {
				t.Errorf("there are %d files, %v; want %d", len(files), err, 1+1+n)
			}
			if commits, err := server.Commits("alice/x", ""); err != nil || len(commits) != 1+1+n {
				t.Errorf("there are %d commits, %v; want %d", len(commits), err, 1+1+n)
			}
		})
	}
}

func TestCommitQuota(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server := start(t, localhub.Options{CommitsPerHour: 2, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	post := func() reply {
		return send(t, server, "POST", "/api/models/alice/x/commit/main", alice, lines(titled("t"), "file", fileLine("a", "x")))
	}
	wait := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	post().json(t, new(any))
	wait(30 * time.Minute)
	send(t, server, "POST", "/api/models/alice/x/commit/main", alice, lines(titled("t"), "deletedFile", map[string]any{"path": "none"})).wantError(t, 404, "EntryNotFound", "")
	post().json(t, new(any))
	r := post()
	r.wantError(t, http.StatusTooManyRequests, "", "2 commits within an hour")
	if r.Header.Get("Retry-After") != "1801" || r.Header.Get("RateLimit") != `"commits";r=0;t=1801` {
		t.Errorf("a commit beyond the quota has headers %v", r.Header)
	}
	wait(1801 * time.Second)
	post().json(t, new(any))
	post().wantError(t, http.StatusTooManyRequests, "", "retry in 1800 s")
}
