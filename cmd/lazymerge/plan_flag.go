package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// planFlag is --plan. A file from "plan -o" replaces the config and all flags that affect the result.
type planFlag struct{ path string }

func (p *planFlag) add(f *pflag.FlagSet) {
	f.StringVar(&p.path, "plan", "", "use the plan in `FILE`, from plan -o, or fail if something changed since")
}

// checkArgs requires n arguments, the first a config, which may be absent with --plan.
func (p planFlag) checkArgs(n int, cmd *cobra.Command, args []string) error {
	if p.path == "" {
		return cobra.ExactArgs(n)(cmd, args)
	}
	return cobra.RangeArgs(n-1, n)(cmd, args)
}

// fixed are the flags that a plan file fixes.
var fixed = []string{"shard-size", "out-shard-size", "seed", "random-seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "license", "license-name", "license-link"}

// config splits the config off args, which has n with it; "" if it is in the plan file. It refuses flags that the plan file fixes.
func (p planFlag) config(cmd *cobra.Command, args []string, n int) (string, []string, error) {
	for _, name := range fixed {
		if p.path != "" && cmd.Flags().Changed(name) {
			return "", nil, usage(fmt.Errorf("--%s is fixed by %s: omit it, or make a new plan with it", name, p.path))
		}
	}
	if len(args) < n {
		return "", args, nil
	}
	return args[0], args[1:], nil
}

// read reads the plan file; nil without --plan.
func (p planFlag) read(ctx context.Context, u *ui.UI) (*lock.PlanFile, error) {
	if p.path == "" {
		return nil, nil
	}
	return lock.ReadPlanFile(ctx, p.path, func() { u.Line("reading", "the plan from %s", p.path) })
}
