package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge"
)

// addCompletions registers completions for the arguments and flags of all commands. Anything not listed here completes to
// nothing, so that shells do not offer file names for a repo or a size.
func addCompletions(root *cobra.Command) {
	config := cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	folder := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	file := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	arguments := map[string][]cobra.CompletionFunc{
		"push":    {config},
		"merge":   {config, folder},
		"plan":    {config},
		"card":    {config},
		"methods": {completeMethods},
	}
	flags := map[string]cobra.CompletionFunc{
		"template":           file,
		"license":            cobra.FixedCompletions(card.LicenseIDs(), cobra.ShellCompDirectiveNoFileComp),
		"chart":              file,
		"work-dir":           folder,
		"root":               folder,
		"transformers-cache": folder,
	}
	for _, cmd := range root.Commands() {
		cmd.ValidArgsFunction = inTurn(arguments[cmd.Name()])
		if cmd.Name() == "validate" { // takes any number
			cmd.ValidArgsFunction = config
		}
	}
	completeFlags(root, flags)
}

// inTurn completes the nth argument with the nth function.
func inTurn(each []cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(each) {
			return cobra.NoFileCompletions(cmd, args, begun)
		}
		return each[len(args)](cmd, args, begun)
	}
}

// completeMethods offers the merge methods with their summaries.
func completeMethods(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	for _, m := range merge.Methods() {
		names = append(names, cobra.CompletionWithDesc(m.Name, m.Summary))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFlags registers completions for the flags of cmd and its subcommands: those in special, else none.
func completeFlags(cmd *cobra.Command, special map[string]cobra.CompletionFunc) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		complete := special[f.Name]
		if complete == nil {
			complete = cobra.NoFileCompletions
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil {
			panic(err) // the flag exists and has no completion yet
		}
	})
	for _, sub := range cmd.Commands() {
		completeFlags(sub, special)
	}
}
