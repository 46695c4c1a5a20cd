package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// complete is a mover of a merge of two shards that lies complete in a work folder of dir.
func complete(t *testing.T, dir string) *mover {
	t.Helper()
	m := &Merge{setup: &Setup{}, Plan: &plan.Plan{Shards: []plan.Shard{{Name: "model-00001-of-00002.safetensors", Size: 1}, {Name: "model-00002-of-00002.safetensors", Size: 1}}}}
	var small []source.SmallFile
	for _, name := range []string{"config.json", "tokenizer.json", plan.Index, "1_Pooling/config.json", "README.md", lock.Recipe, lock.Name} {
		small = append(small, source.SmallFile{Path: name, Data: []byte("x")})
	}
	v := m.mover(dir, m.journal(workPrefix+"0123456789ab", lock.Sum(nil), small, []string{lock.Sum([]byte("x")), lock.Sum([]byte("x"))}))
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
			before := namesIn(t, dir)
			if err := v.moveIn(); err == nil || err.Error() != dir+" is not empty: it holds "+blocked {
				t.Errorf("moveIn = %v", err)
			}
			if after := namesIn(t, dir); !slices.Equal(before, after) {
				t.Errorf("moveIn has left %v of %v", after, before)
			}
			if err := os.RemoveAll(filepath.Join(dir, strings.Split(blocked, "/")[0])); err != nil {
				t.Fatal(err)
			}
			broken := errors.New("broken")
			before = namesIn(t, dir)
			v.step = func(what string) error {
				if what == blocked {
					return broken
				}
				return nil
			}
			if err := v.moveIn(); !errors.Is(err, broken) {
				t.Errorf("moveIn = %v", err)
			}
			if after := namesIn(t, dir); !slices.Equal(before, after) {
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
	if err := v.moveIn(); err != nil {
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

func TestCheckFolder(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	err := errors.Join(
		os.Mkdir(path("empty"), 0o777),
		os.MkdirAll(path("stopped/.lazymerge-0123456789ab"), 0o777),
		os.Mkdir(path("used"), 0o777),
		os.WriteFile(path("used/notes.txt"), nil, 0o666),
		os.Mkdir(path("hidden"), 0o777),
		os.WriteFile(path("hidden/.gitignore"), nil, 0o666),
		os.WriteFile(path("file"), nil, 0o666),
		os.Symlink("used", path("link")),
		os.Mkdir(path("journal"), 0o777),
		os.WriteFile(path("journal/.lazymerge-0123456789ab.json"), []byte("{}"), 0o666),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, dir, want string // the error below dir; "" is none
	}{
		{"a folder that does not exist", "new", ""},
		{"nor the one it is in", "new/one/more", ""},
		{"an empty one", "empty", ""},
		{"what a stopped merge left", "stopped", ""},
		{"one with a file", "used", "used is not empty: it holds notes.txt"},
		{"one with a hidden file", "hidden", "hidden is not empty: it holds .gitignore"},
		{"a link to one with a file", "link", "link is not empty: it holds notes.txt"},
		{"one with a file that looks like a journal", "journal", "journal is not empty: it holds .lazymerge-0123456789ab.json"},
		{"a file", "file", "cannot write into file: not a directory"},
		{"below a file", "file/out", "cannot write into file/out: not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(dir)
			before := namesIn(t, dir)
			err := CheckFolder(filepath.FromSlash(tt.dir))
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != filepath.FromSlash(tt.want)):
				t.Errorf("CheckFolder(%s) = %v, want %q", tt.dir, err, tt.want)
			}
			if tt.want != "" && (!errors.Is(err, fault.Folder) || fault.Hint(err) == "") {
				t.Errorf("%v is no fault of a folder with a hint", err)
			}
			if after := namesIn(t, dir); !slices.Equal(before, after) {
				t.Errorf("the check has changed %v to %v", before, after)
			}
		})
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestClearWorkTakesOnlyWorkFolders(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(
		os.MkdirAll(filepath.Join(dir, ".lazymerge-aaaaaaaaaaaa", "deep"), 0o777),
		os.MkdirAll(filepath.Join(dir, ".lazymerge-bbbbbbbbbbbb"), 0o777),
		os.WriteFile(filepath.Join(dir, "keep"), nil, 0o666),
		clearWork(dir),
	)
	if got := namesIn(t, dir); err != nil || !slices.Equal(got, []string{dir, filepath.Join(dir, "keep")}) {
		t.Errorf("clearWork left %v, %v", got, err)
	}
}

func TestMissingFoldersListsWhatMkdirAllWouldMake(t *testing.T) {
	dir := t.TempDir()
	got := missingFolders(filepath.Join(dir, "a", "b", "c"))
	want := []string{filepath.Join(dir, "a", "b", "c"), filepath.Join(dir, "a", "b"), filepath.Join(dir, "a")}
	if !slices.Equal(got, want) {
		t.Errorf("missingFolders = %v, want %v", got, want)
	}
	if got := missingFolders(dir); got != nil {
		t.Errorf("missingFolders of one that is there = %v, want none", got)
	}
}
