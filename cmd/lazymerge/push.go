package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
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
	f.StringVar(&opts.options.Message, "commit-message", "", "`TEXT` of the commit's message")
	f.BoolVar(&opts.options.DryRun, "dry-run", false, "stop after plan and card; the card goes to standard output")
	f.BoolVar(&opts.asJSON, "json", false, "print what came of it as JSON")
	f.StringVar(&opts.merge.workDir, "work-dir", "", "`DIR` for shards that wait for their upload (default the system's temporary folder)")
	opts.merge.add(f)
	opts.merge.plan.add(f)
	addMergekitFlags(f, &opts.merge)
	return cmd
}

// runPush prints the URL of the published commit to stdout and everything else to stderr.
func runPush(ctx context.Context, a *app, opts pushOptions) error {
	run, err := push(ctx, a, opts)
	if err != nil {
		return err
	}
	return a.printPublished(run.published, opts.options.DryRun, opts.asJSON)
}

// A pushRun is what a push has come to.
type pushRun struct {
	setup     *pipeline.Setup
	merge     *pipeline.Merge // nil where it was refused
	target    *pipeline.Target
	options   pipeline.PushOptions
	published *pipeline.Published // nil where it failed
}

// push publishes a merge. An error comes with how far it came.
func push(ctx context.Context, a *app, opts pushOptions) (pushRun, error) {
	s, file, err := a.setup(ctx, opts.config, opts.merge)
	if err != nil {
		return pushRun{}, err
	}
	if opts.publishFlags, err = opts.follow(a.caller, file); err != nil {
		return pushRun{}, err
	}
	if opts.repo == "" {
		return pushRun{}, usage(errors.New("--repo [NAMESPACE/]NAME is needed: the repo to publish to"))
	}
	m, target, err := a.prepareFor(ctx, s, opts.publishFlags)
	if err != nil {
		return pushRun{}, err
	}
	run := pushRun{setup: s, merge: m, target: target, options: opts.options}
	run.published, err = m.Push(ctx, target, opts.options)
	return run, err
}
