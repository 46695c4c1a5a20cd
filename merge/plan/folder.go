package plan

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a model in a local folder.
type Folder struct {
	dir   string
	names []string
}

// OpenFolder lists the files of dir that a model may consist of: those in it and in the folders in it, without
// dot-files and links that lead nowhere. dir may be a link, and so may the files, as in the HF cache.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	root, err := filepath.EvalSymlinks(dir) // WalkDir does not follow a link at its root
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil || rel == "." {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			if hidden || strings.Count(rel, string(filepath.Separator)) > 0 {
				return fs.SkipDir
			}
			return nil
		}
		if hidden {
			return nil
		}
		if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
			return nil // a dangling link or a device: not there, as far as a model goes
		}
		f.names = append(f.names, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(f.names)
	return f, nil
}

// Names lists the files, slash-separated and sorted.
func (f *Folder) Names() []string { return f.names }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// Open opens one file. The descriptor is closed when ctx ends.
func (f *Folder) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	if _, ok := slices.BinarySearch(f.names, name); !ok {
		return nil, 0, fs.ErrNotExist
	}
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, 0, err
	}
	context.AfterFunc(ctx, func() { file.Close() })
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}
