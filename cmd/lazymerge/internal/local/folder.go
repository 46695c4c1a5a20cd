// Package local is what a merge does with this machine's disk and memory.
//
// A result goes into a [Folder]: [CheckFolder] tells whether one may be used, [OpenFolder] holds it. Shards wait for their upload in
// the folder of [WorkDir], where [Uploads] keeps them. [NeedRoom] and [Memory] say what there is to work with.
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

// workPrefix begins the names of a merge's work folder, and of the lock and journal beside it.
const workPrefix = ".lazymerge-"

// A Folder is held by one run that writes a result into it. The run works in a folder inside and moves the files up at the end,
// config.json last, so that the Folder does not look like a model before it is one.
type Folder struct {
	dir  string
	work string                  // name of the work folder inside
	made []string                // folders made for it, dir first
	step func(what string) error // see mover
}

// OpenFolder makes dir, which CheckFolder has passed, and holds it for a run with that plan. leave removes what is of no use, and
// the folders made for it. For tests, step is called before each change of the disk that matters while files move; nil does nothing.
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
		if _, err := os.Lstat(f.workDir() + journalSuffix); err != nil { // else the next run resumes from it
			_ = os.RemoveAll(f.workDir())
		}
		_ = lock.Unlock()
		_ = os.Remove(lock.Path())
		removeEmpty(f.made)
	}, nil
}

func (f *Folder) workDir() string { return filepath.Join(f.dir, f.work) }

// Begin makes the work folder, removes those of killed merges, and returns the sink for shards. [Folder.TakeUp] comes before.
func (f *Folder) Begin() (*FolderSink, error) {
	err := clearWork(f.dir)
	if err == nil {
		err = os.Mkdir(f.workDir(), 0o777)
	}
	if err != nil {
		return nil, fault.Of(fault.Folder, err)
	}
	return &FolderSink{dir: f.workDir()}, nil
}

// Put writes a file other than a shard into the work folder and flushes it to disk. The name has slashes between folders.
func (f *Folder) Put(name string, data []byte) error {
	path := filepath.Join(f.workDir(), filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, data, 0o666)
	}
	if err == nil {
		err = file.Sync(path)
	}
	return noRoom(err)
}

// MoveIn moves files, all that the work folder holds, into f. [Folder.TakeUp] knows them by result if this run is stopped.
func (f *Folder) MoveIn(ctx context.Context, result string, files []lock.File) error {
	if err := CheckFolder(ctx, f.dir); err != nil { // someone may have put something there by now
		return err
	}
	if err := (mover{dir: f.dir, journal: newJournal(f.work, result, files), step: f.step}).moveIn(ctx); err != nil {
		return noRoom(err)
	}
	for _, d := range f.made {
		if err := file.SyncDir(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

// clearWork removes what killed merges left in dir.
func clearWork(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil && strings.HasPrefix(e.Name(), workPrefix) && e.IsDir() {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	return err
}
