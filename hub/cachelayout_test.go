package hub_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	commit1 = "1111111111111111111111111111111111111111"
	commit2 = "2222222222222222222222222222222222222222"
)

// cacheFolder builds a cache by hand, as its documentation says that it lies on the disk.
type cacheFolder struct {
	t    *testing.T
	root string
}

func newCache(t *testing.T) cacheFolder { return cacheFolder{t, t.TempDir()} }

// write puts data at a slash-separated path below the root.
func (c cacheFolder) write(path, data string) {
	c.t.Helper()
	file := c.make(path)
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// link makes a link at a path below the root. Its target is relative to where it is.
func (c cacheFolder) link(path, target string) {
	c.t.Helper()
	if err := os.Symlink(filepath.FromSlash(target), c.make(path)); err != nil {
		c.t.Skipf("this system makes no links: %v", err)
	}
}

// make makes the folders above a path, and takes away what is at it.
func (c cacheFolder) make(path string) string {
	c.t.Helper()
	file := filepath.Join(c.root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.RemoveAll(file); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// add stores a file of alice/m as the client does: its content under its hash, and a link to that.
func (c cacheFolder) add(commit, name, data string) {
	c.t.Helper()
	c.write("models--alice--m/blobs/"+etag(name, data), data)
	c.link("models--alice--m/snapshots/"+commit+"/"+name, strings.Repeat("../", strings.Count(name, "/"))+"../../blobs/"+etag(name, data))
}

// list keeps a listing of a commit of alice/m.
func (c cacheFolder) list(commit string, files map[string]string) {
	c.t.Helper()
	type entry struct {
		Size   int    `json:"size"`
		BlobID string `json:"blob_id"`
		SHA256 string `json:"lfs_sha256,omitempty"`
		Large  int    `json:"lfs_size,omitempty"`
	}
	entries := map[string]entry{}
	for name, data := range files {
		e := entry{Size: len(data), BlobID: gitHash(data)}
		if isLarge(name) {
			e.BlobID, e.SHA256, e.Large = gitHash("the pointer"), sha256Of(data), len(data)
		}
		entries[name] = e
	}
	text, err := json.Marshal(map[string]any{"format_version": 1, "files": entries})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("models--alice--m/trees/"+commit+".json", string(text))
}

// state tells everything about a cache that a write would change.
func (c cacheFolder) state() string {
	c.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target, _ := os.Readlink(path)
		fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime().UnixNano(), target)
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return b.String()
}

func isLarge(name string) bool { return strings.HasSuffix(name, ".safetensors") }

// etag is the name of a blob: sha256 of a large file, git's hash of another.
func etag(name, data string) string {
	if isLarge(name) {
		return sha256Of(data)
	}
	return gitHash(data)
}

func sha256Of(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

func gitHash(data string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data))
	return hex.EncodeToString(sum[:])
}
