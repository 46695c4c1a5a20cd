package hub_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub"
)

// files is what a test reads from any source.
type files interface {
	Names() []string
	Open(context.Context, string) (io.ReaderAt, int64, error)
}

// readAll reads one file in two pieces.
func readAll(t *testing.T, from files, name string) (string, error) {
	t.Helper()
	r, size, err := from.Open(t.Context(), name)
	if err != nil {
		return "", err
	}
	data := make([]byte, size)
	half := size / 2
	for _, p := range []struct{ off, end int64 }{{0, half}, {half, size}} {
		if n, err := r.ReadAt(data[p.off:p.end], p.off); int64(n) != p.end-p.off {
			return "", err
		}
	}
	return string(data), nil
}

func contents(t *testing.T, from files) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range from.Names() {
		data, err := readAll(t, from, name)
		if err != nil {
			t.Errorf("read %s: %v", name, err)
		}
		all[name] = data
	}
	return all
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	const m = "models--alice--m/"
	config := map[string]string{"config.json": "{}"}
	for _, tt := range []struct {
		name      string
		build     func(cacheFolder)
		repo, ref string
		want      map[string]string
	}{
		{"links to blobs, found through a branch", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.add(commit1, "model.safetensors", "weights")
			c.write(m+"refs/main", commit1)
		}, "alice/m", "main", map[string]string{"config.json": "{}", "model.safetensors": "weights"}},
		{"no ref means main", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"refs/main", commit1)
		}, "alice/m", "", config},
		{"a commit needs no ref", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.add(commit2, "config.json", "{2}")
			c.write(m+"refs/main", commit2)
		}, "alice/m", commit1, config},
		{"a tag", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"refs/v1.0", commit1)
		}, "alice/m", "v1.0", config},
		{"a ref of a pull request, with an end of line", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"refs/refs/pr/1", commit1+"\n")
		}, "alice/m", "refs/pr/1", config},
		{"a repo without a namespace", func(c cacheFolder) {
			c.write("models--gpt2/snapshots/"+commit1+"/config.json", "{}")
			c.write("models--gpt2/refs/main", commit1)
		}, "gpt2", "main", config},
		{"files where there cannot be links", func(c cacheFolder) {
			c.write(m+"snapshots/"+commit1+"/config.json", "{}")
			c.write(m+"snapshots/"+commit1+"/1_Pooling/config.json", "{p}")
		}, "alice/m", commit1, map[string]string{"config.json": "{}", "1_Pooling/config.json": "{p}"}},
		{"a file in a folder", func(c cacheFolder) {
			c.add(commit1, "a/b/config.json", "{}")
		}, "alice/m", commit1, map[string]string{"a/b/config.json": "{}"}},
		{"blobs that are links to the store that repos share", func(c cacheFolder) {
			hash := sha256Of("weights")
			c.write("blobs/ab/ab"+hash[2:], "weights")
			c.link(m+"blobs/"+hash, "../../blobs/ab/ab"+hash[2:])
			c.link(m+"snapshots/"+commit1+"/model.safetensors", "../../blobs/"+hash)
			c.list(commit1, map[string]string{"model.safetensors": "weights"})
		}, "alice/m", commit1, map[string]string{"model.safetensors": "weights"}},
		{"a repo's folder that is a link to another disk", func(c cacheFolder) {
			c.write("elsewhere/snapshots/"+commit1+"/config.json", "{}")
			c.link("models--alice--m", "elsewhere")
		}, "alice/m", commit1, config},
		{"links that lead to no file", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.link(m+"snapshots/"+commit1+"/nowhere.json", "../../blobs/none")
			c.link(m+"snapshots/"+commit1+"/folder.json", "../../blobs")
			c.link(m+"snapshots/"+commit1+"/circle.json", "circle.json")
			c.write(m+"blobs/b.0a1b2c3d.incomplete", "half")
			c.link(m+"snapshots/"+commit1+"/half.json", "../../blobs/b.0a1b2c3d.incomplete")
			c.link(m+"snapshots/"+commit1+"/gone/half.json", "../../../blobs/none")
		}, "alice/m", commit1, config},
		{"folders of other tools", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"snapshots/"+commit1+"/.git/config", "x")
			c.write(m+"snapshots/"+commit1+"/.cache/huggingface/x", "x")
		}, "alice/m", commit1, config},
		{"a file that the commit does not have", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"snapshots/"+commit1+"/chat_template.jinja", "put there by a person")
			c.list(commit1, map[string]string{"config.json": "{}", "model.safetensors": "not loaded"})
		}, "alice/m", commit1, config},
		{"a listing of a later format", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"trees/"+commit1+".json", `{"format_version":2,"files":{}}`)
		}, "alice/m", commit1, config},
		{"a listing that was cut off", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"trees/"+commit1+".json", `{"format_version":1,"files":{`)
		}, "alice/m", commit1, config},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := newCache(t)
			tt.build(folder)
			before := folder.state()
			s, err := hub.Cache{Root: folder.root}.Snapshot(tt.repo, tt.ref)
			if err != nil {
				t.Fatalf("Snapshot(%s, %s) = %v", tt.repo, tt.ref, err)
			}
			if s.Repo != tt.repo || s.Commit != commit1 {
				t.Errorf("Snapshot(%s, %s) = %s at %s, want commit %s", tt.repo, tt.ref, s.Repo, s.Commit, commit1)
			}
			if !slices.IsSorted(s.Names()) {
				t.Errorf("Names() = %q, not sorted", s.Names())
			}
			if got := contents(t, s); !maps.Equal(got, tt.want) {
				t.Errorf("Snapshot(%s, %s) has %q, want %q", tt.repo, tt.ref, got, tt.want)
			}
			_ = s.Complete(nil)
			if after := folder.state(); after != before {
				t.Errorf("the cache was changed from\n%sto\n%s", before, after)
			}
		})
	}
}

