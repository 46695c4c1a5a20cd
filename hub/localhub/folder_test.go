package localhub_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// spools are the temporary files in the folder of a local Hub.
func spools(t *testing.T, root string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What was answered before a restart is there after it.
func TestRestart(t *testing.T) {
	root := t.TempDir()
	server := start(t, localhub.Options{Root: root})
	put(t, server, "alice/x", localhub.RepoOptions{Private: true, Gated: localhub.Auto, Allowed: []string{"bob"}}, model())
	put(t, server, "alice/gone", localhub.RepoOptions{}, model())
	put(t, server, "alice/old", localhub.RepoOptions{}, nil)
	put(t, server, "datasets/alice/x", localhub.RepoOptions{}, nil)
	upload(t, server, "alice/x", alice, "uploaded, not committed")
	commit(t, server, "alice/x", alice, lines(titled("t"), "file", fileLine("CON-fig", "x"), "deletedFile", map[string]any{"path": "empty.txt"}))
	send(t, server, "POST", "/api/models/alice/x/branch/feature%2Fx", alice, nil).json(t, new(any))
	send(t, server, "POST", "/api/models/alice/x/tag/main", alice, map[string]any{"tag": "v1"}).json(t, new(any))
	send(t, server, "DELETE", "/api/repos/delete", alice, map[string]any{"name": "gone"}).json(t, new(any))
	send(t, server, "POST", "/api/repos/move", alice, map[string]any{"fromRepo": "alice/old", "toRepo": "acme/new"}).json(t, new(any))
	location := send(t, server, "GET", "/alice/x/resolve/main/model-00001-of-00002.safetensors", alice, nil).Header.Get("Location")

	state := func(s *localhub.Server) (all []any) {
		all = append(all, s.Repos())
		for _, rev := range []string{"main", "feature/x", "v1"} {
			files, err := s.Files("alice/x", rev)
			commits, err2 := s.Commits("alice/x", rev)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			for _, f := range files {
				data, err := s.Read("alice/x", rev, f.Path)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, data)
			}
			all = append(all, files, commits)
		}
		return all
	}
	before := state(server)
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	server = start(t, localhub.Options{Root: root})
	if after := state(server); !reflect.DeepEqual(before, after) {
		t.Errorf("before the restart: %v\nafter it: %v", before, after)
	}
	if uploadURL(t, server, "alice/x", alice, sha("uploaded, not committed"), 23) != "" {
		t.Error("an upload is lost")
	}
	if r := send(t, server, "GET", "/api/models/alice/old", anonymous, nil); r.Header.Get("Location") != "/api/models/acme/new" {
		t.Errorf("the old name of a moved repo = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	send(t, server, "GET", "/api/models/alice/x", anonymous, nil).wantError(t, 401, "RepoNotFound", "")
	if r := send(t, server, "GET", "/alice/x/resolve/v1/config.json", bob, nil); r.StatusCode != 200 {
		t.Errorf("an allowed user after the restart gets %d %s", r.StatusCode, r.body)
	}
	// Signed URLs end with the process that signed them, so clients must ask again.
	path := location[strings.Index(location, "/lfs/"):]
	renewed := send(t, server, "GET", "/alice/x/resolve/main/model-00001-of-00002.safetensors", alice, nil).Header.Get("Location")
	if r := send(t, server, "GET", renewed[:strings.Index(renewed, "/lfs/")]+path, "", nil); r.StatusCode != 403 {
		t.Errorf("a URL of the former process is answered %d", r.StatusCode)
	}
}

func TestFolderIsLocked(t *testing.T) {
	root := t.TempDir()
	first, err := localhub.New(localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := localhub.New(localhub.Options{Root: root}); !errors.Is(err, localhub.ErrLocked) || !strings.Contains(err.Error(), root) {
		t.Errorf("New on a folder in use = %v, want ErrLocked with its name", err)
	}
	// The second one must not have swept the first one's uploads, nor ended its lock.
	if _, err := first.PutRepo("alice/x", localhub.RepoOptions{}, model()); err != nil {
		t.Errorf("PutRepo after another New = %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.PutRepo("alice/y", localhub.RepoOptions{}, nil); err == nil {
		t.Error("a closed Server still writes to its folder")
	}
	second, err := localhub.New(localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if repos := second.Repos(); len(repos) != 1 || repos[0].ID != "alice/x" {
		t.Errorf("the folder has %+v", repos)
	}
}

func TestFolderOfSomethingElse(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "thesis.tex"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if server, err := localhub.New(localhub.Options{Root: root}); err == nil {
		server.Close()
		t.Error("New takes a folder that holds other files")
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
		t.Errorf("the refused folder has %v, %v", entries, err)
	}
}

// What a damaged folder has is not served as if it were right.
func TestDamagedFolder(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, repo string)
	}{
		{"a commit with another text", func(t *testing.T, repo string) {
			edit(t, filepath.Join(repo, "commits", "*.json"), "initial", "another")
		}},
		{"a missing commit", func(t *testing.T, repo string) { remove(t, filepath.Join(repo, "commits", "*.json")) }},
		{"settings that are no JSON", func(t *testing.T, repo string) { edit(t, filepath.Join(repo, "repo.json"), "{", "[") }},
		{"a name that is none", func(t *testing.T, repo string) { edit(t, filepath.Join(repo, "repo.json"), "alice/x", "../x") }},
		{"a newer format", func(t *testing.T, repo string) {
			edit(t, filepath.Join(repo, "..", "..", "localhub.json"), "1", "2")
		}},
	} {
		root := t.TempDir()
		server, err := localhub.New(localhub.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.PutRepo("alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("x")}); err != nil {
			t.Fatal(err)
		}
		server.Close()
		repos, err := filepath.Glob(filepath.Join(root, "repos", "*"))
		if err != nil || len(repos) != 1 {
			t.Fatal(repos, err)
		}
		tt.damage(t, repos[0])
		if server, err := localhub.New(localhub.Options{Root: root}); err == nil {
			server.Close()
			t.Errorf("%s: New has no error", tt.name)
		}
	}
}

// A tree that is not what its id names is an error of the server, told to nobody in detail.
func TestDamagedTree(t *testing.T) {
	root := t.TempDir()
	var log bytes.Buffer
	server := start(t, localhub.Options{Root: root})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("x")})
	server.Close()
	edit(t, filepath.Join(root, "repos", "*", "trees", "*.json"), `"path":"a"`, `"path":"b"`)
	server = start(t, localhub.Options{Root: root, ErrorLog: newLog(&log)})
	r := send(t, server, "GET", "/api/models/alice/x", anonymous, nil)
	r.wantError(t, 500, "", "log of the local Hub")
	if !strings.Contains(log.String(), "tree") || bytes.Contains(r.body, []byte(root)) {
		t.Errorf("log is %q, answer %s", log.String(), r.body)
	}
}

// What a crash left half-made is swept out, and the rest is kept.
func TestSweep(t *testing.T) {
	root := t.TempDir()
	server, err := localhub.New(localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.PutRepo("alice/x", localhub.RepoOptions{}, model()); err != nil {
		t.Fatal(err)
	}
	server.Close()
	half := filepath.Join(root, "repos", strings.Repeat("0", 24))
	if err := os.MkdirAll(filepath.Join(half, "lfs"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(half, "lfs", sha("x")), filepath.Join(root, "tmp", "spool-1")} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err = localhub.New(localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) || len(spools(t, root)) != 0 {
		t.Errorf("after a start there are %v and %q", err, spools(t, root))
	}
	if files, err := server.Files("alice/x", ""); err != nil || len(files) != 7 {
		t.Errorf("after a start the repo has %+v, %v", files, err)
	}
}

// Content that lies about its size is refused, and leaves nothing.
func TestContentOfAnotherSize(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			opts := mode.options(t)
			server := start(t, opts)
			short := localhub.Opener(10, func() (io.ReadSeekCloser, error) { return localhub.Text("nine byte").Open() })
			if _, err := server.PutRepo("alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": short}); err == nil {
				t.Error("PutRepo takes content that is shorter than announced")
			}
			if opts.Root != "" && len(spools(t, opts.Root)) != 0 {
				t.Errorf("it leaves %q", spools(t, opts.Root))
			}
		})
	}
}

