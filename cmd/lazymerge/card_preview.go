package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// previewFlags are those of card --preview.
type previewFlags struct {
	on   bool
	addr string
}

func (p *previewFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&p.on, "preview", false, "show the card in a browser instead of printing it")
	f.StringVar(&p.addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen at, for --preview; port 0 is any free one")
}

// check refuses flags that do not go together.
func (p previewFlags) check(f *pflag.FlagSet) error {
	for _, name := range []string{"fields", "update", "json"} {
		if p.on && f.Changed(name) {
			return usage(fmt.Errorf("--preview does not go with --%s", name))
		}
	}
	if !p.on && f.Changed("addr") {
		return usage(errors.New("--addr goes with --preview"))
	}
	return nil
}

// runCardPreview serves what a push would publish beside the weights, on a Hub of its own, until ctx ends. It prints the address
// of the card's page to stdout.
func runCardPreview(ctx context.Context, a *app, page render.Page, repo, addr string) error {
	contents := make(map[string]localhub.Content, len(page.Own))
	for _, f := range page.Own {
		contents[f.Path] = localhub.Bytes(f.Data)
	}
	server, err := localhub.New(localhub.Options{Preview: true, ErrorLog: a.hubLog()})
	if err != nil {
		return err
	}
	if !strings.Contains(repo, "/") {
		repo = repoName(repo)
	}
	if _, err := server.PutRepo(repo, localhub.RepoOptions{}, contents); err != nil {
		return usage(fmt.Errorf("--repo: %w", err))
	}
	if err := server.Start(ctx, addr); err != nil {
		return usage(err)
	}
	if _, err := fmt.Fprintf(a.stdout, "%s/%s\n", server.URL(), repo); err != nil {
		return err
	}
	a.ui.Line("preview", "the card, what it shows and the config, without the files that the merge makes; stop with Ctrl-C")
	return untilStopped(ctx, server)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// repoName makes a name that a Hub takes of that of a config.
func repoName(s string) string {
	name := notInNames.ReplaceAllStringFunc(s, func(gap string) string {
		if gap == "." {
			return gap
		}
		return "-"
	})
	name = strings.Trim(name[:min(len(name), 90)], "-.")
	if name == "" || strings.HasSuffix(name, ".git") {
		return "merge"
	}
	return name
}
