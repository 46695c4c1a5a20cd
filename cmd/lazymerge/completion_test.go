package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
)

// runHere runs one command line in this process.
func runHere(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, said bytes.Buffer
	code = run(t.Context(), args, process{strings.NewReader(""), &out, &said, func(string) string { return "" }})
	return out.String(), said.String(), code
}

// complete is what a shell asks for after the words, the last of which is not finished. The directive is cobra's
// number: 0 any file, 4 no file, 8 files that end as the offers say, 16 folders.
func complete(t *testing.T, words ...string) (offers []string, directive string) {
	t.Helper()
	out, said, code := runHere(t, append([]string{"__complete"}, words...)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	last := lines[len(lines)-1]
	if code != 0 || !strings.HasPrefix(last, ":") {
		t.Fatalf("__complete %q: exit %d, %q\n%s", words, code, out, said)
	}
	for _, line := range lines[:len(lines)-1] {
		offer, _, _ := strings.Cut(line, "\t")
		offers = append(offers, offer)
	}
	return offers, last
}

func TestCompletion(t *testing.T) {
	var methods []string
	for _, m := range merge.Methods() {
		methods = append(methods, m.Name)
	}
	yaml := []string{"yaml", "yml"}
	for _, tt := range []struct {
		name      string
		words     []string
		want      []string
		directive string
	}{
		// cobra offers a flag that is still missing beside whatever else there is.
		{"push takes a config", []string{"push", ""}, yaml, ":8"},
		{"push takes a config after its flags", []string{"push", "--repo", "a/b", "--private", ""}, yaml, ":8"},
		{"push takes one config", []string{"push", "--repo", "a/b", "a.yaml", ""}, nil, ":4"},
		{"validate takes any number of configs", []string{"validate", "a.yaml", "b.yaml", ""}, yaml, ":8"},
		{"plan takes a config", []string{"plan", "me"}, yaml, ":8"},
		{"card takes a config", []string{"card", ""}, yaml, ":8"},
		{"merge takes a config first", []string{"merge", ""}, yaml, ":8"},
		{"merge takes a folder then", []string{"merge", "a.yaml", ""}, nil, ":16"},
		{"merge takes nothing more", []string{"merge", "a.yaml", "out", ""}, nil, ":4"},
		{"methods takes a method", []string{"methods", ""}, methods, ":4"},
		{"methods takes one method", []string{"methods", "ties", ""}, nil, ":4"},
		{"version takes nothing", []string{"version", ""}, nil, ":4"},
		{"hub has serve", []string{"hub", ""}, []string{"serve"}, ":4"},
		{"completion has four shells", []string{"completion", ""}, []string{"bash", "fish", "powershell", "zsh"}, ":4"},
		{"a repo is no file", []string{"push", "a.yaml", "--repo", ""}, nil, ":4"},
		{"a size is no file", []string{"plan", "--memory", ""}, nil, ":4"},
		{"an address is no file", []string{"plan", "--endpoint", ""}, nil, ":4"},
		{"a template is a file", []string{"card", "--template", ""}, nil, ":0"},
		{"a picture is a file", []string{"card", "--chart", ""}, nil, ":0"},
		{"shards wait in a folder", []string{"push", "--work-dir", ""}, nil, ":16"},
		{"a Hub keeps its repos in a folder", []string{"hub", "serve", "--root", ""}, nil, ":16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, directive := complete(t, tt.words...)
			if !slices.Equal(got, tt.want) || directive != tt.directive {
				t.Errorf("__complete %q = %q %s, want %q %s", tt.words, got, directive, tt.want, tt.directive)
			}
		})
	}
}

// TestCompletionScripts gives each shell that is installed here its script to check.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{
		"bash":       {"bash", "-n"},
		"zsh":        {"zsh", "-n"},
		"fish":       {"fish", "--no-execute"},
		"powershell": nil,
	} {
		t.Run(shell, func(t *testing.T) {
			script, said, code := runHere(t, "completion", shell)
			if code != 0 || said != "" || !strings.Contains(script, "__complete") || !strings.Contains(script, "lazymerge") {
				t.Fatalf("completion %s: exit %d, %d bytes, said %q", shell, code, len(script), said)
			}
			if check == nil {
				return
			}
			if _, err := exec.LookPath(check[0]); err != nil {
				t.Skipf("%s is not installed; the script was made, not checked", check[0])
			}
			path := filepath.Join(t.TempDir(), "lazymerge."+shell)
			if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), check[0], append(check[1:], path)...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", check[0], err, out)
			}
		})
	}
}

// TestCompletionInBash loads the script into bash, without the package that completes for other programs, and presses Tab.
func TestCompletionInBash(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	script, _, _ := runHere(t, "completion", "bash")
	binary, env := scriptBinary(t)
	for name, text := range map[string]string{"script.bash": script, "merge.yaml": "", "merge.yml": "", "notes.txt": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// __start_lazymerge is what the script registers; these two functions are those of bash-completion that it calls.
	const press = `
shopt -s extglob
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
_filedir() {
  local f
  for f in "$cur"*; do
    if [[ -z $1 || $f == *.@($1) ]]; then COMPREPLY+=("$f"); fi
  done
}
source script.bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
__start_lazymerge
printf '%s\n' "${COMPREPLY[@]}"
`
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{binary, "push", ""}, "merge.yaml\nmerge.yml"},
		{[]string{binary, "methods", "sle"}, "slerp"},
	} {
		cmd := exec.CommandContext(t.Context(), "bash", append([]string{"--norc", "-c", press, "bash"}, tt.words...)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		out, err := cmd.Output()
		got := strings.TrimSpace(string(out))
		if err != nil || got != tt.want {
			t.Errorf("Tab after %q = %q, %v, want %q", tt.words, got, err, tt.want)
		}
	}
}
