// Package inside opens the files of a model that somebody else may have put together, and follows a link only where it stays
// with the model. A model that was cloned can hold a link to any path, and what is read through it may be published.
//
// Both readers of models use it, that of the HF cache and that of a folder, so it uses nothing of either.
package inside

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrOutside is a file that is a link to a place that does not belong to its model.
var ErrOutside = errors.New("a link to a place outside the folder")

// errHidden is an ErrOutside in truer words: what is hidden in a folder, such as .git/config or .env, is its owner's and not of the model.
var errHidden = hidden{}

type hidden struct{}

func (hidden) Error() string        { return "a link to a hidden file" }
func (hidden) Is(target error) bool { return target == ErrOutside }

// A Place is a folder whose files belong to a model.
type Place struct {
	Root string // absolute path of a folder that is trusted, without links in it
	Dir  string // the folder, from Root on; "." is Root. It is none if it turns out to be a link out of itself
}

// Folder is the place of a model in the folder root, whose path is absolute and has no links in it.
func Folder(root string) []Place { return []Place{{root, "."}} }

// Snapshot returns the places of a commit in the HF cache. repo is the folder models--NAMESPACE--NAME, as an absolute path without
// links in it. The files of a snapshot are links to the blobs of their repo, and those may be links to the blobs that all repos
// of the cache share.
//
// Source: huggingface_hub 2.4.0, file_download.py and utils/_shared_blobs.py.
func Snapshot(repo, commit string) []Place {
	return []Place{{repo, filepath.Join("snapshots", commit)}, {repo, "blobs"}, {filepath.Dir(repo), "blobs"}}
}

// Weights tells whether name, slash-separated, is one of a model's weight files, which may be links to anywhere: they often are,
// to a larger disk, and nothing but parsed tensors leaves them. Weights in a folder of the model are not, for they are copied.
func Weights(name string) bool {
	return strings.HasSuffix(name, ".safetensors") && !strings.Contains(name, "/")
}

// Open opens the regular file that path leads to. The error is ErrOutside if that is in none of places, or hidden there where
// path is not, and fs.ErrNotExist if there is no such file. What is opened is in the Root of a place even if links change meanwhile.
func Open(path string, places ...Place) (*os.File, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		rel, err := filepath.Rel(filepath.Join(p.Root, p.Dir), target)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if !strings.HasPrefix(filepath.Base(path), ".") && slices.ContainsFunc(strings.Split(filepath.ToSlash(rel), "/"), func(part string) bool { return part != "." && part[0] == '.' }) {
			return nil, errHidden
		}
		return p.open(filepath.Join(p.Dir, rel))
	}
	return nil, ErrOutside
}

// open opens a file below Root. Anything but a regular file might keep it waiting for ever.
func (p Place) open(rel string) (*os.File, error) {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(rel)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: rel, Err: fs.ErrNotExist}
	}
	return root.Open(rel)
}
