package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkArgs requires n arguments, the first a config, which may be absent with --plan.
func (m *mergeFlags) checkArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if m.plan == "" {
			return cobra.ExactArgs(n)(cmd, args)
		}
		return cobra.RangeArgs(n-1, n)(cmd, args)
	}
}

// fixed are the flags that a plan file fixes.
var fixed = []string{"shard-size", "out-shard-size", "seed", "random-seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "license", "license-name", "license-link"}

// takeConfig takes the config from args, which have n with it. It refuses flags that the plan file fixes.
func (m *mergeFlags) takeConfig(f *pflag.FlagSet, args []string, n int) error {
	if name := given(f, fixed); m.plan != "" && name != "" {
		return usage(fmt.Errorf("--%s is fixed by %s: omit it, or make a new plan with it", name, m.plan))
	}
	if len(args) == n {
		m.config = args[0]
	}
	return nil
}

// given returns the first of names that is a flag on the command line; "" if none is.
func given(f *pflag.FlagSet, names []string) string {
	if i := slices.IndexFunc(names, f.Changed); i >= 0 {
		return names[i]
	}
	return ""
}
