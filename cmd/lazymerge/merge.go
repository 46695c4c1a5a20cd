package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
)

func newMergeCommand(a *app) *cobra.Command {
	var flags mergeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "merge CONFIG DIR",
		Short: "Merge the models of a config into a folder",
		Long: `Merge writes the result into DIR: weights, config, tokenizer, card and lock file. DIR is new or empty.
It is never half a model: the files are moved in when all of them are complete.`,
		Example: "  lazymerge merge merge.yaml ./merged",
		Args:    flags.plan.args(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.noteMergekitFlags(cmd.Flags()); err != nil {
				return err
			}
			config, args := flags.plan.config(args, 2)
			return a.merge(cmd.Context(), config, args[0], flags, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what came of it as JSON")
	flags.add(cmd.Flags())
	flags.plan.add(cmd.Flags())
	addMergekitFlags(cmd.Flags(), &flags)
	return cmd
}

// merge prints the folder to stdout and everything else to stderr.
func (a *app) merge(ctx context.Context, config, dir string, flags mergeFlags, asJSON bool) error {
	s, err := a.setup(ctx, config, &flags)
	if err != nil {
		return err
	}
	m, err := s.Prepare(ctx, func(context.Context) error { return pipeline.CheckFolder(dir) })
	if err != nil {
		return err
	}
	if err := m.ToFolder(ctx, dir); err != nil {
		return err
	}
	a.done = "the merge is in " + dir
	if asJSON {
		return printJSON(a.stdout, resultJSON{Folder: dir, Changed: true, Plan: m.Plan.Hash, Warnings: m.ReportWarnings()})
	}
	return a.printLine(dir)
}
