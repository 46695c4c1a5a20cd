//go:build unix

package local

import (
	"io/fs"
	"os"
	"syscall"
)

// isOurs tells whether a file belongs to the user that runs this.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid())
}
