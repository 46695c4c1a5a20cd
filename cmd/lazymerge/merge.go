package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
)

type mergeOptions struct {
	dir    string
	merge  mergeFlags
	asJSON bool
}

func newMergeCommand(a *app) *cobra.Command {
	var opts mergeOptions
	cmd := &cobra.Command{
		Use:   "merge CONFIG DIR",
		Short: "Merge models into a folder",
		Long: `Merge writes weights, config, tokenizer, card and lock file to DIR, which must be new or empty. Files move
into DIR only when all are complete, so it never holds half a model.`,
		Example: "  lazymerge merge merge.yaml ./merged",
		Args:    opts.merge.checkArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.merge.takeConfig(cmd.Flags(), args, 2); err != nil {
				return err
			}
			if err := a.noteMergekitFlags(cmd.Flags()); err != nil {
				return err
			}
			opts.dir = args[len(args)-1]
			return runMerge(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.asJSON, "json", false, "print the result as JSON")
	opts.merge.add(f)
	addMergekitFlags(f, &opts.merge)
	return cmd
}

// runMerge prints the folder to stdout.
func runMerge(ctx context.Context, a *app, opts mergeOptions) error {
	q, err := a.ask(ctx, opts.merge, publishFlags{})
	if err != nil {
		return err
	}
	q.request.Repo, q.request.Publish = "", nil // a plan file may name a repo
	request, err := a.read(ctx, q)
	if err != nil {
		return err
	}
	prepared, warnings, err := pipeline.MergeInto(ctx, q.tools, request, opts.dir)
	if err != nil {
		return err
	}
	a.done = "the merge is in " + opts.dir
	if opts.asJSON {
		return printJSON(a.stdout, resultJSON{Folder: opts.dir, Changed: true, Plan: prepared.Merge.Plan.Hash, Warnings: report.Faults(warnings)})
	}
	return a.printLine(opts.dir)
}
