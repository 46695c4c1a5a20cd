package main

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

var updateDocs = flag.Bool("update", false, "rewrite the generated pages in docs")

const referencePage = "docs/commands.md"

// TestCommandReference compares docs/commands.md with what the commands say of themselves.
func TestCommandReference(t *testing.T) {
	want := reference(t)
	if *updateDocs {
		if err := os.WriteFile(referencePage, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("%s is not what the commands say; run go test ./cmd/lazymerge -run TestCommandReference -update", referencePage)
	}
}

var (
	seeAlso   = regexp.MustCompile(`(?s)\n### SEE ALSO\n.*$`)
	inherited = regexp.MustCompile("(?s)\n### Options inherited from parent commands\n\n```\n.*?```\n")
)

// reference is one page of all commands, each a section; the options that all have come once, with the first.
func reference(t *testing.T) []byte {
	var out bytes.Buffer
	out.WriteString("# Commands\n\nMade from the commands themselves: `lazymerge COMMAND --help` says the same.\n")
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
