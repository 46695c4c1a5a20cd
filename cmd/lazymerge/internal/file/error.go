package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Error is a file that cannot be written.
type Error struct {
	Path   string // as a person named it
	Reason string
	Advice string
	Err    error // the cause
}

func (e *Error) Error() string { return fmt.Sprintf("cannot write %s: %s", e.Path, e.Reason) }

func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *Error) Hint() string { return e.Advice }

// explain says what err, from writing to to, means for the path that was given.
func explain(path string, to place, err error) *Error {
	dir := filepath.Dir(to.path)
	_, dirErr := os.Stat(dir)
	e := &Error{Path: path, Reason: Cause(err).Error(), Advice: "use another file", Err: err}
	switch {
	case IsFull(err):
		e.Advice = "free some space, or use another disk"
	case errors.Is(err, syscall.EISDIR):
		e.Reason, e.Advice = "it is a folder", "use a file in it"
	case errors.Is(err, fs.ErrNotExist) && dirErr != nil:
		e.Reason, e.Advice = "no such folder: "+dir, "create it, or use another folder"
	case errors.Is(err, syscall.ELOOP):
		e.Reason = "its links form a loop"
	case to.info == nil && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)):
		e.Reason = fmt.Sprintf("cannot create a file in %s: %s", dir, e.Reason)
		e.Advice = "use a folder you can write to"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Advice = "use a file you can write to"
	}
	return e
}

// Cause is err without the path and the system call that failed.
func Cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// ReaderLeft tells whether err comes from a pipe without a reader.
func ReaderLeft(err error) bool {
	const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232) // of Windows
	return errors.Is(err, syscall.EPIPE) || runtime.GOOS == "windows" && (errors.Is(err, brokenPipe) || errors.Is(err, noData))
}
