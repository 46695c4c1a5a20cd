// Package local is what a merge does on the disk of this machine, and with its memory.
//
// A result goes into a [Folder]: [CheckFolder] tells whether one may be used, [OpenFolder] holds it. Shards that are published
// wait in the folder of [WorkDir], where [Uploads] keeps them. [NeedRoom] and [Memory] say what there is to work with.
package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
)

// workPrefix is what the names of the folder in which a merge works begin with, and those of its lock and journal beside it.
const workPrefix = ".lazymerge-"

// A Folder is held by one run that writes a result into it. The run works in a folder of its own inside it and moves the files up
// at the end, config.json last, so that the Folder does not look like a model before it is one.
type Folder struct {
	dir  string
	work string                  // name of the folder inside in which the run works
	made []string                // dir and the folders above it that were not there before, dir first
	step func(what string) error // see mover
}

// OpenFolder makes dir, which CheckFolder has passed, and holds it for a run whose plan has that hash. What leave finds there that
// is of no use it removes, with the folders that were made. For tests, step is called before each change of the disk that
// counts while files move; nil does nothing.
func OpenFolder(dir, planHash string, step func(what string) error) (f *Folder, leave func(), err error) {
	f = &Folder{dir: dir, work: workPrefix + planHash[:12], made: missingFolders(dir), step: step}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, cannotWrite(dir, err)
	}
	lock := flock.New(filepath.Join(dir, workPrefix+"lock"))
	if held, err := lock.TryLock(); err != nil {
		return nil, nil, fault.Of(fault.Folder, err)
	} else if !held {
		return nil, nil, fault.Folderf("wait for it to finish, or use another folder", "another merge is writing to %s", dir)
	}
	return f, func() {
		if _, err := os.Lstat(f.workDir() + journalSuffix); err != nil { // else the next run goes on with it
			_ = os.RemoveAll(f.workDir()) // what it holds is of no use
		}
		_ = lock.Unlock()
		_ = os.Remove(lock.Path())
		for _, d := range f.made {
			_ = os.Remove(d) // only if nothing is in it
		}
	}, nil
}

func (f *Folder) workDir() string { return filepath.Join(f.dir, f.work) }

// Begin makes the work folder, after it has removed what merges that were killed left, and returns the sink of its shards.
// [Folder.TakeUp] comes before.
func (f *Folder) Begin() (*FolderSink, error) {
	if err := clearWork(f.dir); err != nil {
		return nil, fault.Of(fault.Folder, err)
	}
	if err := os.Mkdir(f.workDir(), 0o777); err != nil {
		return nil, fault.Of(fault.Folder, err)
	}
	return &FolderSink{dir: f.workDir()}, nil
}

// Put writes a file that is no shard into the work folder, and returns when it is on the disk. The name has slashes between folders.
func (f *Folder) Put(name string, data []byte) error {
	path := filepath.Join(f.workDir(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return noRoom(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return noRoom(err)
	}
	return noRoom(file.Sync(path))
}

// MoveIn moves files, which are all that the work folder holds, into f. The result is what [Folder.TakeUp] will know them by,
// where this run is stopped in between.
func (f *Folder) MoveIn(ctx context.Context, result string, files []lock.File) error {
	if err := CheckFolder(ctx, f.dir); err != nil { // somebody may have put something there meanwhile
		return err
	}
	if err := (mover{f.dir, newJournal(f.work, result, files), f.step}).moveIn(ctx); err != nil {
		return noRoom(err)
	}
	for _, d := range f.made {
		if err := file.SyncDir(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

// clearWork removes what merges that were killed left in dir.
func clearWork(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), workPrefix) && e.IsDir() {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
