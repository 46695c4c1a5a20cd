package localhub

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// tree returns the files of a commit.
func (r *repo) tree(oid string) (*tree, error) {
	if t := r.trees.get(oid); t != nil {
		return t, nil
	}
	c, err := r.depot.content(path.Join(r.folder(), "trees", oid+".json"))
	if err != nil {
		return nil, err
	}
	data, err := c.read()
	if err != nil {
		return nil, err
	}
	t, err := decodeTree(oid, data)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", oid, err)
	}
	r.trees.put(t)
	return t, nil
}

// content returns the bytes of a file of this repo.
func (r *repo) content(f FileInfo) (Content, error) {
	if f.lfs() {
		return r.depot.content(r.lfsName(f.SHA256))
	}
	return r.depot.content(r.blobName(f.OID))
}

// putBlob keeps the content of a regular file and returns what a tree says of it.
func (r *repo) putBlob(path string, data []byte) (FileInfo, error) {
	f := regularFile(path, data)
	if _, err := r.depot.content(r.blobName(f.OID)); err == nil {
		return f, nil
	}
	return f, r.depot.write(r.blobName(f.OID), data)
}

// object returns an LFS object that this repo holds. What another repo holds does not count:
// to know the hash of a private file must not be enough to read it.
func (r *repo) object(sha256 string) (Content, bool, error) {
	c, err := r.depot.content(r.lfsName(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		return Content{}, false, nil
	}
	return c, err == nil, err
}
