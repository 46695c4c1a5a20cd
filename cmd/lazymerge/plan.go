package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

type planOptions struct {
	config string
	merge  mergeFlags
	publishFlags
	aimed  string // a flag that says how to publish and was given, which needs a repo; "" for none
	output string // plan file
	asJSON bool
}

func newPlanCommand(a *app) *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan CONFIG",
		Short: "Show what a merge would do, from headers alone",
		Long: `Plan reads the config, the sources' configs and the headers of their weight files, a few kB each, and
shows what a merge would read, make and need. With --repo it looks at the repo to publish to as well, as push would,
and refuses all that push would refuse. Nothing is created.`,
		Example: `  # See what a merge would do
  lazymerge plan merge.yaml

  # See what a push would do, too, and keep the plan for it
  lazymerge plan merge.yaml --repo alice/marcoro-7b -o plan.json
  lazymerge push --plan plan.json`,
		Args: func(cmd *cobra.Command, args []string) error { return opts.merge.plan.checkArgs(1, cmd, args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.merge.plan.check(cmd.Flags()); err != nil {
				return err
			}
			opts.config, _ = cutConfig(args, 1)
			opts.aimed = aimed(cmd.Flags())
			return runPlan(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.asJSON, "json", false, "print all of it as JSON, with every tensor")
	f.StringVarP(&opts.output, "output", "o", "", "write the plan into this `FILE` as well, for push --plan")
	f.StringVar(&opts.merge.workDir, "work-dir", "", "`DIR` for shards that wait for their upload (default the system's temporary folder)")
	opts.publishFlags.add(f)
	opts.merge.add(f)
	opts.merge.plan.add(f)
	return cmd
}

// aimed is the first flag of how to publish that was given, "" for none. The repo is none of them.
func aimed(f *pflag.FlagSet) string {
	var publishing pflag.FlagSet
	new(publishFlags).add(&publishing)
	first := ""
	publishing.VisitAll(func(one *pflag.Flag) {
		if first == "" && one.Name != "repo" && f.Changed(one.Name) {
			first = one.Name
		}
	})
	return first
}

// runPlan prints the report to stdout.
func runPlan(ctx context.Context, a *app, opts planOptions) error {
	s, file, err := a.setup(ctx, opts.config, opts.merge)
	if err == nil {
		opts.publishFlags, err = opts.follow(a.caller, file)
	}
	if err == nil {
		err = checkOutput("-o", opts.output, opts.config)
	}
	if err != nil {
		return err
	}
	if opts.repo == "" && opts.aimed != "" {
		return usage(fmt.Errorf("--%s says how to publish, and --repo [NAMESPACE/]NAME is missing", opts.aimed))
	}
	m, preview, err := a.preflight(ctx, s, opts.publishFlags)
	if err != nil {
		return err
	}
	report := m.Report(ctx, preview)
	if opts.output != "" {
		if err := writePlan(ctx, a, m, preview, opts); err != nil {
			return err
		}
		a.done = "the plan is in " + opts.output
	}
	if opts.asJSON {
		return printJSON(a.stdout, report)
	}
	a.printPlan(m, report, opts.output)
	return nil
}

// printPlan prints the page, and where the plan was written to.
func (a *app) printPlan(m *pipeline.Merge, report *pipeline.Report, output string) {
	screen := ui.Detect(a.screen, a.getenv, false)
	out := ui.New(ui.Options{Err: a.stdout, Color: screen.Color, Width: screen.Width, Wrap: screen.Wrap})
	defer out.Close()
	m.Print(report, out.Line)
	for _, w := range m.Warnings {
		out.Warn(w)
	}
	nothing := "nothing"
	if output != "" {
		nothing = "nothing else"
		to := ""
		if report.Target == nil {
			to = " --repo NAMESPACE/NAME"
		}
		out.Line("file", "%s; lazymerge push --plan %s%s does exactly this", output, output, to)
	}
	faults := "No faults."
	if n := len(m.Warnings); n > 0 {
		faults = say.N(n, "warning") + ", no faults."
	}
	out.Text("\n%s %s read, %s created.", faults, say.Bytes(report.Read), nothing)
}

func writePlan(ctx context.Context, a *app, m *pipeline.Merge, preview *pipeline.Preview, opts planOptions) error {
	var target *lock.PlanTarget
	if preview != nil {
		target = opts.planned(preview.Target)
	}
	file, err := m.File(target)
	if err != nil {
		return err
	}
	return a.writeFile(ctx, "-o", opts.output, file.Bytes())
}

// preflight prepares a merge and, where a repo is named, what a push would do there.
func (a *app) preflight(ctx context.Context, s *pipeline.Setup, to publishFlags) (*pipeline.Merge, *pipeline.Preview, error) {
	if to.repo == "" {
		m, err := s.Prepare(ctx)
		return m, nil, err
	}
	m, target, err := a.prepareFor(ctx, s, to)
	if err != nil {
		return nil, nil, err
	}
	preview, err := m.Preview(ctx, target, to.options)
	if err != nil {
		return nil, nil, err
	}
	return m, preview, m.Check(ctx, preview)
}
