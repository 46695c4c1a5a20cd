package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// complete is a mover of a merge of two shards that lies complete in a work folder of dir.
func complete(t *testing.T, dir string) mover {
	t.Helper()
	var files []lock.File
	for _, name := range []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "config.json", "tokenizer.json", plan.Index, "1_Pooling/config.json", "README.md", lock.Recipe, lock.Name} {
		files = append(files, lock.FileOf(name, []byte("x")))
	}
	v := mover{dir: dir, journal: newJournal(workPrefix+"0123456789ab", lock.Sum(nil), files)}
	for _, f := range v.Files {
		path := v.inWork(f.Path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("x"), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func there(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// TestMoveInMakesNoHalfModel lets the move of one file after the other fail, by a folder that stands in its
// place, and by an error of the disk. What has moved before goes back, so that nothing is there.
func TestMoveInMakesNoHalfModel(t *testing.T) {
	all := []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "tokenizer.json", "1_Pooling/config.json", "README.md", lock.Recipe, lock.Name, plan.Index, "config.json"}
	for _, blocked := range all {
		t.Run(blocked, func(t *testing.T) {
			dir := t.TempDir()
			v := complete(t, dir)
			inTheWay := filepath.Join(dir, filepath.FromSlash(blocked), "in the way")
			if err := os.MkdirAll(inTheWay, 0o777); err != nil {
				t.Fatal(err)
			}
			before := treeOf(t, dir)
			if err := v.moveIn(t.Context()); err == nil || err.Error() != dir+" is not empty: it holds "+blocked {
				t.Errorf("moveIn = %v", err)
			}
			if after := treeOf(t, dir); !slices.Equal(before, after) {
				t.Errorf("moveIn has left %v of %v", after, before)
			}
			if err := os.RemoveAll(filepath.Join(dir, strings.Split(blocked, "/")[0])); err != nil {
				t.Fatal(err)
			}
			broken := errors.New("broken")
			before = treeOf(t, dir)
			v.step = func(what string) error {
				if what == blocked {
					return broken
				}
				return nil
			}
			if err := v.moveIn(t.Context()); !errors.Is(err, broken) {
				t.Errorf("moveIn = %v", err)
			}
			if after := treeOf(t, dir); !slices.Equal(before, after) {
				t.Errorf("moveIn has left %v of %v", after, before)
			}
		})
	}
	dir := t.TempDir()
	v := complete(t, dir)
	var order []string
	v.step = func(what string) error {
		order = append(order, what)
		return nil
	}
	if err := v.moveIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := slices.Concat([]string{"journal"}, all, []string{"work folder", "end"}); !slices.Equal(order, want) {
		t.Errorf("moveIn goes %q, want %q", order, want)
	}
	for _, name := range all {
		if !there(dir, name) {
			t.Errorf("%s is not there", name)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(all) {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

// A run that is stopped before the journal is there moves nothing, and says why it stops.
func TestMoveInStopsBeforeTheJournal(t *testing.T) {
	dir := t.TempDir()
	v := complete(t, dir)
	before := treeOf(t, dir)
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	if err := v.moveIn(ctx); !errors.Is(err, stopped) {
		t.Errorf("moveIn = %v, want %v", err, stopped)
	}
	if after := treeOf(t, dir); !slices.Equal(before, after) {
		t.Errorf("moveIn has left %v of %v", after, before)
	}
	if err := v.moveIn(t.Context()); err != nil {
		t.Error(err)
	}
}
