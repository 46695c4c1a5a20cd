package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func newActionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Run as the GitHub Action",
		Long: `Action is what action.yml runs. It reads the inputs from INPUT_CONFIG, INPUT_REPO and so on, does what push
does, and writes the outputs and the summary of the step. cmd/lazymerge/docs/action.md lists them.`,
		Hidden: true, // nobody types it
		Args:   cobra.NoArgs,

		Annotations: map[string]string{guide: "https://github.com/lazymerge/lazymerge/blob/main/cmd/lazymerge/docs/action.md"},
		PersistentPreRun: func(*cobra.Command, []string) {
			a.caller = say.Action
			a.talk()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runAction(cmd.Context(), a) },
	}
}

// runAction runs a push with the inputs of a step as its options and prints the URL of the commit to stdout.
func runAction(ctx context.Context, a *app) error {
	for _, secret := range []string{"token", "target-token"} { // GitHub masks only values of secrets
		a.ui.Mask(input(a.getenv, secret))
	}
	var run stepRun
	in, err := readInputs(a.getenv)
	outputs := a.getenv("GITHUB_OUTPUT")
	outErr := usage(writeOutputs(outputs, nil)) // whether they can be written, before any work is done
	if err = errors.Join(err, outErr); err == nil {
		a.ui.Line("action", "lazymerge %s", version())
		run, err = pushInputs(ctx, a, in)
	}
	card, cardErr := writeCard(ctx, a.getenv("RUNNER_TEMP"), run)
	err = errors.Join(err, cardErr)
	if outErr == nil {
		err = errors.Join(err, writeOutputs(outputs, outputsOf(run, err, card)))
	}
	if path := a.getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if sumErr := appendSummary(path, summarize(run, err)); sumErr != nil {
			a.ui.Warn(&recipe.Fault{Warning: true, Code: "summary", Message: "could not write the summary: " + sumErr.Error()})
		}
	}
	if err == nil && run.Published.URL != "" {
		a.done = publishedWords(run.Published)
		err = a.printLine(run.Published.URL)
	}
	return err
}

// A stepRun is the push of a step.
type stepRun struct {
	pipeline.Run
	tools pipeline.Tools
	dry   bool
}

// pushInputs runs `lazymerge push` with the inputs as its flags. It prints no result: the runner would obey workflow commands
// in the card of a dry run. If the push fails, the run says how far it got.
func pushInputs(ctx context.Context, a *app, in *inputs) (stepRun, error) {
	step := &app{process: a.process, caller: a.caller, tokenNames: in.tokenNames(), lookOnly: in.lookOnly(a.getenv)}
	step.getenv = in.environment(a.getenv)
	step.stdout = io.Discard
	var run stepRun
	root := rootCommand(step, newPushCommand(step, func(ctx context.Context, a *app, opts pushOptions) (err error) {
		run.tools, run.Run, err = push(ctx, a, opts)
		run.dry = opts.to.DryRun
		return err
	}))
	root.SetArgs(in.commandLine())
	_, err := root.ExecuteContextC(ctx)
	if step.ui != nil {
		step.ui.Close()
	}
	a.clients = step.clients
	return run, err
}
