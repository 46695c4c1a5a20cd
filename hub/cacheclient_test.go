package hub_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// TestCacheOfPythonClient reads what huggingface_hub itself has loaded, with the interpreter that
// LAZYMERGE_PYTHON names.
func TestCacheOfPythonClient(t *testing.T) {
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("LAZYMERGE_PYTHON names no Python interpreter that has huggingface_hub")
	}
	t.Parallel()
	const index = `{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}`
	model := map[string]string{
		"README.md":                        "---\nlicense: mit\n---\n",
		"config.json":                      "{}",
		"empty.txt":                        "",
		"model.safetensors.index.json":     index,
		"model-00001-of-00002.safetensors": weightsNow,
		"model-00002-of-00002.safetensors": weightsOld,
		"1_Pooling/config.json":            `{"p":1}`,
	}
	for _, tt := range []struct {
		name     string
		repo     string
		revision string
		env      string
		patterns []string
		lacks    []string // of model; the listing makes them known
	}{
		{"links", "alice/m", "main", "", nil, nil},
		{"no links", "alice/m", "main", "HF_HUB_DISABLE_SYMLINKS=1", nil, nil},
		{"a branch with a slash", "alice/m", "a/b", "", nil, nil},
		{"no weights", "alice/m", "main", "", []string{"*.json", "*.md", "*.txt"}, []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}},
		{"one shard, without links", "alice/m", "main", "HF_HUB_DISABLE_SYMLINKS=1", []string{"*.json", "*.md", "*.txt", "*-00001-*"}, []string{"model-00002-of-00002.safetensors"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := startHub(t, nil)
			commit := putModel(t, server, tt.repo, model)
			c := client(t, server, alice)
			if tt.revision != "main" {
				if err := c.CreateBranch(t.Context(), tt.repo, tt.revision, commit); err != nil {
					t.Fatal(err)
				}
			}
			home := t.TempDir()
			root := filepath.Join(home, "hub")
			download(t, server, python, home, tt.env, append([]string{tt.repo, tt.revision}, tt.patterns...)...)
			before := cacheFolder{t, root}.state()
			loaded := len(server.Log())

			want := maps.Clone(model)
			for _, name := range tt.lacks {
				delete(want, name)
			}
			s, err := hub.Cache{Root: root}.Snapshot(tt.repo, tt.revision)
			if err != nil {
				t.Fatal(err)
			}
			got := contents(t, s)
			delete(got, ".gitattributes")
			if s.Commit != commit || !maps.Equal(got, want) {
				t.Errorf("the snapshot of %s has %q, want %q", s.Commit, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
			err = s.Complete(func(name string) bool { return name != ".gitattributes" })
			missing, _ := errors.AsType[*hub.Missing](err)
			if tt.lacks == nil && err != nil || tt.lacks != nil && (missing == nil || !slices.Equal(missing.Files, tt.lacks)) {
				t.Errorf("Complete() = %v, want it to miss %q", err, tt.lacks)
			}
			if requests := server.Log()[loaded:]; len(requests) > 0 {
				t.Errorf("reading the snapshot made the requests %+v", requests)
			}

			r, err := c.Resolve(t.Context(), tt.repo, tt.revision)
			if err != nil {
				t.Fatal(err)
			}
			if listing, ok := s.Listing(); !ok || !slices.Equal(listing, r.Files) {
				t.Errorf("Listing() = %+v, %v; the Hub says %+v", listing, ok, r.Files)
			}
			got = contents(t, r.WithCache(hub.Cache{Root: root}))
			delete(got, ".gitattributes")
			if !maps.Equal(got, model) {
				t.Errorf("the revision with its cache has %q, want all", slices.Sorted(maps.Keys(got)))
			}
			asked := reads(server, loaded)
			delete(asked, "storage")
			delete(asked, ".gitattributes") // not among the patterns of some
			if names := slices.Sorted(maps.Keys(asked)); !slices.Equal(names, tt.lacks) {
				t.Errorf("the Hub was asked for %q, want %q", names, tt.lacks)
			}
			if after := (cacheFolder{t, root}).state(); after != before {
				t.Errorf("the cache was changed from\n%sto\n%s", before, after)
			}
		})
	}
}

// download runs testdata/cache_download.py.
func download(t *testing.T, server *localhub.Server, python, home, env string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, append([]string{"-W", "ignore", "testdata/cache_download.py"}, args...)...)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "HF_") && !strings.HasPrefix(kv, "HUGGING") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "HF_ENDPOINT="+server.URL(), "HF_TOKEN="+alice, "HF_HOME="+home, "NO_PROXY=127.0.0.1",
		"HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_PROGRESS_BARS=1", "HF_HUB_DISABLE_SYMLINKS_WARNING=1")
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}
