package names

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCheckPath(t *testing.T) {
	good := []string{
		"README.md", "a/b/c.json", ".gitattributes", ".gitignore", ".github/workflows/x.yml", "naïve name.txt",
		"a..b", "..a", "dir.git/x", "console.txt", "com10", "0_Transformer/config.json", "x#y%20?z", "2024-01-02T03:04:05.json", "a/ab:c", `a\b.txt`, `sub\x/y`, "model-00001-of-00002.safetensors",
	}
	bad := []string{
		"", "/etc/passwd", "a//b", "a/", "..", "../x", "a/../../b", "./a", "a/.", `..\x`, `a\..\b`, `\\server\share\x`,
		`C:\x`, "C:x", "c:/x", "a/c:x", `a\c:x`, ":x", "a/:x", `\x`, `a\\b`, `a\`, `a\.git\config`, ".git::$INDEX_ALLOCATION/config", "a/.git:x", "nul:x", "ab.:x", `a\nul`, "a\x00b", "a\nb", "\x7f", "a/\u0085", ".git/config", "a/.GIT/x", "git~1/x", ".git", ".git./x", ".git /x",
		"trailing.", "trailing ", "a /b", "con", "NUL", "aux.txt", "sub/COM1.log", "lpt9", "prn .txt", "\xff\xfe",
		strings.Repeat("a", 256), strings.Repeat("a/", 2048) + "b",
	}
	for _, path := range good {
		if err := CheckPath(path); err != nil {
			t.Errorf("checkPath(%q) = %v, want nil", path, err)
		}
	}
	for _, path := range bad {
		if CheckPath(path) == nil {
			t.Errorf("checkPath(%q) = nil, want an error", path)
		}
	}
}

// A path that is taken stays below the folder it is joined to, and is the same with either
// separator.
func FuzzCheckPath(f *testing.F) {
	for _, path := range []string{"a/b", "../x", `a\..\..\b`, "C:x", "a/./b", "nul.txt", ".git/x"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if CheckPath(path) != nil {
			return
		}
		// Of Go on Windows no path with a colon is local.
		if strings.Contains(path, ":") && runtime.GOOS == "windows" {
			return
		}
		if !filepath.IsLocal(filepath.FromSlash(path)) {
			t.Fatalf("%q is taken and not local", path)
		}
		if clean := filepath.ToSlash(filepath.Clean(path)); clean != path {
			t.Fatalf("%q is taken and means %q", path, clean)
		}
		for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			file, _, stream := strings.Cut(part, ":")
			if part == ".." || stream && len(file) < 2 || strings.EqualFold(strings.TrimRight(file, ". "), ".git") {
				t.Fatalf("%q is taken", path)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for id, want := range map[string]RepoID{
		"alice/x":          {"model", "alice/x"},
		"gpt2":             {"model", "gpt2"},
		"datasets/alice/x": {"dataset", "alice/x"},
		"spaces/alice/x":   {"space", "alice/x"},
		"a.b-c_d/X.1":      {"model", "a.b-c_d/X.1"},
	} {
		if got, err := ParseRepoID(id); err != nil || got != want || got.String() != id {
			t.Errorf("parseRepoID(%q) = %+v, %v; want %+v", id, got, err, want)
		}
	}
	for _, id := range []string{
		"", "/", "a/", "/a", "a/b/c", "alice/-x", "alice/x-", "alice/.x", "alice/x.", "alice/a--b", "alice/a..b",
		"alice/x.git", "alice/x y", "alice/é", "alice/" + strings.Repeat("x", 97), "api/x", "models/x", "-a/x", "datasets/x/y/z",
	} {
		if got, err := ParseRepoID(id); err == nil {
			t.Errorf("parseRepoID(%q) = %+v, want an error", id, got)
		}
	}
}

func TestRefNames(t *testing.T) {
	for _, name := range []string{"main", "feature/x", "v1.0", "lazymerge-0123456789ab", "a@b", "refs-x"} {
		if err := CheckRefName(name); err != nil {
			t.Errorf("checkRefName(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{
		"", "HEAD", "@", "refs/heads/x", "refs", "a..b", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a b", "a~1", "a^", "a:b",
		"a?", "a*", "a[", `a\b`, "a@{1}", "a.", "a\x01", strings.Repeat("0", 40), strings.Repeat("x", 201),
	} {
		if CheckRefName(name) == nil {
			t.Errorf("checkRefName(%q) = nil, want an error", name)
		}
	}
}
