package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Folder is a model in a local folder.
type Folder struct {
	dir   string
	names []string
}

// OpenFolder lists the files of dir that a model may consist of: up to two levels deep, without
// dot-files.
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

// Open opens one file. The descriptor is closed when ctx ends.
func (f *Folder) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	if _, ok := slices.BinarySearch(f.names, name); !ok {
		return nil, 0, fs.ErrNotExist
	}
	file, err := os.Open(filepath.Join(f.dir, filepath.FromSlash(name)))
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

// snapshot matches the path of a model in the HF cache.
var snapshot = regexp.MustCompile(`(?:^|/)models--(.+)/snapshots/([0-9a-f]{40})/?$`)

// Identify pins the folder: as a Hub repo and commit where its path is a snapshot in the HF
// cache, else by the sha256 of its names, sizes, small files and, of each weight file, the
// first MiB, which holds the header, and 64 blocks of 4 KiB spread over it.
func (f *Folder) Identify() (Identity, error) {
	if abs, err := filepath.Abs(f.dir); err == nil {
		if m := snapshot.FindStringSubmatch(filepath.ToSlash(abs)); m != nil {
			return Identity{Repo: strings.ReplaceAll(m[1], "--", "/"), Commit: m[2]}, nil
		}
	}
	sum := sha256.New()
	for _, name := range f.names {
		weights := strings.HasSuffix(name, ".safetensors")
		if !weights && name != configFile && name != indexFile && !isCarried(name) && !strings.HasSuffix(name, ".py") {
			continue // it cannot change the result
		}
		if err := f.sample(sum, name, weights); err != nil {
			return Identity{}, err
		}
	}
	return Identity{Digest: hex.EncodeToString(sum.Sum(nil))}, nil
}

func (f *Folder) sample(w io.Writer, name string, weights bool) error {
	file, err := os.Open(filepath.Join(f.dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	fmt.Fprintf(w, "%d %s %d\n", len(name), name, size)
	const head, block, blocks = 1 << 20, 4 << 10, 64
	if !weights || size <= head+block*blocks {
		_, err = io.Copy(w, file)
		return err
	}
	if _, err := io.CopyN(w, file, head); err != nil {
		return err
	}
	for i := range int64(blocks) {
		at := head + (size-head-block)*i/(blocks-1)
		if _, err := io.Copy(w, io.NewSectionReader(file, at, block)); err != nil {
			return err
		}
	}
	return nil
}
