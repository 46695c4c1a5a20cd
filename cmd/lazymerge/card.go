package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newCardCommand(a *app) *cobra.Command {
	var flags mergeFlags
	var repo string
	cmd := &cobra.Command{
		Use:   "card CONFIG",
		Short: "Print the README.md that push would write",
		Long: `Card plans the merge and prints its model card. No weights are read.
With --template the card is made from a template of your own.`,
		Example: "  lazymerge card merge.yaml --repo you/name > README.md",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.card(cmd.Context(), args[0], repo, flags)
		},
	}
	cmd.Flags().StringVar(&repo, "repo", "", "repo that the card is for (default the name of CONFIG)")
	flags.add(cmd.Flags())
	return cmd
}

// card prints the card to stdout.
func (a *app) card(ctx context.Context, config, repo string, flags mergeFlags) error {
	s, err := a.setup(config, &flags)
	if err != nil {
		return err
	}
	m, err := s.Prepare(ctx)
	if err != nil {
		return err
	}
	for _, w := range m.Warnings {
		a.ui.Warn(w)
	}
	switch {
	case repo == "" && config == "-":
		repo = "merge"
	case repo == "":
		repo = strings.TrimSuffix(filepath.Base(config), filepath.Ext(config))
	}
	text, err := m.Card(repo)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(text)
	return err
}
