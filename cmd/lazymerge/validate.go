package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

type validateOptions struct {
	configs      []string
	strict       bool
	allowSecrets bool
	asJSON       bool
}

func newValidateCommand(a *app) *cobra.Command {
	var opts validateOptions
	cmd := &cobra.Command{
		Use:   "validate CONFIG...",
		Short: "Check configs offline",
		Long: `Validate checks the text of configs and reports all faults at once on standard error, each with its position
and what to write instead. In GitHub Actions, faults also become annotations. CONFIG may be - for standard
input.

A fault stops a merge. A warning is something that mergekit silently accepts but is probably a mistake. To
check what depends on the models, such as the number of layers, use lazymerge plan.

--json prints one object. files has valid and the number of faults and warnings per config; faults and
warnings have code, file, line, column, message and hint.`,
		Example: `  # Check all configs in a folder
  lazymerge validate merges/*.yaml

  # Treat warnings as faults
  lazymerge validate merge.yaml --strict`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.configs = args
			return runValidate(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.strict, "strict", false, "treat warnings as faults")
	cmd.Flags().BoolVar(&opts.allowSecrets, "allow-secrets", false, "accept text that looks like a token or password")
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print faults and warnings as JSON")
	return cmd
}

// validity is the result of validate as JSON.
type validity struct {
	Files []fileValidity `json:"files"`
	report.Refusal
}

type fileValidity struct {
	File     string `json:"file"`
	Valid    bool   `json:"valid"` // no faults and, with --strict, no warnings
	Faults   int    `json:"faults"`
	Warnings int    `json:"warnings"`
}

// runValidate prints the faults of all configs to stderr and, with --json, to stdout.
func runValidate(ctx context.Context, a *app, opts validateOptions) error {
	if i := slices.Index(opts.configs, "-"); i >= 0 && slices.Contains(opts.configs[i+1:], "-") {
		return usage(errors.New("standard input (-) can be given only once"))
	}
	result := validity{Files: []fileValidity{}}
	var all recipe.Faults
	valid := 0
	for _, config := range opts.configs {
		name, text, err := pipeline.ReadConfig(ctx, a.ui, config, a.stdin)
		faults := recipe.Faults(fault.Faults(err)) // without a position
		if err == nil {
			request := pipeline.Request{Name: name, Text: text, AllowSecrets: opts.allowSecrets}
			_, faults = pipeline.Validate(pipeline.Tools{}, request)
		}
		all = append(all, faults...)
		one := fileValidity{File: name, Faults: len(faults.Errors()), Warnings: len(faults.Warnings())}
		one.Valid = one.Faults == 0 && (one.Warnings == 0 || !opts.strict)
		if one.Valid {
			valid++
		}
		result.Files = append(result.Files, one)
	}
	var err error
	if opts.asJSON {
		result.Refusal = report.Of(all)
		err = printJSON(a.stdout, result)
	}
	if valid < len(opts.configs) {
		return pipeline.Refuse(all)
	}
	if err != nil {
		return err
	}
	for _, w := range all {
		a.ui.Warn(w)
	}
	if valid == 1 {
		a.ui.Line("valid", "%s", result.Files[0].File)
	} else {
		a.ui.Line("valid", "all %s", say.N(valid, "config"))
	}
	return nil
}
