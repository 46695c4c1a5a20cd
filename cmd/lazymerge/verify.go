package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/verify"
)

type verifyOptions struct {
	name     string // repo or folder
	revision string
	sample   int
	asJSON   bool
	merge    mergeFlags
	other    targetFlags
}

func newVerifyCommand(a *app) *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify NAMESPACE/NAME|DIR",
		Short: "Rebuild a published merge and compare",
		Long: `Verify reads the lock file of a merge made by lazymerge, in a repo or a folder such as ./out. It merges the
same config and source commits again and compares every byte. Nothing is written.

--sample compares only N random tensors, and all other files. Even for a large model, that takes about a
minute.

The exit code is 8 if anything differs, or if there are extra files that loaders would read. An edited
README.md is not a difference, but verify reports claims in it that are wrong. Sources that were renamed are
found under their new names. If the merge is on another Hub than its sources, set --target-endpoint.`,
		Example: "  lazymerge verify you/name\n  lazymerge verify you/name --sample 8\n  lazymerge verify ./out",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.name = args[0]
			return runVerify(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.revision, "revision", "", "branch, tag or commit `REVISION` to verify (default main)")
	f.IntVar(&opts.sample, "sample", 0, "compare only `N` random tensors")
	f.BoolVar(&opts.asJSON, "json", false, "print the verdict as JSON")
	f.StringVar(&opts.other.endpoint, "target-endpoint", "", "`URL` of the Hub with the merge (default the Hub of the sources)")
	f.StringVar(&opts.other.token, "target-token", "", "`TOKEN` for the repo of the merge; prefer "+targetTokenVariable)
	opts.merge.addMachine(f)
	return cmd
}

// runVerify prints the verdict to stdout.
func runVerify(ctx context.Context, a *app, opts verifyOptions) error {
	if opts.sample < 0 {
		return usage(fmt.Errorf("--sample %d: must be the number of tensors to compare", opts.sample))
	}
	q, err := a.ask(ctx, opts.merge, publishFlags{})
	if err != nil {
		return err
	}
	if q.tools.Target, err = a.targetClient(q.tools.Hub, opts.other); err != nil {
		return err
	}
	v, err := verify.Verify(ctx, q.tools, q.request, opts.name, opts.revision, opts.sample)
	if err != nil {
		return err
	}
	for _, note := range v.Notes {
		a.ui.Line("note", "%s", note)
	}
	err = a.printVerdict(v, opts.asJSON)
	if !v.Same {
		return differs(v)
	}
	return err
}

func (a *app) printVerdict(v verify.Verdict, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, v)
	}
	at := v.Repo
	if v.Commit != "" {
		at += " at " + say.CommitID(v.Commit)
	}
	switch tensors := say.N(v.Tensors, "tensor"); {
	case !v.Same:
		return a.printLine(at + " differs")
	case len(v.Sampled) > 0:
		return a.printLine(fmt.Sprintf("%s is the same in %d of %s, and in every file listed in its lock", at, len(v.Sampled), tensors))
	default:
		return a.printLine(fmt.Sprintf("%s is the same: %s, every byte", at, tensors))
	}
}

// differs returns an error with each difference between a merge and its lock.
func differs(v verify.Verdict) error {
	errs := make([]error, len(v.Differ))
	for i, text := range v.Differ {
		errs[i] = errors.New(text)
	}
	return fault.Of(fault.Differs, errors.Join(errs...))
}
