package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func newActionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Be the GitHub Action: inputs from the environment, outputs to the step",
		Long: `Action is what action.yml runs. It takes the Action's inputs from INPUT_CONFIG, INPUT_REPO and the like, does
what push does, and gives its outputs and a summary to the step. cmd/lazymerge/docs/action.md lists both.`,
		Hidden: true, // nobody types it
		Args:   cobra.NoArgs,

		Annotations: map[string]string{guide: "https://github.com/lazymerge/lazymerge/blob/main/cmd/lazymerge/docs/action.md"},
		PersistentPreRun: func(*cobra.Command, []string) {
			a.words = pipeline.ActionWords
			a.talk()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.action(cmd.Context()) },
	}
}

// A pushRun is what a push has come to, for who started it in this process.
type pushRun struct {
	setup     *pipeline.Setup
	merge     *pipeline.Merge // nil where it was refused
	target    *pipeline.Target
	options   pipeline.PushOptions
	published *pipeline.Published // nil where it failed
}

// action runs a push from the inputs of a step, and prints the address of the commit to stdout.
func (a *app) action(ctx context.Context) error {
	for _, secret := range []string{"token", "target-token"} { // those of secrets are masked already, others not
		a.ui.Mask(input(a.getenv, secret))
	}
	run := &pushRun{}
	in, err := readInputs(a.getenv)
	outputs, outErr := openOutputs(a.getenv("GITHUB_OUTPUT"))
	if err = errors.Join(err, outErr); err == nil {
		a.ui.Line("action", "lazymerge %s", version())
		run, err = a.pushInputs(ctx, in)
	}
	card, cardErr := writeCard(ctx, a.getenv("RUNNER_TEMP"), run)
	err = errors.Join(err, cardErr)
	if outErr == nil {
		err = errors.Join(err, outputs.write(outputsOf(run, err, card)))
	}
	if path := a.getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if sumErr := appendSummary(path, summarise(ctx, run, err)); sumErr != nil {
			// The step has done its work all the same.
			a.ui.Warn(&recipe.Fault{Warning: true, Code: "summary", Message: "there is no summary: " + sumErr.Error()})
		}
	}
	if err == nil && run.published.URL != "" {
		a.done = publishedWords(run.published)
		_, err = fmt.Fprintln(a.stdout, ui.Clean(run.published.URL))
	}
	return err
}

// pushInputs does what `lazymerge push` does with the inputs as its flags. The card of a dry run is not printed, for
// the log of a step would take commands from it.
func (a *app) pushInputs(ctx context.Context, in *inputs) (*pushRun, error) {
	push := &app{process: a.process, words: a.words, tokenNames: in.tokenNames(), lookOnly: in.lookOnly(a.getenv)}
	push.getenv = in.environment(a.getenv)
	push.stdout = new(bytes.Buffer)
	root := newRootCommand(push)
	root.SetArgs(in.commandLine())
	_, err := root.ExecuteContextC(ctx)
	if push.ui != nil {
		push.ui.Close()
	}
	a.prepared = push.prepared
	return &push.pushed, err
}
