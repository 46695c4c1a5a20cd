package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

type planFlags struct {
	merge mergeFlags
	publishFlags
	asJSON bool
	output string // plan file
}

func newPlanCommand(a *app) *cobra.Command {
	var flags planFlags
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
		Args: flags.merge.plan.args(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := flags.follow(cmd.Context(), a, &flags.merge.plan)
			if err == nil {
				err = flags.needRepo(cmd.Flags())
			}
			if err != nil {
				return err
			}
			config, _ := flags.merge.plan.config(args, 1)
			return a.plan(cmd.Context(), config, flags)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&flags.asJSON, "json", false, "print all of it as JSON, with every tensor")
	f.StringVarP(&flags.output, "output", "o", "", "write the plan into this `FILE` as well, for push --plan")
	f.StringVar(&flags.merge.workDir, "work-dir", "", "`DIR` for shards that wait for their upload (default the system's temporary folder)")
	flags.publishFlags.add(f)
	flags.merge.add(f)
	flags.merge.plan.add(f)
	return cmd
}

// needRepo refuses flags of a target where none is named.
func (p *publishFlags) needRepo(f *pflag.FlagSet) error {
	if p.repo != "" {
		return nil
	}
	var without pflag.FlagSet
	new(publishFlags).add(&without)
	var err error
	without.VisitAll(func(one *pflag.Flag) {
		if err == nil && f.Changed(one.Name) {
			err = usage(fmt.Errorf("--%s says how to publish, and --repo [NAMESPACE/]NAME is missing", one.Name))
		}
	})
	return err
}

// plan prints the report to stdout.
func (a *app) plan(ctx context.Context, config string, flags planFlags) error {
	s, err := a.setup(ctx, config, &flags.merge)
	if err == nil {
		err = checkOutput("-o", flags.output, config)
	}
	if err != nil {
		return err
	}
	m, preview, err := a.preflight(ctx, s, &flags.publishFlags)
	if err != nil {
		return err
	}
	report := m.Report(ctx, preview)
	if flags.output != "" {
		if err := a.writePlan(ctx, m, preview, &flags); err != nil {
			return err
		}
		a.done = "the plan is in " + flags.output
	}
	if flags.asJSON {
		return printJSON(a.stdout, report)
	}
	a.printPlan(m, report, flags.output)
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
		faults = ui.N(n, "warning") + ", no faults."
	}
	out.Text("\n%s %s read, %s created.", faults, ui.Bytes(report.Read), nothing)
}

func (a *app) writePlan(ctx context.Context, m *pipeline.Merge, preview *pipeline.Preview, flags *planFlags) error {
	var target *pipeline.PlanTarget
	if preview != nil {
		target = flags.planned(preview.Target)
	}
	file, err := m.File(target)
	if err != nil {
		return err
	}
	return a.writeFile(ctx, "-o", flags.output, file.Bytes())
}

// preflight prepares a merge and, where a repo is named, what a push would do there.
func (a *app) preflight(ctx context.Context, s *pipeline.Setup, to *publishFlags) (*pipeline.Merge, *pipeline.Preview, error) {
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

// lookOrWrite has a dry run without a token look at its target as anybody sees it. Whether it may be written to is not asked
// then.
func (a *app) lookOrWrite(s *pipeline.Setup, to *publishFlags) {
	c := cmp.Or(s.Target, s.Hub)
	if s.LookOnly = a.lookOnly || to.options.DryRun && c.TokenFrom == ""; s.LookOnly {
		a.ui.Line("target", "this dry run has no token for %s, so it is looked at as anybody sees it", to.repo)
	}
}

// prepareFor prepares a merge that is to be published, and finds its target.
func (a *app) prepareFor(ctx context.Context, s *pipeline.Setup, to *publishFlags) (*pipeline.Merge, *pipeline.Target, error) {
	s.Repo, s.Propose, s.Publish = to.repo, to.createPR, &to.options
	var err error
	if s.Target, err = a.targetClient(s.Hub, to.other); err != nil {
		return nil, nil, err
	}
	a.lookOrWrite(s, to)
	var target *pipeline.Target
	m, err := s.Prepare(ctx, func(ctx context.Context) (err error) {
		target, err = s.FindTarget(ctx, to.repo, to.revision, to.replace)
		return err
	})
	return m, target, err
}
