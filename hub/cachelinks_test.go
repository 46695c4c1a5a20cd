package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
)

// A file of a snapshot may be a link to the blobs of its repo or of the cache, and to no other place. Weights may lie anywhere.
func TestSnapshotLinksOutOfTheCache(t *testing.T) {
	t.Parallel()
	const m = "models--alice--m/"
	const at = m + "snapshots/" + commit1 + "/"
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := newCache(t)
	folder.add(commit1, "config.json", "{}")
	folder.write("blobs/ab/abcd", "shared")
	folder.write(m+"refs/main", commit1)
	folder.write("models--bob--private/snapshots/"+commit2+"/LICENSE", "secret")
	folder.write("stored_tokens", "secret")
	folder.link(m+"blobs/shared", "../../blobs/ab/abcd")
	folder.link(m+"blobs/out", secret)
	folder.link(at+"LICENSE", secret)
	folder.link(at+"NOTICE", "../../blobs/out")
	folder.link(at+"README.md", "../../../stored_tokens")
	folder.link(at+"USE_POLICY.md", "../../../models--bob--private/snapshots/"+commit2+"/LICENSE")
	folder.link(at+"merges.txt", "../../refs/main")
	folder.link(at+"1_Pooling/model.safetensors", secret)
	folder.link(at+"tokenizer.json", "../../blobs/shared")
	folder.link(at+"vocab.json", "config.json")
	folder.link(at+"model.safetensors", secret)
	s, err := hub.Cache{Root: folder.root}.Snapshot("alice/m", commit1)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"config.json": "{}", "tokenizer.json": "shared", "vocab.json": "{}", "model.safetensors": "secret"} {
		if got, err := readAll(t, s, name); got != want || err != nil {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
	out := []string{"1_Pooling/model.safetensors", "LICENSE", "NOTICE", "README.md", "USE_POLICY.md", "merges.txt"}
	for _, name := range out {
		_, err := readAll(t, s, name)
		if !errors.Is(err, hub.ErrChanged) || !strings.Contains(err.Error(), "links outside itself for "+name) {
			t.Errorf("Open(%s) = %v, want an ErrChanged that names it", name, err)
		}
	}
	missing, ok := errors.AsType[*hub.Missing](s.Complete(nil))
	if !ok || !slices.Equal(missing.Links, out) || len(missing.Files)+len(missing.Damaged) > 0 || !strings.HasSuffix(missing.Hint(), "--force-download") {
		t.Errorf("Complete = %+v, want the links %q", missing, out)
	}
}
