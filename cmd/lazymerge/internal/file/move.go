package file

import (
	"errors"
	"io/fs"
	"os"
)

// moveToFree is Move for systems that can only replace. What comes between the look and the rename is lost.
func moveToFree(from, to string) error {
	_, err := os.Lstat(to)
	switch {
	case err == nil:
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.Rename(from, to)
}
