package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

type pushFlags struct {
	merge mergeFlags
	publishFlags
	asJSON bool
}

func newPushCommand(a *app) *cobra.Command {
	var flags pushFlags
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
		Args: flags.merge.plan.args(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.follow(cmd.Context(), a, &flags.merge.plan); err != nil {
				return err
			}
			if flags.repo == "" {
				return usage(errors.New("--repo [NAMESPACE/]NAME is needed: the repo to publish to"))
			}
			if err := a.noteMergekitFlags(cmd.Flags()); err != nil {
				return err
			}
			config, _ := flags.merge.plan.config(args, 1)
			return a.push(cmd.Context(), config, flags)
		},
	}
	f := cmd.Flags()
	flags.publishFlags.add(f)
	f.StringVar(&flags.options.Message, "commit-message", "", "`TEXT` of the commit's message")
	f.BoolVar(&flags.options.DryRun, "dry-run", false, "stop after plan and card; the card goes to standard output")
	f.BoolVar(&flags.asJSON, "json", false, "print what came of it as JSON")
	f.StringVar(&flags.merge.workDir, "work-dir", "", "`DIR` for shards that wait for their upload (default the system's temporary folder)")
	flags.merge.add(f)
	flags.merge.plan.add(f)
	addMergekitFlags(f, &flags.merge)
	return cmd
}

// push prints the URL of the published commit to stdout and everything else to stderr.
func (a *app) push(ctx context.Context, config string, flags pushFlags) error {
	s, err := a.setup(ctx, config, &flags.merge)
	if err != nil {
		return err
	}
	m, target, err := a.prepareFor(ctx, s, &flags.publishFlags)
	if err != nil {
		return err
	}
	a.pushed = pushRun{setup: s, merge: m, target: target, options: flags.options}
	published, err := m.Push(ctx, target, flags.options)
	if err != nil {
		return err
	}
	a.pushed.published = published
	return a.printPublished(published, flags.options.DryRun, flags.asJSON)
}
