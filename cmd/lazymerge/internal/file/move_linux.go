package file

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Move renames from to to. If to exists, the error is fs.ErrExist.
func Move(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS): // a file system, or a kernel, that does not know this
		return moveToFree(from, to)
	case err != nil:
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
