package git

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// FileInfo is one file of a commit.
type FileInfo struct {
	Path   string `json:"path"`             // slash-separated, relative to the repo's root
	OID    string `json:"oid"`              // git id: of the content, or of the pointer of an LFS file
	Size   int64  `json:"size"`             // bytes of the content
	SHA256 string `json:"sha256,omitempty"` // of the content of an LFS file; "" is a regular file
}

// LFS tells whether the content is kept by LFS.
func (f FileInfo) LFS() bool { return f.SHA256 != "" }

// ContentOID is the id of a file as preupload tells it: what a client compares its own file with.
func (f FileInfo) ContentOID() string {
	if f.LFS() {
		return f.SHA256
	}
	return f.OID
}

// RegularFile is a file that git keeps.
func RegularFile(path string, content []byte) FileInfo {
	return FileInfo{Path: path, OID: BlobOID(content), Size: int64(len(content))}
}

// LFSFile is a file that LFS keeps.
func LFSFile(path, sha256 string, size int64) FileInfo {
	return FileInfo{Path: path, OID: BlobOID(Pointer(sha256, size)), Size: size, SHA256: sha256}
}

// A Tree is the files of one commit. It does not change once it is made.
type Tree struct {
	Files []FileInfo        // by path
	Dirs  map[string]string // git id of each folder, by path; "" is the root
}

// NewTree makes a tree of files, which it sorts. A path that is a file and a folder at once,
// or is there twice, is an error that names it.
func NewTree(files []FileInfo) (*Tree, error) {
	slices.SortFunc(files, byPath)
	t := &Tree{Files: files, Dirs: make(map[string]string)}
	for i, f := range files {
		if i > 0 && files[i-1].Path == f.Path {
			return nil, fmt.Errorf("%q is there twice", f.Path)
		}
		for parent := range names.Parents(f.Path) {
			if _, ok := t.File(parent); ok {
				return nil, fmt.Errorf("%q would be a file and a folder at once", parent)
			}
		}
	}
	t.hash("", files)
	return t, nil
}

func byPath(a, b FileInfo) int { return cmp.Compare(a.Path, b.Path) }

// hash fills dirs for the folder prefix, "" or ending in "/", which has all of files and
// nothing else. Whole paths in byte order are git's order within each folder, since a
// folder's name compares with its slash.
func (t *Tree) hash(prefix string, files []FileInfo) string {
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
	oid := g.OID()
	t.Dirs[strings.TrimSuffix(prefix, "/")] = oid
	return oid
}

// OID is the git id of the root folder.
func (t *Tree) OID() string { return t.Dirs[""] }

// File returns the file at path.
func (t *Tree) File(path string) (FileInfo, bool) {
	i, ok := slices.BinarySearchFunc(t.Files, FileInfo{Path: path}, byPath)
	if !ok {
		return FileInfo{}, false
	}
	return t.Files[i], true
}

// A Node is a file or a folder of a listing.
type Node struct {
	FileInfo
	Dir bool // then only Path and OID are set
}

// Node returns the file or folder at path.
func (t *Tree) Node(path string) (Node, bool) {
	if f, ok := t.File(path); ok {
		return Node{FileInfo: f}, true
	}
	if oid, ok := t.Dirs[path]; ok && path != "" {
		return Node{FileInfo{Path: path, OID: oid}, true}, true
	}
	return Node{}, false
}

// List returns what is in the folder dir, "" for the root, in the order of paths: directly
// below it, or at any depth. The second result is false where there is no such folder.
func (t *Tree) List(dir string, recursive bool) ([]Node, bool) {
	if _, ok := t.Dirs[dir]; !ok {
		return nil, false
	}
	var nodes []Node
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
	for _, f := range t.Files {
		if within(f.Path) {
			nodes = append(nodes, Node{FileInfo: f})
		}
	}
	for path, oid := range t.Dirs {
		if within(path) {
			nodes = append(nodes, Node{FileInfo{Path: path, OID: oid}, true})
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int { return byPath(a.FileInfo, b.FileInfo) })
	return nodes, true
}

// Encode is how a depot keeps t; DecodeTree reads it back.
func (t *Tree) Encode() ([]byte, error) { return json.Marshal(t.Files) }

// DecodeTree fails where data is not the tree that has the id oid.
func DecodeTree(oid string, data []byte) (*Tree, error) {
	var files []FileInfo
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := names.CheckPath(f.Path); err != nil {
			return nil, err
		}
		if !names.IsSHA1(f.OID) {
			return nil, fmt.Errorf("%q has id %q", f.Path, f.OID)
		}
	}
	t, err := NewTree(files)
	if err != nil {
		return nil, err
	}
	if t.OID() != oid {
		return nil, fmt.Errorf("the files make tree %s", t.OID())
	}
	return t, nil
}

// A Draft is a tree being changed.
type Draft map[string]FileInfo

// Draft is a copy of t to be changed.
func (t *Tree) Draft() Draft {
	d := make(Draft, len(t.Files))
	for _, f := range t.Files {
		d[f.Path] = f
	}
	return d
}

// DeleteFolder removes all files below dir and tells whether there was one.
func (d Draft) DeleteFolder(dir string) bool {
	before := len(d)
	maps.DeleteFunc(d, func(path string, _ FileInfo) bool { return strings.HasPrefix(path, dir+"/") })
	return len(d) < before
}

// Tree is the tree that d has become.
func (d Draft) Tree() (*Tree, error) { return NewTree(slices.Collect(maps.Values(d))) }

// Size is the sum of all files, in bytes.
func (t *Tree) Size() int64 {
	var sum int64
	for _, f := range t.Files {
		sum += f.Size
	}
	return sum
}

// BothPaths are the paths of two drafts, sorted.
func BothPaths(a, b Draft) []string {
	var paths []string
	for path := range a {
		paths = append(paths, path)
	}
	for path := range b {
		if _, twice := a[path]; !twice {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
