package main

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// resultJSON is what push, merge and card come to, in the machine's form. What a command does not have is absent.
type resultJSON struct {
	Repo     string         `json:"repo,omitempty"`
	Folder   string         `json:"folder,omitempty"` // of merge
	Commit   string         `json:"commit,omitempty"` // 40 hex digits; absent after a dry run
	URL      string         `json:"url,omitempty"`    // of the commit, or of the pull request that has it
	Pull     int            `json:"pull_request,omitempty"`
	Changed  bool           `json:"changed"` // by this run
	Plan     string         `json:"plan"`    // 64 hex digits; the same plan gives the same bytes
	Card     string         `json:"card,omitempty"`
	Warnings []report.Fault `json:"warnings"`
}

// printPublished prints what a push has come to: the address, the card of a dry run, or as JSON all of it.
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

// publishedWords says what a push has come to where nobody gets the address.
func publishedWords(p *pipeline.Published) string {
	if p.Unchanged {
		return fmt.Sprintf("%s holds this merge already, at %s", p.Repo, p.URL)
	}
	return fmt.Sprintf("the merge was published at %s", p.URL)
}

// printLine prints a result of one line, free of what could move a cursor.
func (a *app) printLine(text string) error {
	_, err := a.stdout.Write([]byte(say.Clean(text) + "\n"))
	return err
}
