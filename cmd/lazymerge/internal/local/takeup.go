package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// TakeUp finishes the result that a stopped merge was moving into f, or removes what is left of another, and says so with line. It
// refuses anything else in f. result is the sha256 of all that decides the files.
func (f *Folder) TakeUp(ctx context.Context, result string, line func(word, format string, args ...any)) (done bool, err error) {
	if err := checkEmpty(ctx, f.dir); err != nil {
		return false, err
	}
	journals, err := readJournals(ctx, f.dir)
	if err != nil {
		return false, err
	}
	movers := make([]mover, len(journals))
	for i, j := range journals {
		v := mover{dir: f.dir, journal: j, step: f.step}
		var size int64
		for _, one := range j.Files {
			size += one.Size
		}
		line("folder", "a merge was stopped while moving its files into %s; checking %s", f.dir, say.Bytes(size))
		if v.moved, v.missing, err = v.look(ctx); err != nil {
			return false, err
		}
		movers[i] = v
	}
	for _, v := range movers {
		switch {
		case v.Result == result && v.missing == 0:
			if _, err = v.move(); err == nil {
				err = v.finish()
			}
			if err != nil {
				return false, err
			}
			line("folder", "%s, %d already in place", say.N(len(v.Files), "file"), v.moved)
			return true, nil
		case v.moved == len(v.Files): // complete but for the journal: someone's model
			if err := v.finish(); err != nil {
				return false, err
			}
			return false, notEmpty(f.dir, v.Files[0].Path)
		}
		if err := v.remove(); err != nil {
			return false, err
		}
		line("cleared", "%s left by a stopped merge in %s", say.N(len(v.Files), "file"), f.dir)
	}
	return false, nil
}

// look compares the files with the journal. A different file in place is someone's, and refused.
func (v mover) look(ctx context.Context) (moved, missing int, err error) {
	for _, f := range v.Files {
		same, err := isFile(ctx, v.inPlace(f.Path), f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if same, err := isFile(ctx, v.inWork(f.Path), f); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, 0, err
			} else if !same {
				missing++
			}
		case err != nil:
			return 0, 0, err
		case !same:
			return 0, 0, notEmpty(v.dir, f.Path)
		default:
			moved++
		}
	}
	return moved, missing, nil
}

// isFile tells whether path is the regular file want. The error is fs.ErrNotExist if nothing is there.
func isFile(ctx context.Context, path string, want lock.File) (bool, error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != want.Size {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, min(want.Size, 1<<20)+1)
	for ctx.Err() == nil {
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		switch {
		case err == io.EOF:
			return hex.EncodeToString(sum.Sum(nil)) == want.SHA256, nil
		case err != nil:
			return false, err
		}
	}
	return false, context.Cause(ctx)
}
