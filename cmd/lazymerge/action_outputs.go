package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
)

// writeOutputs appends outputs to the file for them; a path of "" is none. A random delimiter allows any text as a value.
//
// Source: docs.github.com, workflow commands, multiline strings.
func writeOutputs(path string, all [][2]string) error {
	if path == "" {
		return nil
	}
	var b strings.Builder
	for _, one := range all {
		end := "end-" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", one[0], end, one[1], end)
	}
	if err := file.Append(path, []byte(b.String())); err != nil {
		return fmt.Errorf("GITHUB_OUTPUT: %w", err)
	}
	return nil
}

// outputsOf returns the outputs of a push that got as far as run and ended with err; card is the path of its card.
func outputsOf(run stepRun, err error, card string) [][2]string {
	var repoURL, commit, pull, plan string
	changed := "false"
	if run.Prepared != nil {
		plan = run.Prepared.Merge.Plan.Hash
	}
	if p := run.Published; p != nil {
		repoURL, commit = run.tools.TargetHub().Page(p.Repo), p.Commit
		changed = strconv.FormatBool(commit != "" && !p.Unchanged)
		if p.Pull != 0 {
			pull = p.URL
		}
	}
	if stopped, ok := errors.AsType[*pipeline.Stopped](err); ok {
		repoURL = stopped.Page
		if stopped.Pull != nil {
			pull = stopped.Pull.URL
		}
		changed = "unknown"
		if is, known := stopped.Changed(); known {
			changed = strconv.FormatBool(is)
		}
	}
	return [][2]string{{"repo-url", repoURL}, {"commit", commit}, {"pull-request", pull}, {"card-path", card}, {"plan", plan}, {"changed", changed}}
}

// writeCard writes the card into a new folder in dir, which lasts as long as the job. It returns "" without dir or card.
func writeCard(ctx context.Context, dir string, run stepRun) (string, error) {
	if dir == "" || run.Published == nil {
		return "", nil
	}
	dir, err := os.MkdirTemp(dir, "lazymerge-card-")
	if err != nil {
		return "", fmt.Errorf("card: %w", err)
	}
	path := filepath.Join(dir, "README.md")
	if err := file.Write(context.WithoutCancel(ctx), path, run.Published.Readme(), nil); err != nil {
		return "", fmt.Errorf("card: %w", err)
	}
	return path, nil
}
