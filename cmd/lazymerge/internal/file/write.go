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

// Write puts data at path. A regular or new file gets all of it or stays as it was, even if power fails: data goes into a file
// beside it, which replaces it with the same permissions. A link stays, and its target is written. Anything else, such as a
// device or pipe, is written in place, and so is the file behind standard output or standard error.
//
// The error is an *[Error], or that of ctx if it ends before anyone reads from a pipe.
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

// Check tells whether Write could write to path, as far as that can be known in advance. The error is an *[Error].
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

// A place is where a path leads in the end.
type place struct {
	path   string
	info   fs.FileInfo // nil if nothing is there
	asItIs bool        // write to it in place
}

const maxLinks = 40 // that a path may lead through, as in Linux

// descriptor is an open file of a process, which may be a regular file with other writers.
var descriptor = regexp.MustCompile(`^(/dev/fd|/proc/[^/]+/fd)/[0-9]+$`)

// find follows the links of path, the last of which may dangle.
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

// standard is this process's standard output or standard error if info is the file behind it. To open that again would
// overwrite it.
func standard(info fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(own, info) {
			return f
		}
	}
	return nil
}

// fill writes data in place. A reader that leaves early has had enough.
func (p place) fill(data []byte) error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	if f := standard(info); f != nil {
		_, err = f.Write(data)
	} else {
		err = write(p.path, os.O_WRONLY|os.O_APPEND, data)
	}
	if ReaderLeft(err) {
		return nil
	}
	return err
}

func write(path string, flag int, data []byte) error {
	f, err := os.OpenFile(path, flag, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// replace puts a new file with data in its place.
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

// beside makes a new file in the folder of p, with the permissions of any new file there. A file that may not be
// written to may not be replaced either.
func (p place) beside() (*os.File, error) {
	if p.info != nil {
		if err := write(p.path, os.O_WRONLY, nil); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(filepath.Join(filepath.Dir(p.path), ".lazymerge-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// Append adds data to the file at path, and creates it if needed.
func Append(path string, data []byte) error {
	return write(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, data)
}
