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

	"github.com/lazymerge/lazymerge/hub/inside"
)

// Folder is a model in a local folder.
type Folder struct {
	dir    string // as it was given
	root   string // absolute and without links
	places []inside.Place
	names  []string
	linked []string // links to folders, sorted
}

// OpenFolder lists the files of dir that a model may consist of: those in it and in the folders in it, without
// dot-files and links that lead nowhere. dir may be a link. Its files may be links inside of it; those of a snapshot in the HF cache,
// to the blobs of the cache; and weight files, to anywhere.
func OpenFolder(dir string) (*Folder, error) {
	root, err := filepath.Abs(dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root) // WalkDir does not follow a link at its root
	}
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, root: root, places: inside.Folder(root)}
	if _, ok := f.snapshot(); ok {
		repo, commit := filepath.Split(root)
		f.places = append(f.places, inside.Snapshot(filepath.Dir(filepath.Clean(repo)), commit)...)
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
		switch info, err := os.Stat(p); {
		case err != nil: // a dangling link is not there, as far as a model goes
		case info.Mode().IsRegular():
			f.names = append(f.names, filepath.ToSlash(rel))
		case info.IsDir():
			f.linked = append(f.linked, filepath.ToSlash(rel))
		}
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

// Open opens one file. The error is a *[FileError] for a link out of the folder, which only a weight file may be. The
// descriptor is closed when ctx ends.
func (f *Folder) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	if _, ok := slices.BinarySearch(f.names, name); !ok {
		return nil, 0, fs.ErrNotExist
	}
	file, err := f.open(name)
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

func (f *Folder) open(name string) (*os.File, error) {
	path := filepath.Join(f.root, filepath.FromSlash(name))
	if inside.Weights(name) {
		return os.Open(path)
	}
	file, err := inside.Open(path, f.places...)
	if errors.Is(err, inside.ErrOutside) {
		return nil, &FileError{name, err}
	}
	return file, err
}

// Check reads the small files that a merge may take over or go by. The error holds a *[FileError] for each that is something else than
// its name says, such as a link out of the folder or what a clone without git-lfs has in the place of a file.
func (f *Folder) Check(ctx context.Context) error {
	modules, err := readSmall(ctx, f, modulesFile, maxConfig)
	if _, ok := errors.AsType[*FileError](err); err != nil && !ok && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folders := moduleFolders(modules)
	var broken []error
	for _, name := range f.linked {
		if inFolders(name+"/", folders) || isCarried(name+"/x") {
			broken = append(broken, &FileError{name, ErrFolderLink})
		}
	}
	for _, name := range f.names {
		if inside.Weights(name) || name != readmeFile && !isSmall(name, folders) {
			continue
		}
		_, err := readSmall(ctx, f, name, maxSmallFile)
		if _, ok := errors.AsType[*FileError](err); err != nil && !ok {
			return err
		}
		broken = append(broken, err)
	}
	return errors.Join(broken...)
}
