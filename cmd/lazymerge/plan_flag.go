package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// planFlag is --plan: the file that "plan -o" wrote takes the place of the config and of every flag that changes
// the result.
type planFlag struct {
	path  string
	flags *pflag.FlagSet     // of the command
	file  *pipeline.PlanFile // once it is read
}

func (p *planFlag) add(f *pflag.FlagSet) {
	p.flags = f
	f.StringVar(&p.path, "plan", "", "`FILE` from plan -o: merge exactly that, or say what is not as it was")
}

// args takes n arguments, of which the first is the config, and with --plan one less as well.
func (p *planFlag) args(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if p.path == "" {
			return cobra.ExactArgs(n)(cmd, args)
		}
		return cobra.RangeArgs(n-1, n)(cmd, args)
	}
}

// config takes the config off args, which args has checked; it is "" where the plan file has it.
func (p *planFlag) config(args []string, n int) (string, []string) {
	if len(args) < n {
		return "", args
	}
	return args[0], args[1:]
}

// decided are the flags that a plan file decides.
var decided = []string{"shard-size", "out-shard-size", "seed", "random-seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "license", "license-name", "license-link"}

// read reads the plan file, once; nil without one.
func (p *planFlag) read(ctx context.Context, u *ui.UI) (*pipeline.PlanFile, error) {
	if p.path == "" || p.file != nil {
		return p.file, nil
	}
	for _, name := range decided {
		if p.flags.Changed(name) {
			return nil, usage(fmt.Errorf("--%s is decided by %s: leave it out, or make the plan again with it", name, p.path))
		}
	}
	var err error
	p.file, err = pipeline.ReadPlanFile(ctx, u, p.path)
	return p.file, err
}

// planned is p as a plan file has it.
func (p *publishFlags) planned(target *pipeline.Target) *pipeline.PlanTarget {
	return &pipeline.PlanTarget{
		Repo: target.Repo, Revision: target.Revision, CreatePR: p.createPR, Private: p.options.Private, Replace: p.replace,
		ReplaceCard: p.options.ReplaceCard, PublishConfig: p.options.PublishConfig,
	}
}

// follow takes what the plan file, if there is one, says of the target, and refuses flags that say something else.
func (p *publishFlags) follow(ctx context.Context, a *app, plan *planFlag) error {
	file, err := plan.read(ctx, a.ui)
	if err != nil || file == nil || file.Target == nil {
		return err
	}
	t := file.Target
	other := func(flag, value, planned string) error {
		return usage(fmt.Errorf("%s %s is not what was planned, %s: leave it out, or make the plan again with it", a.words.Flag(flag), value, planned))
	}
	if p.repo != "" && p.repo != t.Repo && !strings.HasSuffix(t.Repo, "/"+p.repo) {
		return other("repo", p.repo, t.Repo)
	}
	if p.revision != "" && p.revision != t.Revision {
		return other("revision", p.revision, t.Revision)
	}
	p.repo, p.revision = t.Repo, t.Revision
	for _, one := range []struct {
		flag    string
		set     *bool
		planned bool
	}{
		{a.words.Flag("create-pr"), &p.createPR, t.CreatePR},
		{a.words.Flag("private"), &p.options.Private, t.Private},
		{"--replace", &p.replace, t.Replace},
		{"--replace-card", &p.options.ReplaceCard, t.ReplaceCard},
		{"--publish-config", &p.options.PublishConfig, t.PublishConfig},
	} {
		if *one.set && !one.planned {
			return usage(fmt.Errorf("%s was not planned: leave it out, or make the plan again with it", one.flag))
		}
		*one.set = one.planned
	}
	return nil
}
