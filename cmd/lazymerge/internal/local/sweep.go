package local

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/gofrs/flock"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// spoolName is what os.MkdirTemp makes of spoolPrefix.
var spoolName = regexp.MustCompile(`^` + spoolPrefix + `[0-9]+$`)

// sweep removes the folders in dir that runs of this user left which are dead, and tells so with line. What it cannot tell
// or remove stays.
func sweep(dir string, line func(word, format string, args ...any)) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	folders, bytes := 0, int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.IsDir() || !spoolName.MatchString(e.Name()) || !isOurs(info) {
			continue
		}
		if n, ok := sweepOne(filepath.Join(dir, e.Name())); ok {
			folders++
			bytes += n
		}
	}
	if folders > 0 {
		line("cleared", "%s with %s, which a run that was killed had left in %s", say.N(folders, "folder"), say.Bytes(bytes), dir)
	}
}

// sweepOne removes a folder whose lock nobody holds, and returns how many bytes it had.
func sweepOne(dir string) (bytes int64, ok bool) {
	path := filepath.Join(dir, spoolLock)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return 0, false // not one of ours, or of a run that is just beginning
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR)) // it is not made where it has gone meanwhile
	if held, err := lock.TryLock(); err != nil || !held {
		_ = lock.Close()
		return 0, false
	}
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	_ = os.RemoveAll(dir) // before the lock is let go, so that a run which has just made it sees that it is gone
	_ = lock.Close()
	return bytes, os.RemoveAll(dir) == nil // Windows keeps an open file
}
