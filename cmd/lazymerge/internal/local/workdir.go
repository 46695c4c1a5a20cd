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

// A push keeps its shards in a folder of its own and holds a lock there while it lives. This tells the leftovers of a killed
// run from a folder in use.
const (
	spoolPrefix = "lazymerge-"
	spoolLock   = ".lazymerge-lock"
)

// WorkDir makes the folder in which shards wait for their upload, inside user, or the system's temporary folder for "". First it
// removes what killed runs left there, and says so with line. leave removes the folder and those above that were made for it.
func WorkDir(user string, line func(word, format string, args ...any)) (dir string, leave func(), err error) {
	above := cmp.Or(user, os.TempDir())
	made := missingFolders(above)
	fail := func(err error) (string, func(), error) {
		removeEmpty(made)
		return "", nil, fault.Folderf("choose another with --work-dir", "work folder: %w", err)
	}
	if err := os.MkdirAll(above, 0o777); err != nil {
		return fail(err)
	}
	sweep(above, line)
	for range 3 { // another run's sweep may take a folder before it has its lock
		if dir, err = os.MkdirTemp(above, spoolPrefix); err != nil {
			return fail(err)
		}
		lock := flock.New(filepath.Join(dir, spoolLock))
		held, err := lock.TryLock()
		if _, gone := os.Stat(lock.Path()); err == nil && (!held || gone != nil) {
			_ = lock.Close()
			_ = os.RemoveAll(dir)
			continue
		}
		if err != nil { // a file system without locks: without the file, no sweep takes the folder
			_ = os.Remove(lock.Path())
		}
		return dir, func() {
			_ = lock.Close()
			_ = os.RemoveAll(dir) // else the system clears its temporary files
			removeEmpty(made)
		}, nil
	}
	return fail(fmt.Errorf("another run keeps removing what is created in %s", above))
}

// SpoolDir is the folder in which WorkDir makes another, or the nearest one above that exists.
func SpoolDir(user string) string {
	return existing(Absolute(cmp.Or(user, os.TempDir())))
}

// spoolName is what os.MkdirTemp makes of spoolPrefix.
var spoolName = regexp.MustCompile(`^` + spoolPrefix + `[0-9]+$`)

// sweep removes the folders in dir that this user's killed runs left, and says so with line. It is best effort.
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

// sweepOne removes a folder whose lock nobody holds, and returns its bytes.
func sweepOne(dir string) (bytes int64, ok bool) {
	path := filepath.Join(dir, spoolLock)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return 0, false // not ours, or of a run that is just starting
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR)) // not created if it is gone by now
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
	_ = os.RemoveAll(dir) // under the lock, so that a run that just made it sees it is gone
	_ = lock.Close()
	return bytes, os.RemoveAll(dir) == nil // Windows keeps an open file
}
