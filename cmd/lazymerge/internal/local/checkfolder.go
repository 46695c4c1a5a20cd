package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
)

// CheckFolder tells whether a merge may be written into dir, which need not exist: it must be
// writable, and empty except for what a stopped merge left.
func CheckFolder(ctx context.Context, dir string) error {
	_, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = checkLinks(dir)
	case err != nil:
		err = cannotWrite(dir, err)
	default:
		err = checkEmpty(ctx, dir)
	}
	if err != nil {
		return err
	}
	return checkWritable(existing(dir))
}

// checkLinks refuses a folder that is, or is below, a dangling link.
func checkLinks(dir string) error {
	for _, d := range missingFolders(dir) {
		if _, err := os.Lstat(d); err == nil {
			return fault.Folderf("create its target, or use another folder", "cannot write to %s: %s is a dangling link", dir, d)
		}
	}
	return nil
}

// checkEmpty refuses a folder that holds anything but what stopped merges left: their work folders, and files that a journal lists,
// judging by name and size.
func checkEmpty(ctx context.Context, dir string) error {
	journals, err := readJournals(ctx, dir)
	if err != nil {
		return err
	}
	sizes, folders := map[string]int64{}, map[string]bool{}
	for _, j := range journals {
		for _, f := range j.Files {
			sizes[f.Path] = f.Size
			for above := path.Dir(f.Path); above != "."; above = path.Dir(above) {
				folders[above] = true
			}
		}
	}
	root, err := filepath.EvalSymlinks(dir) // WalkDir does not follow a link at its root
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if strings.HasPrefix(name, workPrefix) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() && folders[name] {
			return nil
		}
		size, listed := sizes[name]
		if info, err := e.Info(); err != nil || !listed || !info.Mode().IsRegular() || info.Size() != size {
			return notEmpty(dir, name)
		}
		return nil
	})
}

func notEmpty(dir, name string) error {
	return fault.Folderf("use a new folder, so nothing of yours is overwritten", "%s is not empty: it holds %s", dir, name)
}

func cannotWrite(dir string, err error) error {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the path is named already
	}
	return fault.Folderf("use a folder you can write to", "cannot write to %s: %w", dir, err)
}

func checkWritable(dir string) error {
	probe, err := os.MkdirTemp(dir, workPrefix)
	if err != nil {
		return cannotWrite(dir, err)
	}
	if err := os.Remove(probe); err != nil {
		return fault.Of(fault.Folder, err)
	}
	return nil
}

// missingFolders lists dir and those of its parents that do not exist, dir first.
func missingFolders(dir string) []string {
	var out []string
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return out
		}
		out = append(out, dir)
		dir = filepath.Dir(dir)
	}
}

// removeEmpty removes those of the folders that are empty.
func removeEmpty(folders []string) {
	for _, dir := range folders {
		_ = os.Remove(dir) // fails if anything is in it
	}
}

// existing is dir, or the nearest folder above it that exists.
func existing(dir string) string {
	if missing := missingFolders(dir); missing != nil {
		return filepath.Dir(missing[len(missing)-1])
	}
	return dir
}

// Absolute is dir as an absolute path, or unchanged if the system cannot tell.
func Absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