func TestSnapshotThatIsNotThere(t *testing.T) {
	t.Parallel()
	const m = "models--alice--m/"
	for _, tt := range []struct {
		name  string
		build func(cacheFolder)
		ref   string
		says  string
		hint  string
	}{
		{"nothing of the repo", func(cacheFolder) {}, "main", "does not have alice/m at main", "hf download alice/m"},
		{"another branch", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"refs/main", commit1)
		}, "dev", "does not have alice/m at dev", "hf download alice/m --revision dev"},
		{"another commit", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
		}, commit2, "does not have alice/m at commit " + commit2, "--revision " + commit2},
		{"a ref that was cut off", func(c cacheFolder) {
			c.add(commit1, "config.json", "{}")
			c.write(m+"refs/main", commit1[:20])
		}, "main", "does not have alice/m at main", "hf download alice/m"},
		{"a ref that leads out of the folder", func(c cacheFolder) {
			c.write(m+"refs/main", "../../../etc")
		}, "main", "does not have alice/m at main", "hf download alice/m"},
		{"a folder of refs", func(c cacheFolder) {
			c.write(m+"refs/refs/pr/1", commit1)
		}, "refs/pr", "does not have alice/m at refs/pr", "--revision refs/pr"},
		{"a ref below a ref", func(c cacheFolder) {
			c.write(m+"refs/main", commit1)
		}, "main/x", "does not have alice/m at main/x", "--revision main/x"},
		{"a ref without its snapshot", func(c cacheFolder) {
			c.write(m+"refs/main", commit1)
		}, "main", "does not have alice/m at main (commit " + commit1 + ")", "--revision " + commit1},
		{"only a link that leads nowhere", func(c cacheFolder) {
			c.link(m+"snapshots/"+commit1+"/config.json", "../../blobs/none")
		}, commit1, "does not have alice/m", "--revision " + commit1},
		{"a file where the snapshot should be", func(c cacheFolder) {
			c.write(m+"snapshots/"+commit1, "x")
		}, commit1, "does not have alice/m", "--revision " + commit1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := newCache(t)
			tt.build(folder)
			s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", tt.ref)
			missing, ok := errors.AsType[*hub.Missing](err)
			if s != nil || !ok || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, hub.ErrChanged) {
				t.Fatalf("Snapshot(%s) = %v, %v; want a Missing that is fs.ErrNotExist", tt.ref, s, err)
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), folder.root) {
				t.Errorf("Snapshot(%s) says %q, want %q and the cache's folder", tt.ref, err, tt.says)
			}
			if !strings.HasSuffix(missing.Hint(), tt.hint) {
				t.Errorf("Hint() = %q, want %q at the end", missing.Hint(), tt.hint)
			}
		})
	}
	if s, err := (hub.Cache{}).Snapshot("alice/m", "main"); s != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Snapshot in no cache = %v, %v; want fs.ErrNotExist", s, err)
	}
	for _, bad := range [][2]string{{"../m", "main"}, {"a/b/c", "main"}, {"", "main"}, {"alice/m", "../main"}, {"alice/m", `a\b`}, {"alice/m", "C:x"}} {
		if s, err := (hub.Cache{Root: t.TempDir()}).Snapshot(bad[0], bad[1]); s != nil || err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Snapshot(%q, %q) = %v, %v; want a refusal", bad[0], bad[1], s, err)
		}
	}
}

