package hub_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

var (
	weightsNow = string(shard(1, 9000))
	weightsOld = string(shard(2, 9000))
	modelNow   = map[string]string{"config.json": `{"a":1}`, "model.safetensors": weightsNow, "sub/a b#c.json": "[]"}
)

// putModel makes a model of a local Hub alice/m and returns its commit.
func putModel(t *testing.T, server *localhub.Server, id string, model map[string]string) string {
	t.Helper()
	put := map[string]localhub.Content{}
	for name, data := range model {
		put[name] = localhub.Text(data)
	}
	commit, err := server.PutRepo(id, localhub.RepoOptions{}, put)
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

// reads counts the requests since start that asked for a file's bytes, by the last part of their path on the Hub.
func reads(server *localhub.Server, start int) map[string]int {
	count := map[string]int{}
	for _, r := range server.Log()[start:] {
		if _, name, ok := strings.Cut(r.Path, "/resolve/"); ok {
			_, name, _ = strings.Cut(name, "/")
			count[name]++
		} else if r.Storage {
			count["storage"]++
		}
	}
	return count
}

func TestRevisionWithCache(t *testing.T) {
	t.Parallel()
	const m = "models--alice--m/"
	all := []string{"config.json", "model.safetensors", "sub/a b#c.json"}
	oneEach := map[string]int{"config.json": 1, "model.safetensors": 1, "storage": 1, "sub/a%20b%23c.json": 1}
	weightsOnly := map[string]int{"model.safetensors": 1, "storage": 1}
	for _, tt := range []struct {
		name   string
		build  func(c cacheFolder, commit string)
		cached []string
		want   map[string]int // requests for files
		notice string         // in a line for the person; "" is no line
	}{
		{"nothing is cached", func(cacheFolder, string) {}, nil, oneEach, ""},
		{"everything is cached", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.add(commit, name, data)
			}
		}, all, map[string]int{}, ""},
		{"everything is cached as files", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.write(m+"snapshots/"+commit+"/"+name, data)
			}
		}, all, map[string]int{}, ""},
		{"everything came with an earlier commit", func(c cacheFolder, _ string) {
			for name, data := range modelNow {
				c.add(commit1, name, data)
			}
		}, all, map[string]int{}, ""},
		{"the weights are in the store that repos share", func(c cacheFolder, commit string) {
			c.write("blobs/ab/abcdef", weightsNow)
			c.link(m+"blobs/"+sha256Of(weightsNow), "../../blobs/ab/abcdef")
			c.add(commit, "config.json", modelNow["config.json"])
		}, all[:2], map[string]int{"sub/a%20b%23c.json": 1}, ""},
		{"a part is cached", func(c cacheFolder, commit string) {
			c.add(commit, "config.json", modelNow["config.json"])
			c.add(commit, "sub/a b#c.json", modelNow["sub/a b#c.json"])
		}, []string{"config.json", "sub/a b#c.json"}, weightsOnly, ""},
		{"the branch has moved since, and the ref has not", func(c cacheFolder, _ string) {
			c.add(commit1, "config.json", `{"a":0}`)
			c.add(commit1, "model.safetensors", weightsOld)
			c.add(commit1, "sub/a b#c.json", modelNow["sub/a b#c.json"])
			c.write(m+"refs/main", commit1)
		}, []string{"sub/a b#c.json"}, map[string]int{"config.json": 1, "model.safetensors": 1, "storage": 1}, ""},
		{"the weights are still on their way", func(c cacheFolder, commit string) {
			c.add(commit, "config.json", modelNow["config.json"])
			c.add(commit, "sub/a b#c.json", modelNow["sub/a b#c.json"])
			c.write(m+"blobs/"+sha256Of(weightsNow)+".0a1b2c3d.incomplete", weightsNow[:100])
			c.write(m+"blobs/"+sha256Of(weightsNow)+".incomplete", weightsNow)
			c.link(m+"snapshots/"+commit+"/model.safetensors", "../../blobs/"+sha256Of(weightsNow)+".incomplete")
		}, []string{"config.json", "sub/a b#c.json"}, weightsOnly, ""},
		{"the weights are cut off", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.add(commit, name, data)
			}
			c.write(m+"blobs/"+sha256Of(weightsNow), weightsNow[:8999])
		}, []string{"config.json", "sub/a b#c.json"}, weightsOnly, "model.safetensors of alice/m is read from the Hub, not from the cache"},
		{"the weights are of another commit, with the same size", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.add(commit, name, data)
			}
			c.make(m + "blobs/" + sha256Of(weightsNow))
			c.write(m+"blobs/"+sha256Of(weightsOld), weightsOld)
			c.link(m+"snapshots/"+commit+"/model.safetensors", "../../blobs/"+sha256Of(weightsOld))
		}, []string{"config.json", "sub/a b#c.json"}, weightsOnly, "sha256 of model.safetensors"},
		{"a small file is a link out of the cache, to the same bytes", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.add(commit, name, data)
			}
			c.write("elsewhere/config.json", modelNow["config.json"])
			c.link(m+"blobs/"+gitHash(modelNow["config.json"]), "../../elsewhere/config.json")
		}, all, map[string]int{"config.json": 1}, "config.json is a link to a place outside the folder"},
		{"a person has edited the config, which kept its size", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.write(m+"snapshots/"+commit+"/"+name, data)
			}
			c.write(m+"snapshots/"+commit+"/config.json", `{"a":2}`)
		}, all, map[string]int{"config.json": 1}, "git blob of config.json"},
		{"a bad blob beside a good file", func(c cacheFolder, commit string) {
			for name, data := range modelNow {
				c.write(m+"snapshots/"+commit+"/"+name, data)
			}
			c.write(m+"blobs/"+sha256Of(weightsNow), "cut off")
		}, all, map[string]int{}, ""},
		{"a folder in the place of a blob", func(c cacheFolder, commit string) {
			c.write(m+"blobs/"+sha256Of(weightsNow)+"/x", "x")
			c.add(commit, "config.json", modelNow["config.json"])
			c.add(commit, "sub/a b#c.json", modelNow["sub/a b#c.json"])
		}, []string{"config.json", "sub/a b#c.json"}, weightsOnly, ""},
		{"the cache has another repo", func(c cacheFolder, commit string) {
			c.write("models--bob--m/snapshots/"+commit+"/config.json", modelNow["config.json"])
		}, nil, oneEach, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := startHub(t, nil)
			commit := putModel(t, server, "alice/m", modelNow)
			folder := newCache(t)
			tt.build(folder, commit)
			before := folder.state()
			var mu sync.Mutex
			var notices []string
			c := client(t, server, alice)
			c.Notice = func(s string) { mu.Lock(); defer mu.Unlock(); notices = append(notices, s) }
			r, err := c.Resolve(t.Context(), "alice/m", "main")
			if err != nil || r.Commit != commit {
				t.Fatalf("Resolve = %+v, %v; want commit %s", r, err, commit)
			}
			start := len(server.Log())
			pinned := r.WithCache(hub.Cache{Root: folder.root})
			var cached []string
			for _, f := range pinned.Cached() {
				cached = append(cached, f.Path)
			}
			if !slices.Equal(cached, tt.cached) {
				t.Errorf("Cached() = %q, want %q", cached, tt.cached)
			}
			if !slices.Equal(pinned.Names(), r.Names()) {
				t.Errorf("Names() = %q, want %q", pinned.Names(), r.Names())
			}
			for range 2 { // the notice comes once
				for name, want := range modelNow {
					ra, size, err := pinned.Open(t.Context(), name)
					if err != nil || size != int64(len(want)) {
						t.Fatalf("Open(%s) = %d, %v; want %d bytes", name, size, err, len(want))
					}
					if len(notices) > 1 {
						t.Errorf("notices %q, want one at most", notices)
					}
					got := make([]byte, size)
					if reads(server, start)[strings.NewReplacer(" ", "%20", "#", "%23").Replace(name)] > 0 {
						continue // once from the Hub is enough to count
					}
					if n, err := ra.ReadAt(got, 0); n != len(want) || string(got) != want {
						t.Errorf("%s has %.20q, %v; want %.20q", name, got, err, want)
					}
				}
			}
			if got := reads(server, start); !maps.Equal(got, tt.want) {
				t.Errorf("requests for files %v, want %v", got, tt.want)
			}
			if got := strings.Join(notices, "\n"); tt.notice == "" && got != "" || !strings.Contains(got, tt.notice) {
				t.Errorf("notices %q, want %q", notices, tt.notice)
			}
			if after := folder.state(); after != before {
				t.Errorf("the cache was changed from\n%sto\n%s", before, after)
			}
			for name, want := range map[string]error{"none.json": fs.ErrNotExist, "../config.json": hub.ErrUnsafePath, "": hub.ErrUnsafePath} {
				if _, _, err := pinned.Open(t.Context(), name); !errors.Is(err, want) {
					t.Errorf("Open(%q) = %v, want %v", name, err, want)
				}
			}
		})
	}
}

