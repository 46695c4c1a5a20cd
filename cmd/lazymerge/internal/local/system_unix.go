//go:build unix

package local

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// FreeDisk returns the bytes that may be written in the file system of dir.
func FreeDisk(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}

// isOurs tells whether a file belongs to the user that runs this.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid())
}
