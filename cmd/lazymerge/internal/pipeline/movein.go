package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A merge into a folder ends with moving its files up, out of the folder in which it worked. Before the first of them
// moves, all are on the disk, and so is a journal that lists them. A run that was stopped in between, by a kill or a loss
// of power, has left each file in one of the two places; the next run into that folder reads the journal and moves the rest,
// or, where it makes something else, takes away what the journal lists. It touches nothing that is not what the journal says.

// A journal lists the files that are being moved into a folder.
type journal struct {
	Format int         `json:"format"`
	Result string      `json:"result"` // sha256 of all that has decided the files
	Files  []lock.File `json:"files"`  // in the order in which they move

	name string // of the work folder
}

const (
	journalFormat = 1
	journalSuffix = ".json" // after the name of the work folder, beside it
	maxJournal    = 16_000_000
)

// journalName is what the journal of a work folder is called.
var journalName = regexp.MustCompile(`^` + regexp.QuoteMeta(workPrefix) + `[0-9a-f]{12}` + regexp.QuoteMeta(journalSuffix) + `$`)

// parseJournal reads a journal. Its files have different names, each of which leads to a place below the folder.
func parseJournal(text []byte) (*journal, error) {
	var j journal
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range j.Files {
		local := fs.ValidPath(f.Path) && f.Path != "." && filepath.IsLocal(filepath.FromSlash(f.Path)) && !strings.HasPrefix(f.Path, workPrefix)
		if !local || seen[f.Path] || f.Size < 0 || !lock.IsHash(f.SHA256) {
			return nil, fmt.Errorf("%q cannot be one of its files", f.Path)
		}
		seen[f.Path] = true
	}
	if j.Format != journalFormat || !lock.IsHash(j.Result) || len(j.Files) == 0 {
		return nil, errors.New("it is no journal of this version")
	}
	return &j, nil
}

// readJournals finds the journals in dir. What only looks like one is somebody else's file.
func readJournals(dir string) ([]*journal, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []*journal
	for _, e := range entries {
		if !journalName.MatchString(e.Name()) {
			continue
		}
		var j *journal
		text, err := file.Read(context.Background(), filepath.Join(dir, e.Name()), maxJournal, nil)
		if err == nil {
			j, err = parseJournal(text)
		}
		if err != nil {
			return nil, notEmpty(dir, e.Name())
		}
		j.name = strings.TrimSuffix(e.Name(), journalSuffix)
		all = append(all, j)
	}
	return all, nil
}

func notEmpty(dir, name string) error {
	return fault.Folderf("name a new folder, so that nothing of yours is overwritten", "%s is not empty: it holds %s", dir, name)
}

// checkEmpty refuses a folder that has anything but what stopped merges left: what they work in, and files that a journal lists, as
// far as names and sizes tell.
func checkEmpty(dir string) error {
	journals, err := readJournals(dir)
	if err != nil {
		return err
	}
	sizes, folders := map[string]int64{}, map[string]bool{}
	for _, j := range journals {
		for _, f := range j.Files {
			sizes[f.Path] = f.Size
			for above := path.Dir(f.Path); above != "."; above = path.Dir(above) {
				folders[above] = true
			}
		}
	}
	root, err := filepath.EvalSymlinks(dir) // WalkDir does not follow a link at its root
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if strings.HasPrefix(name, workPrefix) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() && folders[name] {
			return nil
		}
		size, listed := sizes[name]
		if info, err := e.Info(); err != nil || !listed || !info.Mode().IsRegular() || info.Size() != size {
			return notEmpty(dir, name)
		}
		return nil
	})
}

// identify is a sha256 of all that decides the files of m's result: two merges with the same one give the same files. readme
// is the card as it is before the merge.
func (m *Merge) identify(readme []byte) (string, error) {
	files, err := m.OwnFiles(readme)
	if err != nil {
		return "", err
	}
	var own []lock.File
	for _, f := range files {
		own = append(own, lock.FileOf(f.Path, f.Data))
	}
	text, err := json.Marshal(struct {
		Tool, Plan string
		Options    lock.Options
		Card       lock.Card
		Own        []lock.File
	}{m.setup.Version, m.Plan.Hash, m.lockOptions(), m.lockCard(), own})
	return lock.Sum(text), err
}

// journal lists the files of m's result in the order in which they move: shards, small files, the index and config.json,
// without which no reader takes the folder for a model.
func (m *Merge) journal(work, result string, small []source.SmallFile, sums []string) *journal {
	j := &journal{Format: journalFormat, Result: result, name: work}
	for i, s := range m.Plan.Shards {
		j.Files = append(j.Files, lock.File{Path: s.Name, Size: s.Size, SHA256: sums[i]})
	}
	last := []string{plan.Index, "config.json"}
	for _, f := range slices.SortedStableFunc(slices.Values(small), func(a, b source.SmallFile) int {
		return slices.Index(last, a.Path) - slices.Index(last, b.Path)
	}) {
		j.Files = append(j.Files, lock.FileOf(f.Path, f.Data))
	}
	return j
}

