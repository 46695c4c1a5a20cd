package localhub

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FileInfo is one file of a commit.
type FileInfo struct {
	Path   string `json:"path"`             // slash-separated, relative to the repo's root
	OID    string `json:"oid"`              // git id: of the content, or of the pointer of an LFS file
	Size   int64  `json:"size"`             // bytes of the content
	SHA256 string `json:"sha256,omitempty"` // of the content of an LFS file; "" is a regular file
}

// lfs tells whether the content is kept by LFS.
func (f FileInfo) lfs() bool { return f.SHA256 != "" }

// content id of a file as preupload tells it: what a client compares its own file with.
func (f FileInfo) contentOID() string {
	if f.lfs() {
		return f.SHA256
	}
	return f.OID
}

func regularFile(path string, content []byte) FileInfo {
	return FileInfo{Path: path, OID: blobOID(content), Size: int64(len(content))}
}

func lfsFile(path, sha256 string, size int64) FileInfo {
	return FileInfo{Path: path, OID: blobOID(pointer(sha256, size)), Size: size, SHA256: sha256}
}

// A tree is the files of one commit. It does not change once it is made.
type tree struct {
	files []FileInfo        // by path
	dirs  map[string]string // git id of each folder, by path; "" is the root
}

// newTree makes a tree of files, which it sorts. A path that is a file and a folder at once,
// or is there twice, is an error that names it.
func newTree(files []FileInfo) (*tree, error) {
	slices.SortFunc(files, byPath)
	t := &tree{files: files, dirs: make(map[string]string)}
	for i, f := range files {
		if i > 0 && files[i-1].Path == f.Path {
			return nil, fmt.Errorf("%q is there twice", f.Path)
		}
		for parent := range parents(f.Path) {
			if _, ok := t.file(parent); ok {
				return nil, fmt.Errorf("%q would be a file and a folder at once", parent)
			}
		}
	}
	t.hash("", files)
	return t, nil
}

func byPath(a, b FileInfo) int { return cmp.Compare(a.Path, b.Path) }

// parents yields the folders above path, the nearest last: a, a/b for a/b/c.
func parents(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
	}
}

// hash fills dirs for the folder prefix, "" or ending in "/", which has all of files and
// nothing else. Whole paths in byte order are git's order within each folder, since a
// folder's name compares with its slash.
func (t *tree) hash(prefix string, files []FileInfo) string {
	var g gitTree
	for i := 0; i < len(files); {
		name, _, deeper := strings.Cut(files[i].Path[len(prefix):], "/")
		if !deeper {
			g.add("100644", name, files[i].OID)
			i++
			continue
		}
		below := prefix + name + "/"
		end := i
		for end < len(files) && strings.HasPrefix(files[end].Path, below) {
			end++
		}
		g.add("40000", name, t.hash(below, files[i:end]))
		i = end
	}
	oid := g.oid()
	t.dirs[strings.TrimSuffix(prefix, "/")] = oid
	return oid
}

// oid is the git id of the root folder.
func (t *tree) oid() string { return t.dirs[""] }

func (t *tree) file(path string) (FileInfo, bool) {
	i, ok := slices.BinarySearchFunc(t.files, FileInfo{Path: path}, byPath)
	if !ok {
		return FileInfo{}, false
	}
	return t.files[i], true
}

// A node is a file or a folder of a listing.
type node struct {
	FileInfo
	dir bool // then only Path and OID are set
}

// node returns the file or folder at path.
func (t *tree) node(path string) (node, bool) {
	if f, ok := t.file(path); ok {
		return node{FileInfo: f}, true
	}
	if oid, ok := t.dirs[path]; ok && path != "" {
		return node{FileInfo{Path: path, OID: oid}, true}, true
	}
	return node{}, false
}

// list returns what is in the folder dir, "" for the root, in the order of paths: directly
// below it, or at any depth. The second result is false where there is no such folder.
func (t *tree) list(dir string, recursive bool) ([]node, bool) {
	if _, ok := t.dirs[dir]; !ok {
		return nil, false
	}
	var nodes []node
	within := func(path string) bool {
		rest := path
		if dir != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(path, dir+"/"); !ok {
				return false
			}
		}
		return rest != "" && (recursive || !strings.Contains(rest, "/"))
	}
	for _, f := range t.files {
		if within(f.Path) {
			nodes = append(nodes, node{FileInfo: f})
		}
	}
	for path, oid := range t.dirs {
		if within(path) {
			nodes = append(nodes, node{FileInfo{Path: path, OID: oid}, true})
		}
	}
	slices.SortFunc(nodes, func(a, b node) int { return byPath(a.FileInfo, b.FileInfo) })
	return nodes, true
}

// encode is how a depot keeps t; decodeTree reads it back.
func (t *tree) encode() ([]byte, error) { return json.Marshal(t.files) }

// decodeTree fails where data is not the tree that has the id oid.
func decodeTree(oid string, data []byte) (*tree, error) {
	var files []FileInfo
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := checkPath(f.Path); err != nil {
			return nil, err
		}
		if !isSHA1(f.OID) {
			return nil, fmt.Errorf("%q has id %q", f.Path, f.OID)
		}
	}
	t, err := newTree(files)
	if err != nil {
		return nil, err
	}
	if t.oid() != oid {
		return nil, fmt.Errorf("the files make tree %s", t.oid())
	}
	return t, nil
}

// A draft is a tree being changed.
type draft map[string]FileInfo

func (t *tree) draft() draft {
	d := make(draft, len(t.files))
	for _, f := range t.files {
		d[f.Path] = f
	}
	return d
}

// deleteFolder removes all files below dir and tells whether there was one.
func (d draft) deleteFolder(dir string) bool {
	before := len(d)
	maps.DeleteFunc(d, func(path string, _ FileInfo) bool { return strings.HasPrefix(path, dir+"/") })
	return len(d) < before
}

func (d draft) tree() (*tree, error) { return newTree(slices.Collect(maps.Values(d))) }
