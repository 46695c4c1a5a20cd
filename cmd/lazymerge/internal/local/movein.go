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

// A mover moves the files of a journal into dir, or removes them. It changes the disk, not itself.
type mover struct {
	dir string
	*journal
	step func(what string) error // before each change of the disk that matters; nil does nothing

	moved   int // files in place, as look found them
	missing int // files in neither place, or incomplete in the work folder
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

// moveIn moves all files in; they are flushed to disk. If it fails, none of them is in dir, or the journal is, for the next
// run. Once there is a journal, ctx stops nothing.
func (v mover) moveIn(ctx context.Context) error {
	if err := v.syncFolders(v.inWork); err != nil {
		return err
	}
	text, err := json.Marshal(v.journal)
	if err == nil {
		err = v.next("journal")
	}
	if err == nil {
		err = file.Write(ctx, v.journalPath(), text, nil)
	}
	if err != nil {
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

// move moves the remaining files, and lists them.
func (v mover) move() (moved []string, err error) {
	for i, f := range v.Files {
		if _, err := os.Lstat(v.inWork(f.Path)); errors.Is(err, fs.ErrNotExist) {
			continue // moved by an earlier run
		}
		if i == len(v.Files)-1 { // it completes the model, even if power fails
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

// moveBack undoes move, the last file first.
func (v mover) moveBack(moved []string) error {
	for _, name := range slices.Backward(moved) {
		if err := file.Move(v.inPlace(name), v.inWork(name)); err != nil {
			return err
		}
		v.removeFolders(name)
	}
	return nil
}

// removeFolders removes the folders of a file of the result if empty.
func (v mover) removeFolders(name string) {
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		_ = os.Remove(v.inPlace(above))
	}
}

// finish removes the work folder, and then the journal.
func (v mover) finish() error {
	err := v.next("work folder")
	if err == nil {
		err = os.RemoveAll(filepath.Join(v.dir, v.name))
	}
	if err == nil {
		err = v.next("end")
	}
	if err == nil {
		err = os.Remove(v.journalPath())
	}
	if err == nil {
		err = file.SyncDir(v.dir)
	}
	return err
}

// syncFolders flushes the names of the files at their places to disk, as far as these exist.
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

// remove removes what the journal lists, from the work folder and from dir, the last file first. All was checked before.
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
