package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
)

// resultJSON is the result of push, merge, card and demo as JSON. Fields that do not apply are absent.
type resultJSON struct {
	Repo     string         `json:"repo,omitempty"`
	Folder   string         `json:"folder,omitempty"` // of merge
	Commit   string         `json:"commit,omitempty"` // 40 hex digits; absent after a dry run
	URL      string         `json:"url,omitempty"`    // of the commit or its pull request
	Pull     int            `json:"pull_request,omitempty"`
	Changed  bool           `json:"changed"` // by this run
	Plan     string         `json:"plan"`    // 64 hex digits; the same plan gives the same bytes
	Card     string         `json:"card,omitempty"`
	Warnings []report.Fault `json:"warnings"`
}

// printPublished prints the result of a push: the URL, the card of a dry run, or all of it as JSON.
func (a *app) printPublished(p *pipeline.Published, dry, asJSON bool) error {
	if !dry {
		a.done = publishedWords(p)
	}
	switch {
	case asJSON:
		r := resultJSON{Repo: p.Repo, Commit: p.Commit, URL: p.URL, Pull: p.Pull, Changed: !p.Unchanged && !dry,
			Plan: p.Plan, Warnings: report.Faults(p.Warnings)}
		if dry {
			r.Card = string(p.Card)
		}
		return printJSON(a.stdout, r)
	case dry:
		_, err := a.stdout.Write(p.Card)
		return err
	}
	return a.printLine(p.URL)
}

// publishedWords describes a push whose URL cannot be printed.
func publishedWords(p *pipeline.Published) string {
	if p.Unchanged {
		return fmt.Sprintf("%s already has this merge, at %s", p.Repo, p.URL)
	}
	return fmt.Sprintf("the merge was published at %s", p.URL)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// asksJSON reports whether args have --json. It does not rely on parsed flags: a bad flag stops the parser early.
func asksJSON(cmd *cobra.Command, args []string) bool {
	asked := false
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		name, value, has := strings.Cut(args[i], "=")
		switch {
		case name == "--json":
			on, err := strconv.ParseBool(value)
			asked = !has || err != nil || on
		case !has && takesNext(cmd, name):
			i++
		}
	}
	return asked
}

// takesNext reports whether arg is a flag of cmd whose value is the next argument.
func takesNext(cmd *cobra.Command, arg string) bool {
	if len(arg) < 2 || arg[0] != '-' {
		return false
	}
	if name, long := strings.CutPrefix(arg, "--"); long {
		f := cmd.Flag(name)
		return f != nil && f.NoOptDefVal == ""
	}
	for i, letter := range arg[1:] { // the first that takes a value takes the rest
		if f := cmd.Flags().ShorthandLookup(string(letter)); f != nil && f.NoOptDefVal == "" {
			return i == len(arg)-2
		}
	}
	return false
}
