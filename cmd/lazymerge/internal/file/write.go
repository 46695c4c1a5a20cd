package file

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// Write puts data at path. A regular file, or one that is not there yet, has all of it or is as it was, also after a
// loss of power: data goes into a file beside it, which takes its place at the end with the permissions of the old one. A link
// stays, and what it leads to is written. Everything else, such as a device or a pipe, is written to where it is; the same goes
// for the file that standard output or standard error lead to.
//
// The error is an *[Error], or that of ctx where nobody reads from a pipe for as long as ctx lasts.
func Write(ctx context.Context, path string, data []byte, waits Waits) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	to, err := find(path)
	switch {
	case err != nil:
	case to.asItIs:
		_, err = wait(ctx, func() (struct{}, error) { return struct{}{}, to.fill(data) }, waits, false)
	default:
		err = to.replace(data)
	}
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return err
	}
	return explain(path, to, err)
}

// Check tells whether Write could write to path, as far as that can be known before. The error is an *[Error].
func Check(path string) error {
	to, err := find(path)
	if err == nil && !to.asItIs {
		err = to.probe()
	}
	if err != nil {
		return explain(path, to, err)
	}
	return nil
}

// A place is where a path leads to in the end.
type place struct {
	path   string
	info   fs.FileInfo // of what is there; nil for nothing
	asItIs bool        // it is not to be replaced
}

// maxLinks is how many links a path may lead through; Linux has the same.
const maxLinks = 40

// descriptor is an open file of a process, which may be a regular file that others write to as well.
var descriptor = regexp.MustCompile(`^(/dev/fd|/proc/[^/]+/fd)/[0-9]+$`)

// find follows the links of path, of which the last may lead to a file that is not there yet.
func find(path string) (place, error) {
	for range maxLinks {
		if descriptor.MatchString(path) {
			return place{path: path, asItIs: true}, nil
		}
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return place{path: path}, nil
		case err != nil:
			return place{path: path}, err
		case info.IsDir():
			return place{path: path}, syscall.EISDIR
		case info.Mode()&fs.ModeSymlink == 0:
			return place{path, info, !info.Mode().IsRegular() || standard(info) != nil}, nil
		}
		to, err := os.Readlink(path)
		if err == nil && !filepath.IsAbs(to) {
			var dir string
			dir, err = filepath.EvalSymlinks(filepath.Dir(path)) // or the dots of to would lead elsewhere
			to = filepath.Join(dir, to)
		}
		if err != nil {
			return place{path: path}, err
		}
		path = to
	}
	return place{path: path}, syscall.ELOOP
}

// standard is the standard output or standard error of this process, where info is the file that it leads to. To open that
// once more would write over what is there.
func standard(info fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(own, info) {
			return f
		}
	}
	return nil
}

// fill writes data to what is there. A reader that leaves early has had what it wants.
func (p place) fill(data []byte) error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	f := standard(info)
	if f == nil {
		if f, err = os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
			return err
		}
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	} else {
		_, err = f.Write(data)
	}
	if ReaderLeft(err) {
		return nil
	}
	return err
}

// replace puts a file with data in the place of what is there.
func (p place) replace(data []byte) error {
	f, err := p.beside()
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && p.info != nil {
		err = f.Chmod(p.info.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), p.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(p.path))
}

// probe tells whether replace may write.
func (p place) probe() error {
	f, err := p.beside()
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// beside makes a new file in the folder of p, with the permissions that any new file gets there. A file that is
// there and may not be written to is not to be replaced either.
func (p place) beside() (*os.File, error) {
	if p.info != nil {
		f, err := os.OpenFile(p.path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		f.Close()
	}
	return os.OpenFile(filepath.Join(filepath.Dir(p.path), ".lazymerge-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// Append adds data at the end of the file at path, which is made where it is not there.
func Append(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
