package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge"
)

// workPrefix is what the folder in which a merge works begins with.
const workPrefix = ".lazymerge-"

// CheckFolder tells whether a merge may be written into dir, which need not exist: it must be
// writable, and empty but for what a stopped merge left.
func CheckFolder(dir string) error {
	_, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := checkLinks(dir); err != nil {
			return err
		}
		return checkWritable(existingParent(dir))
	case err != nil:
		return cannotWrite(dir, err)
	}
	if err := checkEmpty(dir); err != nil {
		return err
	}
	return checkWritable(dir)
}

// checkLinks refuses a folder that does not exist where a link of that name, or of one above it, leads to nothing.
func checkLinks(dir string) error {
	for _, d := range missingFolders(dir) {
		if _, err := os.Lstat(d); err == nil {
			return fault.Folderf("make what it leads to, or name another folder", "cannot write into %s: %s is a link to something that is not there", dir, d)
		}
	}
	return nil
}

// missingFolders lists dir and the parents of it that do not exist, dir first.
func missingFolders(dir string) []string {
	var out []string
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return out
		}
		out = append(out, dir)
		dir = filepath.Dir(dir)
	}
}

func existingParent(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); err == nil || parent == dir {
			return parent
		}
		dir = parent
	}
}

func cannotWrite(dir string, err error) error {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the path is told already
	}
	return fault.Folderf("name a folder that you may write to", "cannot write into %s: %w", dir, err)
}

func checkWritable(dir string) error {
	probe, err := os.MkdirTemp(dir, workPrefix)
	if err != nil {
		return cannotWrite(dir, err)
	}
	if err := os.Remove(probe); err != nil {
		return fault.Of(fault.Folder, err)
	}
	return nil
}

// ToFolder writes the result into dir, which CheckFolder has passed. It works in a folder of its own inside dir and moves the
// files up at the end, config.json last, so that dir does not look like a model before it is one. Where an earlier run was stopped
// in that, it goes on from there.
func (m *Merge) ToFolder(ctx context.Context, dir string) error {
	readme, err := m.Card(filepath.Base(absolute(dir)), "") // before the merge, so that a bad template costs nothing
	if err == nil {
		_, err = m.beside(ctx, readme, true)
	}
	if err != nil {
		return m.refused([]error{err})
	}
	result, err := m.identify(readme)
	if err != nil {
		return err
	}
	m.summary(true)
	made := missingFolders(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return cannotWrite(dir, err)
	}
	lock := flock.New(filepath.Join(dir, workPrefix+"lock"))
	if held, err := lock.TryLock(); err != nil {
		return fault.Of(fault.Folder, err)
	} else if !held {
		return fault.Folderf("name another folder, or wait until that one is done", "another merge is being written into %s", dir)
	}
	name := workPrefix + m.Plan.Hash[:12]
	work := filepath.Join(dir, name)
	defer func() {
		if _, err := os.Lstat(work + journalSuffix); err != nil { // else the next run goes on with it
			_ = os.RemoveAll(work) // what it holds is of no use
		}
		_ = lock.Unlock()
		_ = os.Remove(lock.Path())
		for _, d := range made {
			_ = os.Remove(d) // only if nothing is in it
		}
	}()
	if done, err := m.takeUp(ctx, dir, result); err != nil || done {
		return err
	}
	if err := clearWork(dir); err != nil {
		return fault.Of(fault.Folder, err)
	}
	if err := os.Mkdir(work, 0o777); err != nil {
		return fault.Of(fault.Folder, err)
	}
	if err := m.needFolder(dir); err != nil {
		return err
	}
	var syncs errgroup.Group
	report, err := m.run(ctx, folderSink{work, &syncs})
	if err = errors.Join(err, syncs.Wait()); err != nil {
		return err
	}
	start := time.Now()
	if err := m.check(report); err != nil {
		return err
	}
	readme, err = m.Card(filepath.Base(absolute(dir)), "") // again, with what the merge showed
	if err != nil {
		return err
	}
	small, err := m.smallFiles(ctx, readme, report.Sums())
	if err != nil {
		return err
	}
	for _, f := range small {
		path := filepath.Join(work, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return noRoom(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			return noRoom(err)
		}
		if err := file.Sync(path); err != nil {
			return noRoom(err)
		}
	}
	if err := CheckFolder(dir); err != nil { // somebody may have put something there meanwhile
		return err
	}
	if err := m.mover(dir, m.journal(name, result, small, report.Sums())).moveIn(); err != nil {
		return noRoom(err)
	}
	for _, d := range made {
		if err := file.SyncDir(filepath.Dir(d)); err != nil {
			return err
		}
	}
	m.setup.UI.Line("folder", "%s, %s", say.N(len(m.Plan.Shards)+len(small), "file"), say.Duration(time.Since(start)))
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

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// folderSink writes shards into a folder. While the next one is made, syncs brings each to the disk.
type folderSink struct {
	dir   string
	syncs *errgroup.Group
}

func (s folderSink) Create(_ context.Context, name string, _ int64) (merge.ShardWriter, error) {
	path := filepath.Join(s.dir, name)
	return createShard(path, func([sha256.Size]byte) error {
		s.syncs.Go(func() error { return noRoom(file.Sync(path)) })
		return nil
	})
}
