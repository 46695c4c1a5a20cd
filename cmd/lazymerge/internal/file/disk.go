package file

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// Sync returns when the content of the file at path is on the disk.
func Sync(path string) error {
	how := os.O_RDONLY
	if runtime.GOOS == "windows" { // which flushes only what may be written to
		how = os.O_RDWR
	}
	f, err := os.OpenFile(path, how, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncDir returns when the names of the files in dir are on the disk, where the system can say so: Windows cannot, nor
// can some file systems of a network, and a folder may be written to without the right to open it.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	err := Sync(dir)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

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
