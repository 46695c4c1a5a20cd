package hub

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lazymerge/lazymerge/hub/inside"
)

// maxHashed bounds what is hashed when it is opened. The Hub takes nothing above 10 MiB in plain
// git; larger files without a sha256 are told by their size alone.
const maxHashed = 16 << 20

// absent tells whether err says that a path leads to no file: because it is not there, because of a
// link that leads nowhere or in a circle, or because something else stands in its way.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// examine looks at the file at path without opening it. It is fs.ErrNotExist if there is none, and
// ErrChanged if it cannot be want. A want of size -1 may be any file.
func examine(path string, want File) error {
	if err := isFile(path); err != nil {
		return err
	}
	if target, err := os.Readlink(path); err == nil {
		blob := filepath.Base(target)
		if strings.HasSuffix(blob, ".incomplete") {
			return fmt.Errorf("%s: still being downloaded: %w", want.Path, fs.ErrNotExist)
		}
		content := filepath.Base(filepath.Dir(target)) == "blobs" && isHex(blob, 64)
		if content && want.SHA256 != "" && blob != want.SHA256 {
			return fmt.Errorf("%w: the sha256 of %s is %s in the cache and %s on the Hub", ErrChanged, want.Path, blob, want.SHA256)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return compareSize(info, want)
}

func compareSize(info fs.FileInfo, want File) error {
	if want.Size >= 0 && info.Size() != want.Size {
		return fmt.Errorf("%w: the size of %s is %d in the cache and %d on the Hub", ErrChanged, want.Path, info.Size(), want.Size)
	}
	return nil
}

// openStored opens the file at path if it is want; for the errors, see examine. One that is a link out of places is ErrChanged as
// well. A file in plain git is read once for its hash. It is closed when ctx ends.
func openStored(ctx context.Context, path string, want File, places []inside.Place) (io.ReaderAt, int64, error) {
	if err := examine(path, want); err != nil {
		return nil, 0, err
	}
	file, err := openPlaced(path, want, places)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat() // once more, for the path may lead elsewhere by now
	if err == nil {
		err = cmp.Or(compareSize(info, want), compareHash(file, info.Size(), want))
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	context.AfterFunc(ctx, func() { file.Close() })
	return &storedFile{ctx, file, want.Path, info.Size()}, info.Size(), nil
}

func openPlaced(path string, want File, places []inside.Place) (*os.File, error) {
	if inside.Weights(want.Path) {
		return os.Open(path)
	}
	file, err := inside.Open(path, places...)
	if errors.Is(err, inside.ErrOutside) {
		err = fmt.Errorf("%w: %s is %w", ErrChanged, want.Path, err)
	}
	return file, err
}

// compareHash is for files in plain git, whose git hash the Hub tells and whose sha256 it does not.
func compareHash(file io.ReaderAt, size int64, want File) error {
	if want.SHA256 != "" || !isHex(want.OID, 40) || size > maxHashed {
		return nil
	}
	sum := sha1.New()
	content := io.NewSectionReader(file, 0, size)
	if _, err := io.Copy(sum, io.MultiReader(bytes.NewReader(fmt.Appendf(nil, "blob %d\x00", size)), content)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.OID {
		return fmt.Errorf("%w: the git blob of %s is %s in the cache and %s on the Hub", ErrChanged, want.Path, got, want.OID)
	}
	return nil
}

// storedFile reads a file of the cache.
type storedFile struct {
	ctx  context.Context
	file *os.File
	name string
	size int64
}

func (f *storedFile) ReadAt(p []byte, off int64) (int, error) {
	if f.ctx.Err() != nil {
		return 0, fmt.Errorf("read %s in the cache: %w", f.name, context.Cause(f.ctx))
	}
	if off < 0 {
		return 0, fmt.Errorf("read %s in the cache: offset %d is negative", f.name, off)
	}
	if off >= f.size {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), f.size-off)]
	n, err := f.file.ReadAt(want, off)
	switch {
	case n == len(want) && n == len(p):
		return n, nil
	case n == len(want):
		return n, io.EOF
	case f.ctx.Err() != nil: // it was closed meanwhile
		err = context.Cause(f.ctx)
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("%w: it was %d bytes when it was opened and is shorter now", ErrChanged, f.size)
	}
	return n, fmt.Errorf("read %s in the cache: %w", f.name, err)
}
