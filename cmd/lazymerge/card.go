package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// cardFlags are those of a card that is not published.
type cardFlags struct {
	repo    string // that it is for; "" names it after the config
	branch  string // of repo; "" is that of the plan file, else main
	chart   string // file for the picture; "" is none
	asJSON  bool
	preview previewFlags
}

func newCardCommand(a *app) *cobra.Command {
	var flags mergeFlags
	var show cardFlags
	var fields bool
	var update updateFlags
	cmd := &cobra.Command{
		Use:   "card CONFIG",
		Short: "Print the README.md that push would write, or publish a new one",
		Long: `Card plans the merge and prints its model card. No weights are read.
With --template the card is made from a template of your own; --fields lists what a template may use.

With --preview nothing is printed but an address, where the card is shown as a page until Ctrl-C: as a Hub shows
it, with its picture. The page reads nothing from elsewhere and opens by itself nowhere.

With --update and the id of a merge that lazymerge published instead of CONFIG, the card is made again and
published, with the scores of lm-evaluation-harness from --eval. The weights stay as they are. What is
printed is the address of the commit.`,
		Example: `  lazymerge card merge.yaml --repo you/name > README.md
  lazymerge card merge.yaml --repo you/name --preview
  lazymerge card --fields
  lazymerge card --update you/name --eval results.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if fields || update.repo != "" {
				return cobra.NoArgs(cmd, args)
			}
			return flags.plan.args(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := show.preview.check(cmd.Flags()); err != nil {
				return err
			}
			switch {
			case fields:
				return a.cardFields(show.asJSON)
			case update.repo != "":
				update.asJSON = show.asJSON
				if err := update.refuseFixed(cmd.Flags()); err != nil {
					return err
				}
				return a.cardUpdate(cmd.Context(), flags, update)
			}
			if err := update.refuseAlone(cmd.Flags()); err != nil {
				return err
			}
			config, _ := flags.plan.config(args, 1)
			show.branch = update.revision
			return a.card(cmd.Context(), config, flags, show)
		},
	}
	cmd.Flags().BoolVar(&show.asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&fields, "fields", false, "list the fields and functions of templates")
	show.preview.add(cmd.Flags())
	update.add(cmd.Flags())
	cmd.Flags().StringVar(&show.repo, "repo", "", "repo `NAMESPACE/NAME` that the card is for (default the name of CONFIG)")
	cmd.Flags().StringVar(&show.chart, "chart", "", "also write the card's picture, merge.png, into this `FILE`")
	flags.add(cmd.Flags())
	flags.plan.add(cmd.Flags())
	return cmd
}

// card prints the card to stdout, or the address where it is shown, and writes its picture where one is asked for.
func (a *app) card(ctx context.Context, config string, flags mergeFlags, show cardFlags) error {
	if strings.Contains(show.repo, "/") {
		if err := pipeline.CheckID("--repo", show.repo); err != nil {
			return err
		}
	}
	if err := pipeline.CheckBranch(a.words, show.branch); err != nil {
		return err
	}
	s, err := a.setup(ctx, config, &flags)
	if err == nil {
		err = checkOutput("--chart", show.chart, config)
	}
	if err != nil {
		return err
	}
	repo, branch := show.repo, show.branch
	s.Repo = repo
	m, err := s.Prepare(ctx)
	if err != nil {
		return err
	}
	for _, w := range m.Warnings {
		a.ui.Warn(w)
	}
	if file := flags.plan.file; repo == "" && file != nil && file.Target != nil {
		repo, branch = file.Target.Repo, cmp.Or(branch, file.Target.Revision)
	}
	named := repo
	switch {
	case repo != "":
	case config == "-":
		repo = "merge"
	default:
		repo = strings.TrimSuffix(filepath.Base(s.Config), filepath.Ext(s.Config))
	}
	text, err := m.Card(repo, branch)
	if err == nil {
		err = m.CheckCard(ctx, text)
	}
	if err != nil {
		return err
	}
	if show.chart != "" {
		picture, err := m.Picture()
		if err == nil {
			err = a.writePicture(ctx, m.Plan.Method, picture, show.chart)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case show.preview.on:
		return a.preview(ctx, m, repo, text, show.preview.addr)
	case show.asJSON:
		return printJSON(a.stdout, resultJSON{Repo: named, Plan: m.Plan.Hash, Card: string(text), Warnings: m.ReportWarnings()})
	}
	_, err = a.stdout.Write(text)
	return err
}

// writePicture writes p into the file of --chart. Where p is nil the card has no picture: there is a warning, and no file.
func (a *app) writePicture(ctx context.Context, method string, p *chart.Picture, file string) error {
	if p == nil {
		a.ui.Warn(&recipe.Fault{Warning: true, Code: "no-picture", Message: fmt.Sprintf("%s is not written: there is no picture for the method %s", file, method)})
		return nil
	}
	if err := a.writeFile(ctx, "--chart", file, p.PNG); err != nil {
		return err
	}
	a.done = "the picture is in " + file
	return nil
}
