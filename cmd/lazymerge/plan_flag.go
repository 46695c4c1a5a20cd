package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// planFlag is --plan: the file that "plan -o" wrote takes the place of the config and of every flag that changes
// the result.
type planFlag struct{ path string }

func (p *planFlag) add(f *pflag.FlagSet) {
	f.StringVar(&p.path, "plan", "", "`FILE` from plan -o: merge exactly that, or say what is not as it was")
}

// checkArgs takes n arguments, of which the first is the config, and with --plan one less as well.
func (p planFlag) checkArgs(n int, cmd *cobra.Command, args []string) error {
	if p.path == "" {
		return cobra.ExactArgs(n)(cmd, args)
	}
	return cobra.RangeArgs(n-1, n)(cmd, args)
}

// cutConfig takes the config off n arguments; it is "" where the plan file has it.
func cutConfig(args []string, n int) (string, []string) {
	if len(args) < n {
		return "", args
	}
	return args[0], args[1:]
}

// decided are the flags that a plan file decides.
var decided = []string{"shard-size", "out-shard-size", "seed", "random-seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "license", "license-name", "license-link"}

// check refuses flags that say what the plan file says already.
func (p planFlag) check(f *pflag.FlagSet) error {
	if p.path == "" {
		return nil
	}
	for _, name := range decided {
		if f.Changed(name) {
			return usage(fmt.Errorf("--%s is decided by %s: leave it out, or make the plan again with it", name, p.path))
		}
	}
	return nil
}

// read reads the plan file; nil without one.
func (p planFlag) read(ctx context.Context, u *ui.UI) (*lock.PlanFile, error) {
	if p.path == "" {
		return nil, nil
	}
	return lock.ReadPlanFile(ctx, p.path, func() { u.Line("reading", "the plan from %s", p.path) })
}
