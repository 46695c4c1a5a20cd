package local

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
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
		return "", nil, fault.Folderf("name another one with --work-dir", "work folder: %w", err)
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
	return fail(fmt.Errorf("another run takes away what is made in %s", above))
}

// SpoolDir is in which folder WorkDir makes the one for shards, or the folder that exists above it.
func SpoolDir(user string) string {
	dir := Absolute(cmp.Or(user, os.TempDir()))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return existingParent(dir)
}
