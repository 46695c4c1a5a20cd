package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
)

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
		{"a file", "file", "cannot write to file: not a directory"},
		{"below a file", "file/out", "cannot write to file/out: not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(dir)
			before := treeOf(t, dir)
			err := CheckFolder(t.Context(), filepath.FromSlash(tt.dir))
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != filepath.FromSlash(tt.want)):
				t.Errorf("CheckFolder(%s) = %v, want %q", tt.dir, err, tt.want)
			}
			if tt.want != "" && (!errors.Is(err, fault.Folder) || fault.Hint(err) == "") {
				t.Errorf("%v is no fault of a folder with a hint", err)
			}
			if after := treeOf(t, dir); !slices.Equal(before, after) {
				t.Errorf("the check has changed %v to %v", before, after)
			}
		})
	}
}

// A journal that is not read to its end is not taken for somebody's file.
func TestStoppedCheckBlamesNoJournal(t *testing.T) {
	dir := t.TempDir()
	stopped := errors.New("stopped")
	if err := os.WriteFile(filepath.Join(dir, workPrefix+"0123456789ab"+journalSuffix), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	if err := CheckFolder(ctx, dir); !errors.Is(err, stopped) {
		t.Errorf("CheckFolder = %v, want %v", err, stopped)
	}
}
