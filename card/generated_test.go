package card

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The cards in testdata/generated are each what a tool's template gives, for made-up models. Whatever a person adds makes them theirs.
func TestGenerator(t *testing.T) {
	additions := map[string]func(string) string{
		"a paragraph at the end":      func(s string) string { return s + "\nIt answers in French as well.\n" },
		"a sentence on a line of its": func(s string) string { return strings.Replace(s, ")\n", ") was the best of ten\n", 1) },
		"a section":                   func(s string) string { return s + "\n## Evaluation\n\n| MMLU | 61 |\n" },
		"a note in the list": func(s string) string {
			return strings.Replace(s, "\n```yaml", "\n* try it at a low temperature\n\n```yaml", 1)
		},
		"a second title":                func(s string) string { return s + "\n# Thanks\n" },
		"a picture":                     func(s string) string { return strings.Replace(s, "\n# ", "\n![](https://i.example/x.png)\n\n# ", 1) },
		"a tag":                         func(s string) string { return strings.Replace(s, "- mergekit\n", "- mergekit\n- roleplay\n", 1) },
		"a field":                       func(s string) string { return strings.Replace(s, "tags:\n", "language:\n- fr\ntags:\n", 1) },
		"text in the open fence":        func(s string) string { i := strings.LastIndex(s, "\n```"); return s[:i] + "\nIt answers in French.\n" },
		"a second config":               func(s string) string { return s + "\n```yaml\nmerge_method: linear\n```\n" },
		"a shell command":               func(s string) string { return s + "\n```sh\nollama run it\n```\n" },
		"code of its own":               func(s string) string { return s + "\n```python\nprint('hello')\n```\n" },
		"front matter that is no YAML":  func(s string) string { return strings.Replace(s, "---\n", "---\n[\n", 1) },
		"another sentence for the mark": func(s string) string { return strings.Replace(s, "erge of", "erge by hand of", 1) },
	}
	files, err := filepath.Glob("testdata/generated/*.md")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d cards, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := string(text)
		want, _, _ := strings.Cut(filepath.Base(file), "_")
		for what, s := range map[string]string{"as it is": s, "with CRLF": strings.ReplaceAll(s, "\n", "\r\n"), "without a newline at its end": strings.TrimRight(s, "\n")} {
			if got := Generator([]byte(s)); got != want {
				t.Errorf("Generator of %s %s = %q, want %q", file, what, got, want)
			}
		}
		for name, add := range additions {
			if mine := add(s); mine == s {
				if !(strings.Contains(file, "moe") || strings.Contains(file, "short") || strings.Contains(name, "field") || strings.Contains(name, "tag") || strings.Contains(name, "mark")) {
					t.Errorf("%s has no place for %s", file, name)
				}
			} else if got := Generator([]byte(mine)); got != "" {
				t.Errorf("Generator of %s with %s = %q; a person wrote that", file, name, got)
			}
		}
	}
	for _, text := range []string{"", "# Title\n", "---\nlicense: mit\n---\n", "My own words.\n", "---\ntags:\n- merge\n- mergekit\n---\n# x\n\n### Models Merged\n"} {
		if got := Generator([]byte(text)); got != "" {
			t.Errorf("Generator(%q) = %q", text, got)
		}
	}
}

// A line of a person's is never taken for a template's, whatever it is and wherever it stands.
func FuzzGenerator(f *testing.F) {
	files, err := filepath.Glob("testdata/generated/*.md")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "hello", 7)
	}
	f.Fuzz(func(t *testing.T, readme []byte, words string, at int) {
		if Generator(readme) == "" {
			return
		}
		lines := strings.SplitAfter(string(readme), "\n")
		if at < 0 || at > len(lines) || strings.ContainsAny(words, "\r\n") {
			return
		}
		const own = "We thank everybody who helped: "
		mine := strings.Join(lines[:at], "") + "\n\n" + own + words + "\n\n" + strings.Join(lines[at:], "")
		_, body, err := FrontMatter([]byte(mine))
		if err != nil || !strings.Contains(string(body), own) {
			return // it became a field of the front matter
		}
		config := ""
		for b := range blocks(string(body)) {
			config += string(body)[b.start:b.end]
		}
		if !strings.Contains(config, own) && Generator([]byte(mine)) != "" {
			t.Fatalf("Generator(%q) does not see the line of a person", mine)
		}
	})
}
