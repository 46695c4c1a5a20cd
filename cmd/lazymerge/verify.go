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
	name     string // of a repo, or the path of a folder
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
		Short: "Make a published merge again and compare",
		Long: `Verify reads the lock file of a merge that lazymerge published, or wrote into a folder, makes the merge again from the same config and the same
commits of its sources, and compares every byte. With --sample it compares only some tensors, drawn at random,
by reading their ranges: a minute for a large model; all other files are made again with it. Nothing is written.

The exit code is 8 where anything differs, also where there are files that loaders read and the merge did not make. A README.md that was
edited is no difference; what it claims otherwise is told. Sources that were renamed since are found under their new names. The sources are read from their Hub, and the merge from that of
--target-endpoint where it is on another. A folder is written as a path, such as ./out.`,
		Example: "  lazymerge verify you/name\n  lazymerge verify you/name --sample 8\n  lazymerge verify ./out",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.name = args[0]
			return runVerify(cmd.Context(), a, opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.revision, "revision", "", "branch, tag or commit `REVISION` to look at (default main)")
	f.IntVar(&opts.sample, "sample", 0, "compare only `N` tensors, drawn at random")
	f.BoolVar(&opts.asJSON, "json", false, "print the verdict as JSON")
	f.StringVar(&opts.other.endpoint, "target-endpoint", "", "address `URL` of the Hub that the merge is on, where it is not the sources'")
	f.StringVar(&opts.other.token, "target-token", "", "`TOKEN` for the repo of the merge; better set "+targetTokenVariable)
	opts.merge.addMachine(f)
	return cmd
}

// runVerify prints the verdict to stdout.
func runVerify(ctx context.Context, a *app, opts verifyOptions) error {
	if opts.sample < 0 {
		return usage(fmt.Errorf("--sample %d: write how many tensors to compare", opts.sample))
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
	switch {
	case !v.Same:
		_, err := fmt.Fprintln(a.stdout, say.Clean(at+" differs"))
		return err
	case len(v.Sampled) > 0:
		_, err := fmt.Fprintln(a.stdout, say.Clean(fmt.Sprintf("%s is the same in %d of %s, and in every file that its lock lists", at, len(v.Sampled), say.N(v.Tensors, "tensor"))))
		return err
	}
	_, err := fmt.Fprintln(a.stdout, say.Clean(fmt.Sprintf("%s is the same: %s, every byte", at, say.N(v.Tensors, "tensor"))))
	return err
}

// differs is a published merge that is not what its lock says; each difference is an error of its own.
func differs(v verify.Verdict) error {
	errs := make([]error, len(v.Differ))
	for i, text := range v.Differ {
		errs[i] = errors.New(text)
	}
	return fault.Of(fault.Differs, errors.Join(errs...))
}
