package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// result is a merge of two shards that lies complete in a work folder of dir.
func result(t *testing.T, dir string) (m *Merge, work string, small []SmallFile) {
	t.Helper()
	m = &Merge{Plan: &plan.Plan{Shards: []plan.Shard{{Name: "model-00001-of-00002.safetensors"}, {Name: "model-00002-of-00002.safetensors"}}}}
	for _, name := range []string{"config.json", "tokenizer.json", plan.Index, "1_Pooling/config.json", "README.md", recipeFile, lockFile} {
		small = append(small, SmallFile{Path: name, Data: []byte("x")})
	}
	work = filepath.Join(dir, workPrefix+"0123456789ab")
	names := []string{m.Plan.Shards[0].Name, m.Plan.Shards[1].Name}
	for _, f := range small {
		names = append(names, f.Path)
	}
	for _, name := range names {
		path := filepath.Join(work, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("x"), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return m, work, small
}

func there(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// TestMoveInMakesNoHalfModel lets the move of one file after the other fail, by a folder that stands in its
// place. Where config.json is there, everything is; where the index is, all shards are.
func TestMoveInMakesNoHalfModel(t *testing.T) {
	all := []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "tokenizer.json", plan.Index, "1_Pooling/config.json", "README.md", recipeFile, lockFile, "config.json"}
	for _, blocked := range all {
		t.Run(blocked, func(t *testing.T) {
			dir := t.TempDir()
			m, work, small := result(t, dir)
			if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(blocked), "in the way"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := m.moveIn(work, dir, small); err == nil {
				t.Error("moveIn = nil")
			}
			if there(dir, "config.json") {
				t.Error("config.json is there, and the model is not complete")
			}
			if there(dir, plan.Index) && blocked != "config.json" {
				t.Error("the index is there, and files beside it are not")
			}
		})
	}
	dir := t.TempDir()
	m, work, small := result(t, dir)
	if err := m.moveIn(work, dir, small); err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if !there(dir, name) {
			t.Errorf("%s is not there", name)
		}
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
		{"a file", "file", "cannot write into file: not a directory"},
		{"below a file", "file/out", "cannot write into file/out: not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(dir)
			before := names(t, dir)
			err := CheckFolder(filepath.FromSlash(tt.dir))
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != filepath.FromSlash(tt.want)):
				t.Errorf("CheckFolder(%s) = %v, want %q", tt.dir, err, tt.want)
			}
			if e, ok := errors.AsType[*FolderError](err); tt.want != "" && (!ok || e.Hint() == "") {
				t.Errorf("%v is no FolderError with a hint", err)
			}
			if after := names(t, dir); !slices.Equal(before, after) {
				t.Errorf("the check has changed %v to %v", before, after)
			}
		})
	}
}

func names(t *testing.T, dir string) []string {
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
	if got := names(t, dir); err != nil || !slices.Equal(got, []string{dir, filepath.Join(dir, "keep")}) {
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