func edit(t *testing.T, pattern, from, to string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no file is %s: %v", pattern, err)
	}
	changed := false
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if after := bytes.Replace(data, []byte(from), []byte(to), 1); !bytes.Equal(after, data) {
			changed = true
			if err := os.WriteFile(name, after, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !changed {
		t.Fatalf("no %s has %s", pattern, from)
	}
}

func remove(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no file is %s: %v", pattern, err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
}

// A large file goes to a folder and back in pieces: this one is many times the memory that
// serving it may take.
func TestFolderHoldsNoFileInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 128 MB")
	}
	const size = 128 << 20
	server := start(t, localhub.Options{Root: t.TempDir()})
	zeros := localhub.Opener(size, func() (io.ReadSeekCloser, error) {
		return readSeekNopCloser{io.NewSectionReader(zeroReader{}, 0, size)}, nil
	})
	peak := watchHeap(t)
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": zeros})
	location := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, location, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := hop.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if n != size || err != nil {
		t.Errorf("the file came back with %d bytes, %v", n, err)
	}
	files, err := server.Files("alice/x", "")
	if err != nil {
		t.Fatal(err)
	}
	put(t, server, "alice/y", localhub.RepoOptions{}, nil)
	href := uploadURL(t, server, "alice/y", alice, files[1].SHA256, size)
	putSized(t, href, size)
	if got := peak(); got > 32<<20 {
		t.Errorf("moving %d MB took %d MB of heap", size>>20, got>>20)
	}
}

type zeroReader struct{}

func (zeroReader) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

type endlessZeros struct{}

func (endlessZeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

type readSeekNopCloser struct{ io.ReadSeeker }

func (readSeekNopCloser) Close() error { return nil }
