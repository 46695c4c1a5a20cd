package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// only fails where dir has more than names, which a write may have left.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if slices.Sort(names); err != nil || !slices.Equal(got, names) {
		t.Errorf("the folder has %q, %v; want %q", got, err, names)
	}
}

func TestWriteReplacesAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.json")
	plain := filepath.Join(dir, "plain")
	mustWrite(t, plain, "")
	usual, err := os.Stat(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), path, []byte("new"), nil); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode() != usual.Mode() {
		t.Errorf("a new file has the mode %v, and others have %v", info.Mode(), usual.Mode())
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.Open(path) // whoever reads the old one goes on with it
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	before, _ := old.Stat()
	if err := Write(t.Context(), path, []byte("newer"), nil); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || after.Mode() != before.Mode() || os.SameFile(before, after) {
		t.Errorf("the file has the mode %v, %v, and is the same: %v; want %v and another one", after.Mode(), err, os.SameFile(before, after), before.Mode())
	}
	if got := content(t, path); got != "newer" {
		t.Errorf("the file has %q", got)
	}
	only(t, dir, "plain", "plan.json")
}

func TestWriteThroughLinks(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	err := errors.Join(
		os.MkdirAll("real/deep", 0o777),
		os.Symlink(filepath.Join("real", "deep"), "short"),
		os.Symlink("there", filepath.Join("real", "link")),
		os.Symlink(filepath.Join("..", "link"), filepath.Join("real", "deep", "chain")),
		os.Symlink(filepath.Join("real", "new"), "dangling"),
		os.Symlink("circle", "circle"),
	)
	if err != nil {
		t.Skip(err) // Windows asks for a right
	}
	mustWrite(t, filepath.Join("real", "there"), "old")
	chain := filepath.Join("short", "chain") // its .. is that of real/deep
	if err := Write(t.Context(), chain, []byte("new"), nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, filepath.Join("real", "there")); got != "new" {
		t.Errorf("what the link leads to has %q", got)
	}
	if err := Write(t.Context(), "dangling", []byte("made"), nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, filepath.Join("real", "new")); got != "made" {
		t.Errorf("what the dangling link leads to has %q", got)
	}
	for _, link := range []string{chain, filepath.Join("real", "link"), "dangling"} {
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v, %v", link, info.Mode(), err)
		}
	}
	only(t, "real", "deep", "link", "new", "there")
	if err := Write(t.Context(), "circle", nil, nil); err == nil || err.Error() != "cannot write circle: its links form a loop" {
		t.Errorf("Write into a circle = %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	mustWrite(t, "file", "mine")
	if err := os.Mkdir("folder", 0o777); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ path, want, hint string }{
		{"folder", "cannot write folder: it is a folder", "use a file in it"},
		{filepath.Join("none", "file"), "cannot write " + filepath.Join("none", "file") + ": no such folder: none", "create it, or use another folder"},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, struct{ path, want, hint string }{"file/below", "cannot write file/below: not a directory", "use another file"})
	}
	if runtime.GOOS == "linux" { // where even root makes no files
		tests = append(tests, struct{ path, want, hint string }{"/sys/plan.json", "cannot write /sys/plan.json: cannot create a file in /sys: permission denied", "use a folder you can write to"})
	}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 {
		mustWrite(t, "readonly", "mine")
		if err := errors.Join(os.Chmod("readonly", 0o444), os.Mkdir("closed", 0o555)); err != nil {
			t.Fatal(err)
		}
		tests = append(tests,
			struct{ path, want, hint string }{"readonly", "cannot write readonly: permission denied", "use a file you can write to"},
			struct{ path, want, hint string }{"closed/file", "cannot write closed/file: cannot create a file in closed: permission denied", "use a folder you can write to"})
	}
	for _, tt := range tests {
		for what, err := range map[string]error{"Write": Write(t.Context(), tt.path, []byte("x"), nil), "Check": Check(tt.path)} {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Error() != tt.want || e.Hint() != tt.hint {
				t.Errorf("%s(%s) = %v, hint %q; want %s, hint %q", what, tt.path, err, hint(e), tt.want, tt.hint)
			}
		}
	}
	if got := content(t, "file"); got != "mine" {
		t.Errorf("the file has %q", got)
	}
}

func hint(e *Error) string {
	if e == nil {
		return ""
	}
	return e.Hint()
}

func TestCheckLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := Check(path); err != nil {
		t.Error(err)
	}
	mustWrite(t, path, "mine")
	if err := Check(path); err != nil {
		t.Error(err)
	}
	only(t, dir, "file")
	if got := content(t, path); got != "mine" {
		t.Errorf("the file has %q", got)
	}
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(Append(path, []byte("one\n")), Append(path, []byte("two\n"))); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "one\ntwo\n" {
		t.Errorf("the file has %q", got)
	}
}

func TestMoveReplacesNothing(t *testing.T) {
	for name, move := range map[string]func(from, to string) error{"Move": Move, "moveToFree": moveToFree} {
		t.Chdir(t.TempDir())
		mustWrite(t, "from", "ours")
		mustWrite(t, "to", "mine")
		if err := move("from", "to"); !errors.Is(err, fs.ErrExist) || content(t, "from") != "ours" || content(t, "to") != "mine" {
			t.Errorf("%s over a file = %v", name, err)
		}
		if err := move("from", "free"); err != nil || content(t, "free") != "ours" {
			t.Errorf("%s = %v", name, err)
		}
		only(t, ".", "free", "to")
	}
}
