package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

type pushOptions struct {
	merge mergeFlags
	publishFlags
	asJSON bool
}

// newPushCommand returns the command, which calls run with its options.
func newPushCommand(a *app, run func(context.Context, *app, pushOptions) error) *cobra.Command {
	var opts pushOptions
	cmd := &cobra.Command{
		Use:   "push CONFIG --repo [NAMESPACE/]NAME",
		Short: "Merge models and publish the result",
		Long: `Push merges the models in CONFIG and publishes the result as a model repo.

It checks everything first, and the repo shows the merge only when it is complete, in one commit. Standard
output is the URL of that commit.

With --create-pr, the commit is a pull request to main, and its URL is printed. The token only needs read
access to the repo. If you already have an open pull request with the same merge, push reuses it.`,
		Example: `  # Publish a merge
  lazymerge push merge.yaml --repo alice/marcoro-7b

  # Preview the plan and the card, create nothing
  lazymerge push merge.yaml --repo alice/marcoro-7b --dry-run

  # Publish a saved plan, on another day or machine
  lazymerge plan merge.yaml --repo alice/marcoro-7b -o plan.json
  lazymerge push --plan plan.json`,
		Args: opts.merge.checkArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.merge.takeConfig(cmd.Flags(), args, 1); err != nil {
				return err
			}
			if err := a.noteMergekitFlags(cmd.Flags()); err != nil {
				return err
			}
			return run(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	opts.publishFlags.add(f)
	f.StringVar(&opts.to.Message, "commit-message", "", "commit message `TEXT`")
	f.BoolVar(&opts.to.DryRun, "dry-run", false, "print the plan and the card, create nothing")
	f.BoolVar(&opts.asJSON, "json", false, "print the result as JSON")
	f.StringVar(&opts.merge.workDir, "work-dir", "", "`DIR` for shards waiting for upload (default the system's temporary folder)")
	opts.merge.add(f)
	addMergekitFlags(f, &opts.merge)
	return cmd
}

// runPush prints the URL of the commit to stdout.
func runPush(ctx context.Context, a *app, opts pushOptions) error {
	_, run, err := push(ctx, a, opts)
	if err != nil {
		return err
	}
	return a.printPublished(run.Published, opts.to.DryRun, opts.asJSON)
}

// push publishes a merge. On an error, the run says how far it got.
func push(ctx context.Context, a *app, opts pushOptions) (pipeline.Tools, pipeline.Run, error) {
	q, err := a.ask(ctx, opts.merge, opts.publishFlags)
	if err != nil {
		return q.tools, pipeline.Run{}, err
	}
	if q.request.Publish == nil {
		return q.tools, pipeline.Run{}, usage(errors.New("--repo [NAMESPACE/]NAME is required: the repo to publish to"))
	}
	q.tools.Access = a.caller == say.Action // for the summary
	tools, err := a.publisher(q.tools, q.to)
	if err != nil {
		return tools, pipeline.Run{}, err
	}
	request, err := a.read(ctx, q)
	if err != nil {
		return tools, pipeline.Run{}, err
	}
	run, err := pipeline.Push(ctx, tools, request)
	return tools, run, err
}
