package localhub_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A listener whose address has no port cannot be named in a URL.
func TestServeRefuses(t *testing.T) {
	good, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	bad := nowhere{good}
	for _, pair := range [][2]net.Listener{{bad, good}, {good, bad}} {
		server, err := localhub.New(localhub.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Serve(pair[0], pair[1]); err == nil {
			t.Errorf("Serve(%s, %s) has no error", pair[0].Addr(), pair[1].Addr())
		}
		server.Close()
	}
}

type nowhere struct{ net.Listener }

func (nowhere) Addr() net.Addr { return &net.UnixAddr{Name: "nowhere", Net: "unix"} }

func TestStart(t *testing.T) {
	server, err := localhub.New(localhub.Options{StorageAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if server.URL() != "" {
		t.Errorf("before Start the URL is %s", server.URL())
	}
	if err := server.Start(t.Context(), "nonsense"); err == nil {
		t.Error("Start takes an address without a port")
	}
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context(), "127.0.0.1:0"); err == nil {
		t.Error("Start works twice")
	}
	address := strings.TrimPrefix(server.URL(), "http://")
	other, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Start(t.Context(), address); err == nil {
		t.Error("two Servers start at one address")
	}
	for range 2 {
		if err := server.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
		conn.Close()
		t.Error("a closed Server still listens")
	}
}

func TestStartOnAllAddresses(t *testing.T) {
	server, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Start(t.Context(), ":0"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(server.URL(), "http://127.0.0.1:") {
		t.Errorf("the URL of a Server on all addresses is %s", server.URL())
	}
	send(t, server, "GET", "/api/models/alice/x", anonymous, nil).wantError(t, 401, "RepoNotFound", "")
}

func TestPutRepo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w")
	if err := os.WriteFile(file, []byte("from disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			disk, err := localhub.File(file)
			if err != nil {
				t.Fatal(err)
			}
			first := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
				"w.bin": disk, "a.json": disk, "keep": localhub.Text("kept"), "image": localhub.Text("\x00"),
			})
			second := put(t, server, "alice/x", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"a.json": localhub.Text("new")})
			if same := put(t, server, "alice/x", localhub.RepoOptions{Private: true}, nil); same != second {
				t.Errorf("PutRepo without files gives %s, want main's %s", same, second)
			}
			for path, want := range map[string]string{"w.bin": "from disk", "a.json": "new", "keep": "kept", "image": "\x00"} {
				if got, err := server.Read("alice/x", "main", path); string(got) != want {
					t.Errorf("%s is %q, %v; want %q", path, got, err, want)
				}
			}
			if got, err := server.Read("alice/x", first, "a.json"); string(got) != "from disk" {
				t.Errorf("a.json at the first commit is %q, %v", got, err)
			}
			files, err := server.Files("alice/x", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if lfs := f.SHA256 != ""; lfs != (f.Path == "w.bin" || f.Path == "image") {
					t.Errorf("%+v is kept in the wrong place", f)
				}
			}
			if repos := server.Repos(); len(repos) != 1 || !repos[0].Private || repos[0].Head != second || repos[0].Refs["refs/heads/main"] != second {
				t.Errorf("Repos = %+v", repos)
			}
			for _, bad := range []string{"a/b/c", "", "alice/..", "api/x"} {
				if _, err := server.PutRepo(bad, localhub.RepoOptions{}, nil); err == nil {
					t.Errorf("PutRepo(%q) has no error", bad)
				}
			}
			if _, err := server.PutRepo("alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"../x": {}}); err == nil {
				t.Error("PutRepo takes a path that leaves the repo")
			}
			for _, missing := range []error{
				errOf(server.Files("alice/none", "")), errOf(server.Files("alice/x", "none")), errOf(server.Read("alice/x", "", "none")),
				errOf(server.Commits("alice/none", "")),
			} {
				if !errors.Is(missing, fs.ErrNotExist) {
					t.Errorf("what is not there gives %v, want fs.ErrNotExist", missing)
				}
			}
		})
	}
}

// errOf drops the value of a call.
func errOf[T any](_ T, err error) error { return err }

func TestFolderContent(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o777), os.WriteFile(filepath.Join(dir, "a"), []byte("1"), 0o666),
		os.WriteFile(filepath.Join(dir, "sub", "b"), []byte("22"), 0o666)); err != nil {
		t.Fatal(err)
	}
	files, err := localhub.Folder(dir)
	if err != nil || len(files) != 2 || files["a"].Size() != 1 || files["sub/b"].Size() != 2 {
		t.Errorf("Folder = %v, %v; want a and sub/b", files, err)
	}
	if files, err := localhub.Folder(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) || files != nil {
		t.Errorf("Folder of nothing = %v, %v", files, err)
	}
}

func TestFileContent(t *testing.T) {
	if _, err := localhub.File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("File of nothing = %v", err)
	}
	if _, err := localhub.File(t.TempDir()); err == nil {
		t.Error("File takes a folder")
	}
}

// Serve a model to anything that speaks to the Hub.
func ExampleServer() {
	ctx := context.Background()
	server, err := localhub.New(localhub.Options{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	_, err = server.PutRepo("alice/tiny", localhub.RepoOptions{}, map[string]localhub.Content{
		"config.json": localhub.Text(`{"model_type": "llama"}`),
	})
	if err != nil {
		panic(err)
	}
	if err := server.Start(ctx, "127.0.0.1:0"); err != nil {
		panic(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+"/alice/tiny/resolve/main/config.json", nil)
	if err != nil {
		panic(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, resp.ContentLength)
	for _, r := range server.Log() {
		fmt.Println(r.Method, r.Path, r.Status)
	}
	// Output:
	// 200 OK 23
	// GET /alice/tiny/resolve/main/config.json 200
}
