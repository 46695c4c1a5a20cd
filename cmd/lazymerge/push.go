package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

type pushOptions struct {
	config string
	merge  mergeFlags
	publishFlags
	asJSON bool
}

// newPushCommand makes the command, which calls run with its options.
func newPushCommand(a *app, run func(context.Context, *app, pushOptions) error) *cobra.Command {
	var opts pushOptions
	cmd := &cobra.Command{
		Use:   "push CONFIG --repo [NAMESPACE/]NAME",
		Short: "Merge the models of a config and publish the result",
		Long: `Push merges the models that CONFIG names and publishes the result as a model repo.

Everything that can be wrong is checked first. The repo shows the merge only when it is complete, in one
commit. The last line, on standard output, is the address of that commit.

With --create-pr the commit is a pull request to main, for which it is enough that the token may read the repo; the
last line is then the address of the pull request. An open one of yours with the same merge is found again.`,
		Example: `  # Publish a merge
  lazymerge push merge.yaml --repo alice/marcoro-7b

  # See the plan and the card first; nothing is created
  lazymerge push merge.yaml --repo alice/marcoro-7b --dry-run

  # Publish what was planned, on another day or machine
  lazymerge plan merge.yaml --repo alice/marcoro-7b -o plan.json
  lazymerge push --plan plan.json`,
		Args: func(cmd *cobra.Command, args []string) error { return opts.merge.plan.checkArgs(1, cmd, args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			err := opts.merge.plan.check(cmd.Flags())
			if err == nil {
				err = a.noteMergekitFlags(cmd.Flags())
			}
			if err != nil {
				return err
			}
			opts.config, _ = cutConfig(args, 1)
			return run(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	opts.publishFlags.add(f)
	f.StringVar(&opts.to.Message, "commit-message", "", "`TEXT` of the commit's message")
	f.BoolVar(&opts.to.DryRun, "dry-run", false, "stop after plan and card; the card goes to standard output")
	f.BoolVar(&opts.asJSON, "json", false, "print what came of it as JSON")
	f.StringVar(&opts.merge.workDir, "work-dir", "", "`DIR` for shards that wait for their upload (default the system's temporary folder)")
	opts.merge.add(f)
	opts.merge.plan.add(f)
	addMergekitFlags(f, &opts.merge)
	return cmd
}

// runPush prints the URL of the published commit to stdout and everything else to stderr.
func runPush(ctx context.Context, a *app, opts pushOptions) error {
	_, run, err := push(ctx, a, opts)
	if err != nil {
		return err
	}
	return a.printPublished(run.Published, opts.to.DryRun, opts.asJSON)
}

// push publishes a merge. An error comes with how far it came.
func push(ctx context.Context, a *app, opts pushOptions) (pipeline.Tools, pipeline.Run, error) {
	q, err := a.ask(ctx, opts.merge, opts.publishFlags)
	if err != nil {
		return q.tools, pipeline.Run{}, err
	}
	if q.request.Publish == nil {
		return q.tools, pipeline.Run{}, usage(errors.New("--repo [NAMESPACE/]NAME is needed: the repo to publish to"))
	}
	q.tools.Access = a.caller == say.Action // for the summary
	tools, err := a.publisher(q.tools, q.to)
	if err != nil {
		return tools, pipeline.Run{}, err
	}
	request, err := a.read(ctx, q, opts.config, opts.merge.template)
	if err != nil {
		return tools, pipeline.Run{}, err
	}
	run, err := pipeline.Push(ctx, tools, request)
	return tools, run, err
}
