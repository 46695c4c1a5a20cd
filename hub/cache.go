package hub

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/inside"
)

// Cache is the cache on disk that the official clients share: what a person has ever loaded with them
// on this machine is usually there. Here it is only read; no lock, link or folder is made in it. Its
// layout is
//
//	models--NAMESPACE--NAME/refs/REF              the commit that a branch or tag had when it was last asked for
//	models--NAMESPACE--NAME/snapshots/COMMIT/...  the files, as links to blobs, or as files where links cannot be
//	models--NAMESPACE--NAME/blobs/HASH            contents by sha256 or git hash, or links to a store that repos share
//	models--NAMESPACE--NAME/trees/COMMIT.json     all files of the commit, downloaded or not
//
// A file that is still on its way has a name that ends in .incomplete, and counts as absent, as do
// links that lead nowhere.
//
// Source: huggingface_hub 2.4.0, file_download.py, _tree_cache.py and utils/_shared_blobs.py.
type Cache struct {
	Root string // Environment.Cache gives it; "" is a cache that has nothing
}

// Snapshot finds a model repo at ref: a commit, or a branch, tag or PR ref, whose commit is the one that it had when
// a client last asked the Hub. An empty ref means main. It makes no request. The error is a *[Missing], and
// so fs.ErrNotExist, where the cache has no file of it.
//
// A snapshot may lack files, for people load what they need: ask [Snapshot.Complete].
func (c Cache) Snapshot(repo, ref string) (*Snapshot, error) {
	if ref == "" {
		ref = "main"
	}
	err := errors.Join(checkRepo(repo), checkRevision(ref))
	if err != nil {
		return nil, fmt.Errorf("look for %.120q in the cache: %w", repo, err)
	}
	missing := &Missing{Root: c.Root, Repo: repo, Ref: ref}
	if c.Root == "" {
		return nil, missing
	}
	if missing.Commit, err = c.commit(repo, ref); err != nil {
		return nil, fmt.Errorf("look for %s in the cache: %w", repo, err)
	}
	if missing.Commit == "" {
		return nil, missing
	}
	s := &Snapshot{Repo: repo, Commit: missing.Commit, cache: c}
	if err := s.list(); err != nil {
		return nil, fmt.Errorf("look for %s in the cache: %w", repo, err)
	}
	if len(s.names) == 0 {
		return nil, missing
	}
	return s, nil
}

// folder joins parts, whose slashes separate, to the folder of repo.
func (c Cache) folder(repo string, parts ...string) string {
	p := filepath.Join(c.Root, "models--"+strings.ReplaceAll(repo, "/", "--"))
	for _, part := range parts {
		p = filepath.Join(p, filepath.FromSlash(part))
	}
	return p
}

// commit returns the commit that ref stands for, "" when the cache does not know.
func (c Cache) commit(repo, ref string) (string, error) {
	if isCommit(ref) {
		return ref, nil
	}
	if _, err := filepath.Localize(ref); err != nil {
		return "", nil // no client could have kept it under this name
	}
	text, err := readStored(c.folder(repo, "refs", ref), 256)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	commit := strings.TrimSpace(string(text))
	if !isCommit(commit) {
		return "", nil // a ref that was cut off while it was written tells nothing
	}
	return commit, nil
}

// paths returns the places where f of a commit may be, the one that is named after its content first: it
// serves every commit that has the same file there.
func (c Cache) paths(repo, commit string, f File) []string {
	if c.Root == "" {
		return nil
	}
	var paths []string
	if etag := f.etag(); etag != "" {
		paths = append(paths, c.folder(repo, "blobs", etag))
	}
	if _, err := filepath.Localize(f.Path); err == nil {
		paths = append(paths, c.folder(repo, "snapshots", commit, f.Path))
	}
	return paths
}

// places are the folders in which the files of a commit may lie; none where the cache has nothing of repo.
func (c Cache) places(repo, commit string) []inside.Place {
	folder, err := filepath.Abs(c.folder(repo))
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return nil
	}
	return inside.Snapshot(folder, commit)
}

// etag is the name that clients give the content of f, "" when that is not known.
func (f File) etag() string {
	if isHex(f.SHA256, 64) {
		return f.SHA256
	}
	if isHex(f.OID, 40) && f.SHA256 == "" {
		return f.OID
	}
	return ""
}

// readStored reads a small file of the cache. The error is fs.ErrNotExist where there is no file, or
// something that is none.
func readStored(path string, limit int64) ([]byte, error) {
	if err := isFile(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return data, err
}

// isFile says whether path leads to a regular file. Opening anything else might wait for ever.
func isFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil && absent(err) {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// Missing is what a cache lacks of a repo. It is fs.ErrNotExist, but ErrChanged where files are there
// that are not the Hub's, or links out of the cache.
type Missing struct {
	Root    string   // of the cache
	Repo    string   //
	Ref     string   // as it was asked for; "" when only Commit is known
	Commit  string   // 40 hex digits; "" when the cache does not know the commit of Ref
	Files   []string // absent, sorted; with Damaged nil too, all of the commit is absent
	Damaged []string // there, but not as the Hub has them, sorted
	Links   []string // there, as links to places outside the cache, sorted
}

// Error gives one line with the first names.
func (e *Missing) Error() string {
	at := e.Ref
	switch {
	case at == "" || at == e.Commit:
		at = "commit " + e.Commit
	case e.Commit != "":
		at += " (commit " + e.Commit + ")"
	}
	var parts []string
	if len(e.Files) > 0 {
		parts = append(parts, "lacks "+listed(e.Files))
	}
	if len(e.Damaged) > 0 {
		parts = append(parts, "differs from the Hub in "+listed(e.Damaged))
	}
	if len(e.Links) > 0 {
		parts = append(parts, "links outside itself for "+listed(e.Links))
	}
	if len(parts) == 0 {
		root := e.Root
		if root == "" {
			root = "no folder"
		}
		return fmt.Sprintf("the cache (%s) does not have %s at %s", root, e.Repo, at)
	}
	return fmt.Sprintf("the cache (%s) %s, of %s at %s", e.Root, strings.Join(parts, ", and "), e.Repo, at)
}

// listed gives the first few names.
func listed(names []string) string {
	const enough = 5
	if more := len(names) - enough; more > 1 {
		return fmt.Sprintf("%s and %d more files", strings.Join(names[:enough], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Is maps e to fs.ErrNotExist or ErrChanged.
func (e *Missing) Is(target error) bool {
	if len(e.Damaged)+len(e.Links) > 0 {
		return target == ErrChanged
	}
	return target == fs.ErrNotExist
}

// Hint says how to load what is missing.
func (e *Missing) Hint() string {
	command := "hf download " + e.Repo
	if at := e.Ref; at != "main" || e.Commit != "" {
		if e.Commit != "" {
			at = e.Commit
		}
		command += " --revision " + at
	}
	if len(e.Damaged)+len(e.Links) > 0 {
		command += " --force-download"
	}
	return "with a network, run: " + command
}

// sorted returns e with its names in order, or nil if nothing is missing.
func (e *Missing) sorted() error {
	if len(e.Files)+len(e.Damaged)+len(e.Links) == 0 {
		return nil
	}
	for _, names := range [][]string{e.Files, e.Damaged, e.Links} {
		slices.Sort(names)
	}
	return e
}
