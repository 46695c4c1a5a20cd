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

// outputs are those of a step, in a file of the runner's.
type outputs struct{ path string } // "" is nowhere

// openOutputs finds out whether outputs can be written, before there is something to lose.
func openOutputs(path string) (outputs, error) {
	o := outputs{path}
	if err := o.write(nil); err != nil {
		return o, usage(err)
	}
	return o, nil
}

// write adds outputs to the file. A value ends at a line that nobody can guess, so it may hold any text.
//
// Source: docs.github.com, workflow commands, multiline strings.
func (o outputs) write(all [][2]string) error {
	if o.path == "" {
		return nil
	}
	var b strings.Builder
	for _, one := range all {
		end := "end-" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", one[0], end, one[1], end)
	}
	if err := file.Append(o.path, []byte(b.String())); err != nil {
		return fmt.Errorf("GITHUB_OUTPUT: %w", err)
	}
	return nil
}

// outputsOf are what a push gives to the steps after it, as far as it came; err is what ended it, and card the path of its
// card.
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

// writeCard puts the card into a folder of its own below dir, which lasts as long as the job, and returns its
// path. Without dir or without a card that is "".
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
