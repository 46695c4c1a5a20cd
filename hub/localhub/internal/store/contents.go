package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
)

// Tree returns the files of a commit.
func (r *Repo) Tree(oid string) (*git.Tree, error) {
	if t := r.trees.get(oid); t != nil {
		return t, nil
	}
	c, err := r.depot.Content(path.Join(r.folder(), "trees", oid+".json"))
	if err != nil {
		return nil, err
	}
	data, err := c.Read()
	if err != nil {
		return nil, err
	}
	t, err := git.DecodeTree(oid, data)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", oid, err)
	}
	r.trees.put(t)
	return t, nil
}

// Content returns the bytes of a file of this repo.
func (r *Repo) Content(f git.FileInfo) (depot.Content, error) {
	if f.LFS() {
		return r.depot.Content(r.lfsName(f.SHA256))
	}
	return r.depot.Content(r.blobName(f.OID))
}

// putBlob keeps the content of a regular file and returns what a tree says of it.
func (r *Repo) putBlob(path string, data []byte) (git.FileInfo, error) {
	f := git.RegularFile(path, data)
	if _, err := r.depot.Content(r.blobName(f.OID)); err == nil {
		return f, nil
	}
	return f, r.depot.Write(r.blobName(f.OID), data)
}

// Object returns an LFS object that this repo holds. What another repo holds does not count:
// to know the hash of a private file must not be enough to read it.
func (r *Repo) Object(sha256 string) (depot.Content, bool, error) {
	c, err := r.depot.Content(r.lfsName(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		return depot.Content{}, false, nil
	}
	return c, err == nil, err
}

// KeepObject gives the bytes in s, whose sha256 is oid, their name.
func (r *Repo) KeepObject(oid string, s depot.Spool) error {
	err := s.Keep(r.lfsName(oid))
	if err != nil {
		// A twin of this upload may have been first, and be read already.
		if _, ok, _ := r.Object(oid); ok {
			return nil
		}
	}
	return err
}

// SmallFile returns the content of a regular file, or nil where there is none.
func (r *Repo) SmallFile(t *git.Tree, path string) []byte {
	f, ok := t.File(path)
	if !ok || f.LFS() {
		return nil
	}
	c, err := r.Content(f)
	if err != nil {
		return nil
	}
	data, err := c.Read()
	if err != nil {
		return nil
	}
	return data
}

// Spool begins the bytes of an object.
func (r *Repo) Spool() (depot.Spool, error) { return r.depot.Spool() }