// A file of the snapshot that is not the Hub's gives no byte.
func TestSnapshotOpenRefusesWhatIsNotTheHubs(t *testing.T) {
	t.Parallel()
	folder := newCache(t)
	const at = "models--alice--m/snapshots/" + commit1 + "/"
	listing := map[string]string{"config.json": `{"a":1}`, "merges.txt": "a b", "model.safetensors": "weights", "other.safetensors": "weights of another kind", "absent.json": "{}"}
	folder.list(commit1, listing)
	folder.write(at+"config.json", `{"a":2}`)    // edited, of the same size
	folder.write(at+"merges.txt", "a b")         // as it should be
	folder.write(at+"model.safetensors", "weig") // cut off
	folder.write("models--alice--m/blobs/"+sha256Of("weights of another type"), "weights of another type")
	folder.link(at+"other.safetensors", "../../blobs/"+sha256Of("weights of another type"))
	s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		want error
		says string
	}{
		{"config.json", hub.ErrChanged, "git blob"},
		{"merges.txt", nil, ""},
		{"model.safetensors", hub.ErrChanged, "size of model.safetensors is 4 in the cache and 7 on the Hub"},
		{"other.safetensors", hub.ErrChanged, "sha256"},
		{"absent.json", fs.ErrNotExist, "lacks absent.json"},
		{"no.json", fs.ErrNotExist, "lacks no.json"},
		{"../config.json", hub.ErrUnsafePath, "segment of dots"},
	} {
		_, err := readAll(t, s, tt.name)
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Open(%s) = %v, want %v with %q", tt.name, err, tt.want, tt.says)
		}
		if errors.Is(tt.want, hub.ErrChanged) && errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%s) = %v, which reads as if the commit did not have it", tt.name, err)
		}
	}
	err = s.Complete(nil)
	missing, ok := errors.AsType[*hub.Missing](err)
	if !ok || !slices.Equal(missing.Files, []string{"absent.json"}) || !slices.Equal(missing.Damaged, []string{"config.json", "model.safetensors", "other.safetensors"}) {
		t.Errorf("Complete() = %v (%+v), want absent.json and three that are damaged", err, missing)
	}
	if ok && !strings.HasSuffix(missing.Hint(), "--revision "+commit1+" --force-download") {
		t.Errorf("Hint() = %q, want --force-download, without which the client keeps a file", missing.Hint())
	}
	if err := s.Complete(func(name string) bool { return name == "merges.txt" }); err != nil {
		t.Errorf("Complete(merges.txt) = %v", err)
	}
}

