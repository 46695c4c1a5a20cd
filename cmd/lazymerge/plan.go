package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

func newPlanCommand(a *app) *cobra.Command {
	var flags mergeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan CONFIG",
		Short: "Show what a merge would do, from headers alone",
		Long: `Plan reads the config, the sources' configs and the headers of their weight files, a few kB each, and
shows what a merge would read, make and need. Nothing is created.`,
		Example: "  lazymerge plan merge.yaml\n  lazymerge plan merge.yaml --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.plan(cmd.Context(), args[0], flags, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the whole plan as JSON")
	flags.add(cmd.Flags())
	return cmd
}

// plan prints the report to stdout.
func (a *app) plan(ctx context.Context, config string, flags mergeFlags, asJSON bool) error {
	s, err := a.setup(config, &flags)
	if err != nil {
		return err
	}
	m, err := s.Prepare(ctx)
	if err != nil {
		return a.refused(asJSON, err)
	}
	if asJSON {
		return printJSON(a.stdout, m.Report())
	}
	out := ui.New(ui.Options{Err: a.stdout})
	defer out.Close()
	m.Print(out.Line)
	for _, w := range m.Warnings {
		out.Warn(w)
	}
	if len(m.Warnings) == 0 {
		out.Text("\nNo faults. Nothing was created.")
	} else {
		out.Text("\nNo faults, %s. Nothing was created.", ui.N(len(m.Warnings), "warning"))
	}
	return nil
}
