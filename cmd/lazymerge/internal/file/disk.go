package file

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// Sync flushes the file at path to disk.
func Sync(path string) error {
	how := os.O_RDONLY
	if runtime.GOOS == "windows" { // which only flushes writable files
		how = os.O_RDWR
	}
	f, err := os.OpenFile(path, how, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncDir flushes the names of the files in dir to disk. Windows and some network file systems cannot do that, and a
// writable folder may be unreadable; these are no errors.
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

// moveToFree is Move for systems that can only replace. A file made between check and rename is lost.
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
