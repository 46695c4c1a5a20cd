package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var quotedHeading = regexp.MustCompile("(?m)^### `(.+)`$")

// TestTroubleshootingKnowsTheMessages finds every message that is a heading of the guide in the source that prints it.
func TestTroubleshootingKnowsTheMessages(t *testing.T) {
	guide, err := os.ReadFile("docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, root := range []string{".", "../../hub", "../../merge", "../../card"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "localhub") {
				return fs.SkipDir
			}
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				source.Write(text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	messages := quotedHeading.FindAllStringSubmatch(string(guide), -1)
	if len(messages) < 15 {
		t.Errorf("%d messages are keys of the guide", len(messages))
	}
	for _, m := range messages {
		if !strings.Contains(source.String(), m[1]) {
			t.Errorf("nothing prints %q", m[1])
		}
	}
}

var fenced = regexp.MustCompile("(?ms)^```[^\n]*\n(.*?)^```$")

// TestTemplateOfTheGuideWorks makes a card of the template that the guide shows.
func TestTemplateOfTheGuideWorks(t *testing.T) {
	guide, err := os.ReadFile("docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fenced.FindAllStringSubmatch(string(guide), -1)
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d blocks of code", len(blocks))
	}
	config := "merge_method: passthrough\nmodels: [{model: alice/a}]\n"
	readme, err := card.Render(blocks[0][1], card.Facts{Repo: "you/name", Method: card.Method{Name: "passthrough"}, Config: config,
		Models: []card.Model{{Repo: "alice/a", License: "llama3.1"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := card.Config(readme); err != nil || string(got) != config {
		t.Errorf("the config in the card is %q, %v", got, err)
	}
	if !strings.Contains(string(readme), "Built with Llama") {
		t.Errorf("the notice of a license is missing:\n%s", readme)
	}
}

const contributing = "../../.github/CONTRIBUTING.md"

// TestContributingNamesEveryField finds every field of a method's table in the table of what comes of it, and nothing else, and the
// files and functions that it sends to.
func TestContributingNamesEveryField(t *testing.T) {
	text := readText(t, contributing)
	var named []string
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range inBackquotes.FindAllStringSubmatch(cells[1], -1) {
				named = append(named, m[1])
			}
		}
	}
	var fields []string
	for _, table := range []reflect.Type{reflect.TypeFor[recipe.Method](), reflect.TypeFor[recipe.Param]()} {
		for i := range table.NumField() {
			fields = append(fields, table.Field(i).Name)
		}
	}
	slices.Sort(named)
	slices.Sort(fields)
	if fields = slices.Compact(fields); !slices.Equal(named, fields) {
		t.Errorf("%s names the fields %q, and a table has %q", contributing, named, fields)
	}
	var source strings.Builder
	for _, files := range []string{"../../merge/*.go", "internal/bench/truth/*_test.go", "*_test.go"} {
		paths, err := filepath.Glob(files)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			source.WriteString(readText(t, path))
		}
	}
	_, walk, _ := strings.Cut(text, "## Adding a merge method")
	walk, _, _ = strings.Cut(walk, "\n## ")
	for _, m := range inBackquotes.FindAllStringSubmatch(walk, -1) {
		name, _, _ := strings.Cut(m[1], "(")
		switch {
		case strings.Contains(m[1], "warm"): // the method that it tells of
		case strings.Contains(name, "/"):
			if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
				t.Errorf("%s names %s, and there is no such file", contributing, name)
			}
		case identifier.MatchString(name):
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(source.String()) {
				t.Errorf("%s names %s, which is nowhere in the code", contributing, name)
			}
		}
	}
}

var identifier = regexp.MustCompile(`^(Test|[a-z]+[A-Z])\w*$`)

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinksLeadSomewhere follows the links between the guides and into the project.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) < 4 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range append(pages, "../../README.md", contributing) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, and there is no such file", page, m[1])
			}
		}
	}
}