func TestSnapshotComplete(t *testing.T) {
	t.Parallel()
	const index = `{"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}`
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	whole := map[string]string{"config.json": "{}", "tokenizer.json": "{t}", "model.safetensors.index.json": index, first: "one", second: "two", "original/consolidated.pth": "old"}
	needed := func(name string) bool { return !strings.HasPrefix(name, "original/") }
	without := func(names ...string) map[string]string {
		m := maps.Clone(whole)
		for _, name := range names {
			delete(m, name)
		}
		return m
	}
	for _, tt := range []struct {
		name    string
		has     map[string]string
		listing string // the listing's text; "" is an honest one, "-" none
		need    func(string) bool
		want    []string
	}{
		{"everything", whole, "", nil, nil},
		{"everything that is needed", without("original/consolidated.pth"), "", needed, nil},
		{"not what nobody needs", without("original/consolidated.pth"), "", nil, []string{"original/consolidated.pth"}},
		{"a shard is not there", without(second), "", needed, []string{second}},
		{"shards and the tokenizer are not there", without(first, second, "tokenizer.json"), "", needed, []string{first, second, "tokenizer.json"}},
		{"no index and no listing to tell", without(second, "model.safetensors.index.json"), "-", needed, nil},
		{"no index, and a listing that tells", without("model.safetensors.index.json"), "", needed, []string{"model.safetensors.index.json"}},
		{"a shard is not there, says the index", without(second), "-", needed, []string{second}},
		{"a shard is not there, says the index beside a broken listing", without(second), "{", needed, []string{second}},
		{"a shard is not there, and is not needed", without(second), "-", func(name string) bool { return name != second }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := newCache(t)
			for name, data := range tt.has {
				folder.add(commit1, name, data)
			}
			switch tt.listing {
			case "":
				folder.list(commit1, whole)
			case "-":
			default:
				folder.write("models--alice--m/trees/"+commit1+".json", tt.listing)
			}
			s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
			if err != nil {
				t.Fatal(err)
			}
			if files, ok := s.Listing(); ok != (tt.listing == "") || ok && len(files) != len(whole) {
				t.Errorf("Listing() = %v, %v", files, ok)
			}
			err = s.Complete(tt.need)
			if tt.want == nil {
				if err != nil {
					t.Errorf("Complete() = %v, want nil", err)
				}
				return
			}
			missing, ok := errors.AsType[*hub.Missing](err)
			if !ok || !slices.Equal(missing.Files, tt.want) || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Complete() = %v, want it to miss %q", err, tt.want)
			}
			for _, name := range tt.want {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("Complete() = %v, which does not name %s", err, name)
				}
			}
		})
	}
}

// An index that says nothing, or names what no model has, is no complete snapshot.
func TestSnapshotCompleteReadsTheIndex(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		index string
		want  error
	}{
		"an index in a folder":        {`{"weight_map":{"a":"m.safetensors"}}`, fs.ErrNotExist},
		"an index that was cut off":   {`{"weight_map":{"a`, nil},
		"an index that leads outside": {`{"weight_map":{"a":"../../m.safetensors"}}`, hub.ErrUnsafePath},
	} {
		folder := newCache(t)
		folder.add(commit1, "sub/x.safetensors.index.json", tt.index)
		s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Complete(nil)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: Complete() = %v, want %v", name, err, tt.want)
		}
		if missing, ok := errors.AsType[*hub.Missing](err); errors.Is(tt.want, fs.ErrNotExist) && (!ok || missing.Files[0] != "sub/m.safetensors") {
			t.Errorf("%s: Complete() = %v, want sub/m.safetensors to be missing", name, err)
		}
	}
}

func TestSnapshotHolds(t *testing.T) {
	t.Parallel()
	folder := newCache(t)
	folder.add(commit1, "config.json", "{}")
	folder.add(commit1, "model.safetensors", "weights")
	s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, data string) hub.File {
		if isLarge(name) {
			return hub.File{Path: name, Size: int64(len(data)), OID: gitHash("the pointer"), SHA256: sha256Of(data)}
		}
		return hub.File{Path: name, Size: int64(len(data)), OID: gitHash(data)}
	}
	for _, tt := range []struct {
		name  string
		files []hub.File
		want  error
	}{
		{"nothing", nil, nil},
		{"both", []hub.File{file("config.json", "{}"), file("model.safetensors", "weights")}, nil},
		{"another size", []hub.File{file("model.safetensors", "weight")}, hub.ErrChanged},
		{"another git hash", []hub.File{file("config.json", "[]")}, hub.ErrChanged},
		{"another sha256", []hub.File{file("model.safetensors", "WEIGHTS")}, hub.ErrChanged},
		{"one more", []hub.File{file("config.json", "{}"), file("tokenizer.json", "")}, fs.ErrNotExist},
	} {
		if err := s.Holds(tt.files); !errors.Is(err, tt.want) {
			t.Errorf("%s: Holds = %v, want %v", tt.name, err, tt.want)
		}
	}
	names := []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"}
	err = &hub.Missing{Root: "/cache", Repo: "alice/m", Commit: commit1, Files: names}
	if want := "the cache (/cache) lacks a1, a2, a3, a4, a5 and 3 more files, of alice/m at commit " + commit1; err.Error() != want {
		t.Errorf("Error() = %q, want %q", err, want)
	}
}

