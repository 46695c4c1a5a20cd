package local

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
)

// A mover moves the files of a journal into dir, or takes them away. It changes the disk, and nothing that it holds.
type mover struct {
	dir string
	*journal
	step func(what string) error // before each change of the disk that counts; nil does nothing
}

func (v mover) next(what string) error {
	if v.step == nil {
		return nil
	}
	return v.step(what)
}

func (v mover) journalPath() string { return filepath.Join(v.dir, v.name+journalSuffix) }

func (v mover) inWork(name string) string {
	return filepath.Join(v.dir, v.name, filepath.FromSlash(name))
}

func (v mover) inPlace(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

// moveIn moves all files in, which are on the disk. Where it fails nothing of them is in dir, or the journal is, for
// the next run. Once the journal is there ctx stops nothing any more.
func (v mover) moveIn(ctx context.Context) error {
	if err := v.syncFolders(v.inWork); err != nil {
		return err
	}
	text, err := json.Marshal(v.journal)
	if err != nil {
		return err
	}
	if err := v.next("journal"); err != nil {
		return err
	}
	if err := file.Write(ctx, v.journalPath(), text, nil); err != nil {
		return err
	}
	moved, err := v.move()
	if err == nil {
		return v.finish()
	}
	if back := v.moveBack(moved); back != nil {
		return errors.Join(err, back)
	}
	return errors.Join(err, os.Remove(v.journalPath()))
}

// move moves what has not moved yet, and lists it.
func (v mover) move() (moved []string, err error) {
	for i, f := range v.Files {
		if _, err := os.Lstat(v.inWork(f.Path)); errors.Is(err, fs.ErrNotExist) {
			continue // it has moved in an earlier run
		}
		if i == len(v.Files)-1 { // it makes a model of the rest, also after a loss of power
			if err := v.syncFolders(v.inPlace); err != nil {
				return moved, err
			}
		}
		if err := v.next(f.Path); err != nil {
			return moved, err
		}
		to := v.inPlace(f.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return moved, err
		}
		err := file.Move(v.inWork(f.Path), to)
		if errors.Is(err, fs.ErrExist) {
			return moved, notEmpty(v.dir, f.Path)
		}
		if err != nil {
			return moved, err
		}
		moved = append(moved, f.Path)
	}
	return moved, v.syncFolders(v.inPlace)
}

// moveBack puts files where move has them from, the last first.
func (v mover) moveBack(moved []string) error {
	for _, name := range slices.Backward(moved) {
		if err := file.Move(v.inPlace(name), v.inWork(name)); err != nil {
			return err
		}
		v.removeFolders(name)
	}
	return nil
}

// removeFolders removes the folders that a file of the result was in, where nothing else is.
func (v mover) removeFolders(name string) {
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		_ = os.Remove(v.inPlace(above))
	}
}

// finish removes the work folder, and then the journal.
func (v mover) finish() error {
	if err := v.next("work folder"); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(v.dir, v.name)); err != nil {
		return err
	}
	if err := v.next("end"); err != nil {
		return err
	}
	if err := os.Remove(v.journalPath()); err != nil {
		return err
	}
	return file.SyncDir(v.dir)
}

// syncFolders returns when the names of the files are on the disk at their places, as far as those are there.
func (v mover) syncFolders(place func(name string) string) error {
	folders := map[string]bool{}
	for _, f := range v.Files {
		for above := path.Dir(f.Path); above != "."; above = path.Dir(above) {
			folders[place(above)] = true
		}
	}
	folders[filepath.Dir(place("x"))] = true
	for dir := range folders {
		if err := file.SyncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// remove takes away what the journal lists, in the work folder and in dir, the last file first. All of it was looked at.
func (v mover) remove() error {
	for _, f := range slices.Backward(v.Files) {
		if err := v.next("remove " + f.Path); err != nil {
			return err
		}
		if err := os.Remove(v.inPlace(f.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		v.removeFolders(f.Path)
	}
	if err := file.SyncDir(v.dir); err != nil {
		return err
	}
	return v.finish()
}
