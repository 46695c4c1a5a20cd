package local

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func mustWrite(t *testing.T, path string, n int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, n), 0o666); err != nil {
		t.Fatal(err)
	}
}

// treeOf lists what is below dir.
func treeOf(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); err == nil && rel != "." {
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A run clears away the folder of one that is dead, and nothing else: not that of one that lives, not what has another name, no
// lock or another owner's hand in it, and nothing that a link leads to.
func TestWorkDirClearsWhatDeadRunsLeft(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	line := func(word, format string, args ...any) { fmt.Fprintf(&out, word+"  "+format+"\n", args...) }
	alive, leave, err := WorkDir(dir, line)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(alive, "model-00001-of-00002.safetensors"), 5)
	mustWrite(t, filepath.Join(dir, "lazymerge-111", spoolLock), 0) // of a run that is dead
	mustWrite(t, filepath.Join(dir, "lazymerge-111", "model-00001-of-00002.safetensors"), 2000)
	mustWrite(t, filepath.Join(dir, "lazymerge-222", "model.safetensors"), 7) // nobody knows whose
	mustWrite(t, filepath.Join(dir, "lazymerge-notes", spoolLock), 0)
	mustWrite(t, filepath.Join(dir, "lazymerge-333"), 7)
	mustWrite(t, filepath.Join(dir, "elsewhere", spoolLock), 0)
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "lazymerge-444")); err != nil {
		t.Skip(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "lazymerge-555", spoolLock), 0o777); err != nil {
		t.Fatal(err)
	}
	before := treeOf(t, dir)

	second, leaveSecond, err := WorkDir(dir, line)
	if err != nil {
		t.Fatal(err)
	}
	leaveSecond()
	if _, err := os.Stat(second); err == nil {
		t.Errorf("%s is still there", second)
	}
	want := slices.DeleteFunc(before, func(path string) bool { return path == "lazymerge-111" || strings.HasPrefix(path, "lazymerge-111/") })
	if got := treeOf(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are now %q, want %q", got, want)
	}
	if want := "cleared  1 folder with 2.0 kB left by a killed run in " + dir + "\n"; out.String() != want {
		t.Errorf("said %q, want %q", out.String(), want)
	}
	leave()
	if _, err := os.Stat(alive); err == nil {
		t.Errorf("%s is still there", alive)
	}
}

func TestWorkDirTakesAwayWhatItMade(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep string // a file that somebody else puts there
		want []string
	}{
		{"nothing else is there", "", nil},
		{"somebody else uses it too", "a/mine", []string{"a", "a/mine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			work, leave, err := WorkDir(filepath.Join(dir, "a", "b"), func(word, _ string, _ ...any) { t.Errorf("told of %q", word) })
			if err != nil {
				t.Fatal(err)
			}
			mustWrite(t, filepath.Join(work, "model.safetensors"), 1)
			if tt.keep != "" {
				mustWrite(t, filepath.Join(dir, tt.keep), 1)
			}
			leave()
			if got := treeOf(t, dir); !slices.Equal(got, tt.want) {
				t.Errorf("left %q, want %q", got, tt.want)
			}
		})
	}
}