// A mover moves the files of a journal into dir.
type mover struct {
	dir string
	*journal
	step func(what string) error // before each change of the disk that counts; nil does nothing
}

func (m *Merge) mover(dir string, j *journal) *mover { return &mover{dir, j, m.setup.step} }

func (v *mover) next(what string) error {
	if v.step == nil {
		return nil
	}
	return v.step(what)
}

func (v *mover) journalPath() string { return filepath.Join(v.dir, v.name+journalSuffix) }

func (v *mover) inWork(name string) string {
	return filepath.Join(v.dir, v.name, filepath.FromSlash(name))
}

func (v *mover) inPlace(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

// moveIn moves all files in, which are on the disk. Where it fails nothing of them is in dir, or the journal is, for
// the next run.
func (v *mover) moveIn() error {
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
	if err := file.Write(context.Background(), v.journalPath(), text, nil); err != nil {
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
func (v *mover) move() (moved []string, err error) {
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
func (v *mover) moveBack(moved []string) error {
	for _, name := range slices.Backward(moved) {
		if err := file.Move(v.inPlace(name), v.inWork(name)); err != nil {
			return err
		}
		v.removeFolders(name)
	}
	return nil
}

// removeFolders removes the folders that a file of the result was in, where nothing else is.
func (v *mover) removeFolders(name string) {
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		_ = os.Remove(v.inPlace(above))
	}
}

// finish removes the work folder, and then the journal.
func (v *mover) finish() error {
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
func (v *mover) syncFolders(place func(name string) string) error {
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
func (v *mover) remove() error {
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

// A state is how far the files of a journal have come.
type state struct {
	moved   int // that are in their places
	missing int // that are in neither place, or are not whole in the work folder
}

// look compares the files with the journal. A file that is in the place of one and is another one is somebody's, and
// refused.
func (v *mover) look(ctx context.Context) (state, error) {
	var s state
	for _, f := range v.Files {
		same, err := isFile(ctx, v.inPlace(f.Path), f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if same, err := isFile(ctx, v.inWork(f.Path), f); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return s, err
			} else if !same {
				s.missing++
			}
		case err != nil:
			return s, err
		case !same:
			return s, notEmpty(v.dir, f.Path)
		default:
			s.moved++
		}
	}
	return s, nil
}

// isFile tells whether there is a regular file at path that is want. The error is fs.ErrNotExist where there is nothing.
func isFile(ctx context.Context, path string, want lock.File) (bool, error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != want.Size {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, min(want.Size, 1<<20)+1)
	for ctx.Err() == nil {
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		switch {
		case err == io.EOF:
			return hex.EncodeToString(sum.Sum(nil)) == want.SHA256, nil
		case err != nil:
			return false, err
		}
	}
	return false, context.Cause(ctx)
}

// takeUp finishes the result that a stopped merge was moving into dir, and tells so, or takes away what it has left. What else is
// in dir it refuses.
func (m *Merge) takeUp(ctx context.Context, dir, result string) (done bool, err error) {
	if err := checkEmpty(dir); err != nil {
		return false, err
	}
	journals, err := readJournals(dir)
	if err != nil {
		return false, err
	}
	movers := make([]*mover, len(journals))
	states := make([]state, len(journals))
	for i, j := range journals {
		movers[i] = m.mover(dir, j)
		var size int64
		for _, f := range j.Files {
			size += f.Size
		}
		m.setup.UI.Line("folder", "a merge was stopped while it moved its files into %s; looking at %s of them", dir, say.Bytes(size))
		if states[i], err = movers[i].look(ctx); err != nil {
			return false, err
		}
	}
	for i, v := range movers {
		switch s := states[i]; {
		case v.Result == result && s.missing == 0:
			if _, err := v.move(); err != nil {
				return false, err
			}
			if err := v.finish(); err != nil {
				return false, err
			}
			m.setup.UI.Line("folder", "%s, %d of them were in their places already", say.N(len(v.Files), "file"), s.moved)
			return true, nil
		case s.moved == len(v.Files): // it only was not told: the model of somebody
			if err := v.finish(); err != nil {
				return false, err
			}
			return false, notEmpty(dir, v.Files[0].Path)
		}
		if err := v.remove(); err != nil {
			return false, err
		}
		m.setup.UI.Line("cleared", "%s that a merge which was stopped had left in %s", say.N(len(v.Files), "file"), dir)
	}
	return false, nil
}
