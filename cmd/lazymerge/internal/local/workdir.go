package local

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/gofrs/flock"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// A run that pushes keeps its shards in a folder of its own and holds a lock in it for as long as it lives. So
// what a run left that was killed can be told from what another one needs.
const (
	spoolPrefix = "lazymerge-"
	spoolLock   = ".lazymerge-lock"
)

// WorkDir makes the folder in which shards wait for their upload, in the one that the user named, where "" is the system's for
// temporary files. Before that it takes away what dead runs left there, and tells so with line. What leave finds it removes, with
// the folders above that were made for it.
func WorkDir(user string, line func(word, format string, args ...any)) (dir string, leave func(), err error) {
	above := cmp.Or(user, os.TempDir())
	fail := func(err error) (string, func(), error) {
		return "", nil, fault.Folderf("choose another with --work-dir", "work folder: %w", err)
	}
	made := missingFolders(above)
	unmake := func() {
		for _, d := range made {
			_ = os.Remove(d) // only if nothing is in it
		}
	}
	if err := os.MkdirAll(above, 0o777); err != nil {
		unmake()
		return fail(err)
	}
	sweep(above, line)
	for range 3 { // a sweep of another run may take a folder that has no lock yet
		if dir, err = os.MkdirTemp(above, spoolPrefix); err != nil {
			unmake()
			return fail(err)
		}
		lock := flock.New(filepath.Join(dir, spoolLock))
		held, err := lock.TryLock()
		if _, gone := os.Stat(lock.Path()); err == nil && (!held || gone != nil) {
			_ = lock.Close()
			_ = os.RemoveAll(dir)
			continue
		}
		if err != nil { // a file system without locks: nobody will take the folder for a dead one's
			_ = os.Remove(lock.Path())
		}
		return dir, func() {
			_ = lock.Close()
			_ = os.RemoveAll(dir) // the system clears its temporary files
			unmake()
		}, nil
	}
	unmake()
	return fail(fmt.Errorf("another run keeps removing what is created in %s", above))
}

// SpoolDir is in which folder WorkDir makes the one for shards, or the folder that exists above it.
func SpoolDir(user string) string {
	dir := Absolute(cmp.Or(user, os.TempDir()))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return existingParent(dir)
}

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
		line("cleared", "%s with %s left by a killed run in %s", say.N(folders, "folder"), say.Bytes(bytes), dir)
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
