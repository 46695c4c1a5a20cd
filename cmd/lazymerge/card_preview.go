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

// checkPreview refuses flags that exclude each other.
func checkPreview(f *pflag.FlagSet, preview bool) error {
	if name := given(f, []string{"fields", "update", "json"}); preview && name != "" {
		return usage(fmt.Errorf("--preview cannot be combined with --%s", name))
	}
	if !preview && f.Changed("addr") {
		return usage(errors.New("--addr requires --preview"))
	}
	return nil
}

// runCardPreview serves what a push would publish besides weights on a local Hub until ctx ends, and prints the URL of the card
// to stdout.
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
	if err := a.printLine(server.URL() + "/" + repo); err != nil {
		return err
	}
	a.ui.Line("preview", "the card, its picture and the config; stop with Ctrl-C")
	return untilStopped(ctx, server)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// repoName turns the name of a config into a valid repo name.
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
