package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A merge into a folder ends by moving its files up out of its work folder. Before the first one moves, all are flushed to
// disk, and so is a journal that lists them. If the run is killed or loses power, each file is in one of the two places. The
// next run into that folder reads the journal and moves the rest, or, if it makes something else, removes what is listed. It
// touches nothing that differs from the journal.

// A journal lists the files being moved into a folder.
type journal struct {
	Format int         `json:"format"`
	Result string      `json:"result"` // sha256 of all that decides the files
	Files  []lock.File `json:"files"`  // in the order they move

	name string // of the work folder
}

const (
	journalFormat = 1
	journalSuffix = ".json" // after the name of the work folder, beside it
	maxJournal    = 16_000_000
)

// journalName matches the journal of a work folder.
var journalName = regexp.MustCompile(`^` + regexp.QuoteMeta(workPrefix) + `[0-9a-f]{12}` + regexp.QuoteMeta(journalSuffix) + `$`)

// newJournal lists files in the order they move: the index and config.json last, as no reader takes a folder without them for a
// model.
func newJournal(work, result string, files []lock.File) *journal {
	last := []string{plan.Index, "config.json"}
	return &journal{Format: journalFormat, Result: result, name: work, Files: slices.SortedStableFunc(slices.Values(files), func(a, b lock.File) int {
		return slices.Index(last, a.Path) - slices.Index(last, b.Path)
	})}
}

// parseJournal reads a journal. Its files have distinct names below the folder.
func parseJournal(text []byte) (*journal, error) {
	var j journal
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range j.Files {
		below := fs.ValidPath(f.Path) && f.Path != "." && filepath.IsLocal(filepath.FromSlash(f.Path)) && !strings.HasPrefix(f.Path, workPrefix)
		if !below || seen[f.Path] || f.Size < 0 || !lock.IsHash(f.SHA256) {
			return nil, fmt.Errorf("%q cannot be one of its files", f.Path)
		}
		seen[f.Path] = true
	}
	if j.Format != journalFormat || !lock.IsHash(j.Result) || len(j.Files) == 0 {
		return nil, errors.New("not a journal of this version")
	}
	return &j, nil
}

// readJournals finds the journals in dir. A lookalike is someone else's file.
func readJournals(ctx context.Context, dir string) ([]*journal, error) {
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
		text, err := file.Read(ctx, filepath.Join(dir, e.Name()), maxJournal, nil)
		if err == nil {
			j, err = parseJournal(text)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, notEmpty(dir, e.Name())
		}
		j.name = strings.TrimSuffix(e.Name(), journalSuffix)
		all = append(all, j)
	}
	return all, nil
}
