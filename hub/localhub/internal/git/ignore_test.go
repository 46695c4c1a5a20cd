package git

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// What a .gitignore leaves out is what git leaves out, for files made of any mix of the signs that mean something. One thing is left: git takes the stars of
// "x/a**/b" for a part of their own, against its manual.
func TestIgnoreAsGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git to compare with")
	}
	dir := t.TempDir()
	run := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, append([]string{"-c", "core.excludesFile=", "-c", "core.ignoreCase=false", "-c", "safe.directory=*"}, args...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1 is that nothing is ignored
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	run("", "init", "-q", ".")
	var paths []string
	for _, name := range []string{"a", "b", "ab", "a.b", "aa", "a b", "#a", "!a", "a]", "[a", `a*`, "ä", "a-b", "^a", "a "} {
		paths = append(paths, name, "a/"+name, "b/a/"+name, "ab/"+name)
	}
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "ab", ".", "*", "**", "?", "/", "/", "**/", "/**", "[ab]", "[!a]", "[^a]", "[a-b]", "[]a]", "[a", "]", "!", "#", " ", `\`, `\ `, `\*`, `\#`, "\t", "\r",
		"ä", "[[:alpha:]]", "[[:space:]b]", "[a-]", `[\]a]`, "[!]", "[/]", "[b-a]", "-", "^"}
	fixed := []string{"*.safetensors", "*", "*\n!*.json", "/*\n!/config.json", "a/\n!a/b", "**/a", "a/**", "a/**/b", "a/*", "a\r\nb\r\n", "\ufeffa\n", " a", "a  ", `a\ `, "!a", "a\n!a/b\n!a", "[[:alpha:]-]*"}
	for i := range 400 {
		var text string
		if i < len(fixed) {
			text = fixed[i]
		} else {
			for range 1 + r.IntN(3) {
				for range 1 + r.IntN(5) {
					text += pieces[r.IntN(len(pieces))]
				}
				text += "\n"
			}
		}
		if err := os.WriteFile(filepath.Join(dir, IgnorePath), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(run(strings.Join(paths, "\x00")+"\x00", "check-ignore", "--no-index", "--stdin", "-z"), "\x00"), "\x00")
		rules := ParseIgnore(text)
		for _, path := range paths {
			if got, git := rules.Ignored(path), slices.Contains(want, path); got != git {
				t.Errorf("with the .gitignore %q, %q is ignored: %v; git says %v", text, path, got, git)
			}
		}
	}
}

// No .gitignore makes a panic, and none leaves out what it takes in again in its last line.
func FuzzIgnore(f *testing.F) {
	for _, text := range []string{"", "*.bin", "!a", "a/**/b\n", "[[:alpha:]]", "[z", `\`, "a\x00b"} {
		f.Add([]byte(text), "a/b.bin")
	}
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		if names.CheckPath(path) != nil || strings.ContainsAny(path, "/\r\n \t") || len(text) > 1<<16 {
			return
		}
		ParseIgnore(string(text)).Ignored(path)
		again := "\n!" + strings.Trim(literalPattern(path), `"`) + "\n"
		if strings.ContainsAny(path, `"\`) {
			return // which literalPattern quotes for .gitattributes
		}
		if ParseIgnore(string(bytes.TrimSuffix(text, []byte("\\"))) + again).Ignored(path) {
			t.Fatalf("%q then %q leaves out %q", text, again, path)
		}
	})
}
