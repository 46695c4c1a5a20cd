package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var updateDocs = flag.Bool("update", false, "rewrite the generated pages in docs")

// TestCommandReference compares docs/commands.md with what the commands say of themselves.
func TestCommandReference(t *testing.T) { generated(t, "docs/commands.md", reference(t)) }

// TestMethodReference compares docs/methods.md with the tables of the methods.
func TestMethodReference(t *testing.T) {
	generated(t, "docs/methods.md", methodReference(merge.Methods()))
}

// generated compares a page with what it is made from, or makes it again.
func generated(t *testing.T, page string, want []byte) {
	if *updateDocs {
		if err := os.WriteFile(page, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("%s is not what it is made from; run go test ./cmd/lazymerge -run %s -update", page, t.Name())
	}
}

// methodReference is one page of all methods, each a section.
func methodReference(methods []recipe.Method) []byte {
	var out bytes.Buffer
	out.WriteString("# Merge methods\n\nGenerated from the engine's own tables; `lazymerge methods NAME` says the same.\n")
	for _, m := range methods {
		fmt.Fprintf(&out, "\n## %s\n\n%s: %s. Its `base_model` is %s.", m.Name, m.Title, m.Summary, baseWords(m.Base))
		if len(m.Aliases) > 0 {
			fmt.Fprintf(&out, " Also called %s.", strings.Join(m.Aliases, ", "))
		}
		fmt.Fprintf(&out, " [Formula, and what differs from mergekit](../../../merge/%s.go); [source](%s).\n\n", m.Name, m.Source)
		for i, row := range paramTable(&m) {
			fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
			if i == 0 {
				out.WriteString(strings.Repeat("|---", len(row)) + "|\n")
			}
		}
	}
	return out.Bytes()
}

// TestReadmeNamesTheMethods finds in the README the methods that there are.
func TestReadmeNamesTheMethods(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range merge.Methods() {
		names = append(names, m.Name)
	}
	want := "[Methods](cmd/lazymerge/docs/methods.md): " + strings.Join(names, ", ") + "."
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("README.md does not say %s", want)
	}
}

var (
	seeAlso   = regexp.MustCompile(`(?s)\n### SEE ALSO\n.*$`)
	inherited = regexp.MustCompile("(?s)\n### Options inherited from parent commands\n\n```\n.*?```\n")
)

// reference is one page of all commands, each a section; the options that all have come once, with the first.
func reference(t *testing.T) []byte {
	var out bytes.Buffer
	out.WriteString("# Commands\n\nGenerated from the commands; `lazymerge COMMAND --help` says the same.\n")
	root := newRootCommand(&app{process: system()})
	root.InitDefaultCompletionCmd()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.InitDefaultVersionFlag()
		cmd.DisableAutoGenTag = true
		var page strings.Builder
		if err := doc.GenMarkdownCustom(cmd, &page, func(name string) string { return name }); err != nil {
			t.Fatal(err)
		}
		text := seeAlso.ReplaceAllString(page.String(), "\n")
		text = inherited.ReplaceAllString(text, "")
		text = strings.ReplaceAll(text, "### Synopsis\n\n", "")
		out.WriteString("\n" + strings.TrimRight(text, "\n") + "\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "help" {
				walk(sub)
			}
		}
	}
	walk(root)
	return out.Bytes()
}
