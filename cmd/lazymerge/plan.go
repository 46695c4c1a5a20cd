package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

type planOptions struct {
	merge mergeFlags
	publishFlags
	aimed  string // the first flag given that requires --repo; "" for none
	output string // plan file
	asJSON bool
}

func newPlanCommand(a *app) *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan CONFIG",
		Short: "Show what a merge would do, without reading weights",
		Long: `Plan reads the config, the sources' configs and the headers of their weight files, a few kB each, and shows
what a merge would read, write and need. With --repo, it also checks the target and refuses whatever push
would refuse. Nothing is created.`,
		Example: `  # See what a merge would do
  lazymerge plan merge.yaml

  # See what a push would do, and save the plan for it
  lazymerge plan merge.yaml --repo alice/marcoro-7b -o plan.json
  lazymerge push --plan plan.json`,
		Args: opts.merge.checkArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.merge.takeConfig(cmd.Flags(), args, 1); err != nil {
				return err
			}
			opts.aimed = aimed(cmd.Flags())
			return runPlan(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.asJSON, "json", false, "print the whole plan as JSON, with every tensor")
	f.StringVarP(&opts.output, "output", "o", "", "also write the plan to `FILE`, for push --plan")
	f.StringVar(&opts.merge.workDir, "work-dir", "", "`DIR` for shards waiting for upload (default the system's temporary folder)")
	opts.publishFlags.add(f)
	opts.merge.add(f)
	return cmd
}

// aimed returns the first publish flag that was given, other than --repo; "" for none.
func aimed(f *pflag.FlagSet) string {
	var publishing pflag.FlagSet
	new(publishFlags).add(&publishing)
	var names []string
	publishing.VisitAll(func(one *pflag.Flag) {
		if one.Name != "repo" {
			names = append(names, one.Name)
		}
	})
	return given(f, names)
}

// runPlan prints the report to stdout.
func runPlan(ctx context.Context, a *app, opts planOptions) error {
	q, err := a.ask(ctx, opts.merge, opts.publishFlags)
	q.tools.Access = true
	if err == nil {
		err = checkOutput("-o", opts.output, opts.merge.config)
	}
	if err != nil {
		return err
	}
	if q.request.Publish == nil && opts.aimed != "" {
		return usage(fmt.Errorf("--%s requires --repo [NAMESPACE/]NAME", opts.aimed))
	}
	p, err := a.preflight(ctx, q)
	if err != nil {
		return err
	}
	if opts.output != "" {
		file, err := p.merge.PlanFile(p.target)
		if err == nil {
			err = a.writeFile(ctx, "-o", opts.output, file.Bytes())
		}
		if err != nil {
			return err
		}
		a.done = "the plan is in " + opts.output
	}
	if opts.asJSON {
		return printJSON(a.stdout, p.report)
	}
	a.printPlan(p, opts.output)
	return nil
}

// planned is what is known before a merge.
type planned struct {
	merge  pipeline.Prepared
	target *lock.PlanTarget // nil without a repo
	report *report.Report
}

// preflight prepares a merge and, if there is a repo, what a push would do there.
func (a *app) preflight(ctx context.Context, q asked) (planned, error) {
	tools := q.tools
	if q.request.Publish != nil {
		var err error
		if tools, err = a.publisher(tools, q.to); err != nil {
			return planned{}, err
		}
	}
	request, err := a.read(ctx, q)
	if err != nil {
		return planned{}, err
	}
	if q.request.Publish == nil {
		p, err := pipeline.Prepare(ctx, tools, request)
		if err != nil {
			return planned{}, err
		}
		return planned{p, nil, p.Report(tools)}, nil
	}
	offer, err := pipeline.Preflight(ctx, tools, request)
	if err != nil {
		return planned{}, err
	}
	return planned{offer.Prepared, q.to.planned(offer.Target), offer.Report(tools)}, nil
}

// printPlan prints the page, and where the plan was written.
func (a *app) printPlan(p planned, output string) {
	screen := ui.Detect(a.screen, a.getenv, false)
	out := ui.New(ui.Options{Err: a.stdout, Color: screen.Color, Width: screen.Width, Wrap: screen.Wrap})
	defer out.Close()
	p.report.Print(p.merge.Merge, out.Line)
	for _, w := range p.merge.Warnings {
		out.Warn(w)
	}
	nothing := "nothing"
	if output != "" {
		nothing = "nothing else"
		to := ""
		if p.target == nil {
			to = " --repo NAMESPACE/NAME"
		}
		out.Line("file", "%s; lazymerge push --plan %s%s does exactly this", output, output, to)
	}
	faults := "No faults."
	if n := len(p.merge.Warnings); n > 0 {
		faults = say.N(n, "warning") + ", no faults."
	}
	out.Text("\n%s %s read, %s created.", faults, say.Bytes(p.report.Read), nothing)
}
