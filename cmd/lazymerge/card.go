package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

type cardOptions struct {
	merge   mergeFlags
	repo    string // "" names it after the config
	branch  string // "" for the plan file's, or main
	chart   string // file for the picture; "" for none
	fields  bool   // print the template reference instead
	asJSON  bool
	preview bool
	addr    string // of the preview
	update  updateFlags
}

func newCardCommand(a *app) *cobra.Command {
	var opts cardOptions
	cmd := &cobra.Command{
		Use:   "card CONFIG",
		Short: "Print the model card that push would write, or update a published one",
		Long: `Card plans the merge and prints its model card, without reading weights. --template renders your own
template; --fields lists what templates can use.

--preview serves the card as a web page until Ctrl-C, as the Hub would show it, and prints its URL. The page
loads nothing from other sites, and lazymerge never opens a browser itself.

--update replaces CONFIG with the id of a merge published by lazymerge. It renders the card again, adds
lm-evaluation-harness scores from --eval, publishes it and prints the commit URL. Weights are not touched.`,
		Example: `  lazymerge card merge.yaml --repo you/name > README.md
  lazymerge card merge.yaml --repo you/name --preview
  lazymerge card --fields
  lazymerge card --update you/name --eval results.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if opts.fields || opts.update.to.Repo != "" {
				return cobra.NoArgs(cmd, args)
			}
			return opts.merge.checkArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPreview(cmd.Flags(), opts.preview); err != nil {
				return err
			}
			if opts.fields {
				return runCardFields(a, opts)
			}
			if err := opts.update.check(cmd.Flags()); err != nil {
				return err
			}
			if opts.update.to.Repo != "" {
				return runCardUpdate(cmd.Context(), a, opts)
			}
			if err := opts.merge.takeConfig(cmd.Flags(), args, 1); err != nil {
				return err
			}
			return runCard(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.asJSON, "json", false, "print JSON")
	f.BoolVar(&opts.fields, "fields", false, "list the fields and functions for templates")
	f.StringVar(&opts.repo, "repo", "", "`NAMESPACE/NAME` of the repo the card is for (default the name of CONFIG)")
	f.StringVar(&opts.branch, "revision", "", "`BRANCH` the card is for, and --update publishes to (default main)")
	f.StringVar(&opts.chart, "chart", "", "also write the card's picture, merge.png, to `FILE`")
	f.BoolVar(&opts.preview, "preview", false, "serve the card as a web page instead of printing it")
	f.StringVar(&opts.addr, "addr", "127.0.0.1:0", "`HOST:PORT` for --preview to listen on; port 0 picks a free one")
	opts.update.add(f)
	opts.merge.add(f)
	return cmd
}

// runCard prints the card, or the URL of its preview, to stdout. It writes the picture if asked to.
func runCard(ctx context.Context, a *app, opts cardOptions) error {
	if strings.Contains(opts.repo, "/") {
		if err := names.CheckID("--repo", opts.repo); err != nil {
			return err
		}
	}
	if err := names.CheckBranch(a.caller, opts.branch); err != nil {
		return err
	}
	q, err := a.ask(ctx, opts.merge, publishFlags{})
	if err == nil {
		err = checkOutput("--chart", opts.chart, opts.merge.config)
	}
	if err != nil {
		return err
	}
	q.request.Repo, q.request.Publish = opts.repo, nil
	request, err := a.read(ctx, q)
	if err != nil {
		return err
	}
	prepared, err := pipeline.Prepare(ctx, q.tools, request)
	if err != nil {
		return err
	}
	at := render.Place{Repo: opts.repo, Revision: opts.branch}
	if at.Repo == "" && q.file != nil && q.file.Target != nil {
		at = render.Place{Repo: q.file.Target.Repo, Revision: cmp.Or(opts.branch, q.file.Target.Revision)}
	}
	named := at.Repo
	switch {
	case named != "":
	case opts.merge.config == "-":
		at.Repo = "merge"
	default:
		at.Repo = strings.TrimSuffix(filepath.Base(request.Name), filepath.Ext(request.Name))
	}
	page, picture, err := pipeline.Card(q.tools, prepared, at)
	if err != nil {
		return err
	}
	if opts.chart != "" {
		if err := a.writePicture(ctx, prepared.Merge.Plan.Method, picture, opts.chart); err != nil {
			return err
		}
	}
	switch {
	case opts.preview:
		return runCardPreview(ctx, a, page, at.Repo, opts.addr)
	case opts.asJSON:
		return printJSON(a.stdout, resultJSON{Repo: named, Plan: prepared.Merge.Plan.Hash, Card: string(page.Card), Warnings: report.Faults(prepared.Warnings)})
	}
	_, err = a.stdout.Write(page.Card)
	return err
}

// writePicture writes p to the file of --chart, or warns if p is nil: the card has no picture then.
func (a *app) writePicture(ctx context.Context, method string, p *chart.Picture, file string) error {
	if p == nil {
		a.ui.Warn(&recipe.Fault{Warning: true, Code: "no-picture", Message: fmt.Sprintf("%s not written: there is no picture for method %s", file, method)})
		return nil
	}
	if err := a.writeFile(ctx, "--chart", file, p.PNG); err != nil {
		return err
	}
	a.done = "the picture is in " + file
	return nil
}

func runCardFields(a *app, opts cardOptions) error {
	if opts.asJSON {
		return printJSON(a.stdout, fieldsJSON{card.Fields(), card.Functions()})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for _, f := range card.Fields() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Type, f.Doc)
	}
	_ = w.Flush() // stdout is watched
	_, err := fmt.Fprintln(a.stdout, "\n"+card.Functions())
	return err
}

// fieldsJSON is the template reference as JSON.
type fieldsJSON struct {
	Fields    []card.Field `json:"fields"`
	Functions string       `json:"functions"` // plain text
}