// No cache at all is as good as an empty one.
func TestRevisionWithoutCache(t *testing.T) {
	t.Parallel()
	server := startHub(t, nil)
	putModel(t, server, "alice/m", modelNow)
	r, err := client(t, server, alice).Resolve(t.Context(), "alice/m", "main")
	if err != nil {
		t.Fatal(err)
	}
	pinned := r.WithCache(hub.Cache{})
	if cached := pinned.Cached(); cached != nil {
		t.Errorf("Cached() = %+v, want nothing", cached)
	}
	if got, err := readAll(t, pinned, "config.json"); err != nil || got != modelNow["config.json"] {
		t.Errorf("config.json = %q, %v", got, err)
	}
}

// A file of the cache ends with its context, as one of the Hub does.
func TestRevisionWithCacheEndsWithContext(t *testing.T) {
	t.Parallel()
	server := startHub(t, nil)
	commit := putModel(t, server, "alice/m", modelNow)
	folder := newCache(t)
	folder.add(commit, "model.safetensors", weightsNow)
	r, err := client(t, server, alice).Resolve(t.Context(), "alice/m", "main")
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("a person pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	f, size, err := r.WithCache(hub.Cache{Root: folder.root}).Open(ctx, "model.safetensors")
	if err != nil || size != int64(len(weightsNow)) {
		t.Fatalf("Open = %d, %v", size, err)
	}
	if n, err := f.ReadAt(make([]byte, 10), size-4); n != 4 || err != io.EOF {
		t.Errorf("ReadAt over the end = %d, %v; want 4, EOF", n, err)
	}
	cancel(why)
	if n, err := f.ReadAt(make([]byte, 10), 0); n != 0 || !errors.Is(err, why) {
		t.Errorf("ReadAt after the end = %d, %v; want %v", n, err, why)
	}
}

// noSocket fails a test that makes a request.
type noSocket struct{ t *testing.T }

func (n noSocket) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s was sent in offline mode", r.Method, r.URL.Path)
	return nil, errors.New("no network")
}

// Offline, the client makes no request and the cache serves what it has.
func TestOffline(t *testing.T) {
	t.Parallel()
	folder := newCache(t)
	for name, data := range modelNow {
		folder.add(commit1, name, data)
	}
	folder.write("models--alice--m/refs/main", commit1)
	folder.list(commit1, modelNow)
	env, err := hub.ReadEnvironment(func(name string) string {
		return map[string]string{"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": folder.root}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	c := env.NewClient("", "", "lazymerge/test")
	c.HTTP = noSocket{t}
	if r, err := c.Resolve(t.Context(), "alice/m", "main"); r != nil || !errors.Is(err, hub.ErrOffline) {
		t.Errorf("Resolve = %v, %v; want ErrOffline", r, err)
	}
	s, err := hub.Cache{Root: env.Cache}.Snapshot("alice/m", "main")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Complete(nil); err != nil {
		t.Errorf("Complete() = %v", err)
	}
	if got := contents(t, s); !maps.Equal(got, modelNow) {
		t.Errorf("the snapshot has %q", got)
	}
}