// A file that is gone, cut off or closed under a reader is an error, and never data.
func TestSnapshotReadsThatFail(t *testing.T) {
	t.Parallel()
	folder := newCache(t)
	for _, name := range []string{"gone.json", "cut.json", "late.json"} {
		folder.write("models--alice--m/snapshots/"+commit1+"/"+name, "0123456789")
	}
	at := func(name string) string {
		return filepath.Join(folder.root, "models--alice--m", "snapshots", commit1, name)
	}
	s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(at("gone.json")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(t.Context(), "gone.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a file that is gone = %v, want fs.ErrNotExist", err)
	}
	if err := s.Holds([]hub.File{{Path: "gone.json", Size: 10}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Holds of a file that is gone = %v, want fs.ErrNotExist", err)
	}

	r, size, err := s.Open(t.Context(), "cut.json")
	if err != nil || size != 10 {
		t.Fatalf("Open = %d, %v", size, err)
	}
	p := make([]byte, 8)
	for _, tt := range []struct {
		off  int64
		n    int
		want error
	}{{0, 8, nil}, {2, 8, nil}, {5, 5, io.EOF}, {10, 0, io.EOF}, {99, 0, io.EOF}} {
		if n, err := r.ReadAt(p, tt.off); n != tt.n || err != tt.want { //nolint:errorlint // callers of an io.ReaderAt compare with io.EOF itself
			t.Errorf("ReadAt(8 bytes, %d) = %d, %v; want %d, %v", tt.off, n, err, tt.n, tt.want)
		}
	}
	if _, err := r.ReadAt(p, -1); err == nil {
		t.Error("ReadAt(-1) is no error")
	}
	if err := os.Truncate(at("cut.json"), 4); err != nil {
		t.Fatal(err)
	}
	if n, err := r.ReadAt(p, 0); n != 4 || !errors.Is(err, hub.ErrChanged) {
		t.Errorf("ReadAt of a file that was cut off = %d, %v; want 4 bytes and ErrChanged", n, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	if r, _, err = s.Open(ctx, "late.json"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := r.ReadAt(p, 0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("ReadAt after the context's end = %d, %v; want context.Canceled", n, err)
	}
	for deadline := time.Now().Add(5 * time.Second); isOpen(t, at("late.json")); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the file is still open after the context's end")
		}
	}
	runtime.KeepAlive(r) // the collector closes a file that nobody has
}

// isOpen tells whether this process has a file open, where the system tells.
func isOpen(t *testing.T, path string) bool {
	if runtime.GOOS != "linux" {
		return false
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		target, _ := os.Readlink("/proc/self/fd/" + e.Name())
		return target == path
	})
}

// Nobody writes to the other end of a pipe; opening it would wait for ever.
func TestSnapshotPassesOverPipes(t *testing.T) {
	t.Parallel()
	folder := newCache(t)
	folder.add(commit1, "config.json", "{}")
	makePipe(t, filepath.Join(folder.root, "models--alice--m", "snapshots", commit1, "pipe.json"))
	makePipe(t, folder.make("models--alice--m/refs/main"))
	makePipe(t, folder.make("models--alice--m/trees/"+commit1+".json"))
	s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
	if err != nil || !slices.Equal(s.Names(), []string{"config.json"}) {
		t.Errorf("Snapshot = %+v, %v; want config.json alone", s, err)
	}
	if _, err := (hub.Cache{Root: folder.root}).Snapshot("alice/m", "main"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Snapshot(main) = %v, want fs.ErrNotExist", err)
	}
}
