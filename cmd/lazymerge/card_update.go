package main

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// updateFlags are the flags of card --update.
type updateFlags struct {
	eval   string              // path of lm-evaluation-harness results
	evalOf string              // the model they name, if it is the same one under another name
	to     pipeline.Publishing // the published merge, and how to publish its card
	other  targetFlags
}

// updateNames are the flags that require --update.
var updateNames = []string{"eval", "eval-of", "create-pr", "commit-message", "replace-card", "dry-run", "target-endpoint", "target-token"}

func (u *updateFlags) add(f *pflag.FlagSet) {
	f.StringVar(&u.to.Repo, "update", "", "update the card of the published merge `NAMESPACE/NAME`")
	f.StringVar(&u.eval, "eval", "", "`FILE` with lm-evaluation-harness results, for --update")
	f.StringVar(&u.evalOf, "eval-of", "", "accept results for `NAMESPACE/NAME`, a model with the same weights")
	f.BoolVar(&u.to.CreatePR, "create-pr", false, "propose the card as a pull request, for --update")
	f.StringVar(&u.to.Message, "commit-message", "", "commit message `TEXT`, for --update")
	f.BoolVar(&u.to.ReplaceCard, "replace-card", false, "replace a hand-edited README.md, for --update")
	f.BoolVar(&u.to.DryRun, "dry-run", false, "print the new card instead of publishing it, for --update")
	u.other.add(f)
}

// check refuses flags that require --update, or that the published merge fixes.
func (u updateFlags) check(f *pflag.FlagSet) error {
	if name := given(f, updateNames); u.to.Repo == "" && name != "" {
		return usage(fmt.Errorf("--%s requires --update NAMESPACE/NAME", name))
	}
	published := []string{"shard-size", "seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "repo", "plan"}
	if name := given(f, published); u.to.Repo != "" && name != "" {
		return usage(fmt.Errorf("--%s cannot be combined with --update: the published merge fixes it", name))
	}
	return nil
}

// maxResults is more bytes than any results file without samples.
const maxResults = 64_000_000

// runCardUpdate publishes a new card and prints the URL of the commit to stdout.
func runCardUpdate(ctx context.Context, a *app, opts cardOptions) error {
	u := opts.update
	if strings.Contains(u.to.Repo, "/") { // else the token's account is the namespace
		if err := names.CheckID("--update", u.to.Repo); err != nil {
			return err
		}
	}
	message := "Update the card"
	if u.eval != "" {
		e, measured, err := readResults(ctx, a.ui, u.eval)
		if err != nil {
			return err
		}
		for _, name := range measured.Dropped {
			a.ui.Line("note", "%s is not a number; ignored", name)
		}
		if err := a.checkMeasured(measured, u); err != nil {
			return err
		}
		u.to.Evaluation = e
		if same(measured.Name, u.to.Repo) && u.evalOf == "" {
			u.to.Measured = measured
		}
		message = "Add evaluation results to the card"
	}
	u.to.Message = cmp.Or(u.to.Message, message)
	q, err := a.ask(ctx, opts.merge, publishFlags{})
	if err != nil {
		return err
	}
	u.to.Revision = opts.branch
	q.request.Publish = &u.to
	if q.tools.Target, err = a.targetClient(q.tools.Hub, u.other); err != nil {
		return err
	}
	request, err := a.read(ctx, q)
	if err != nil {
		return err
	}
	published, err := pipeline.Update(ctx, q.tools, request)
	if err != nil {
		return err
	}
	return a.printPublished(published, u.to.DryRun, opts.asJSON)
}

func readResults(ctx context.Context, u *ui.UI, path string) (*card.Evaluation, *card.Measured, error) {
	text, err := pipeline.ReadFile(ctx, u, "the results", path, maxResults)
	if err != nil {
		return nil, nil, fault.Unreadable(path, "results", "use the results_*.json file that lm-evaluation-harness wrote", err)
	}
	e, measured, err := card.ReadHarness(text)
	if err != nil {
		return nil, nil, fault.Configf("eval: %s: %w", path, err)
	}
	return e, measured, nil
}

// checkMeasured refuses scores for another model. It trusts scores for a folder, which does not identify its model.
func (a *app) checkMeasured(m *card.Measured, u updateFlags) error {
	refuse := func(what, advice string) error {
		return &fault.Fault{Code: fault.Update, Subject: "card of " + u.to.Repo, Text: u.eval + " has scores for " + what, Advice: advice}
	}
	switch {
	case m.Other != "":
		return refuse("something else: "+m.Other, "evaluate the model alone, with the harness's hf or vllm model type")
	case same(m.Name, u.to.Repo) || same(m.Name, u.evalOf):
	case m.Name == "" && !m.Served() || isFolder(m.Name) || m.Name == path.Base(u.to.Repo):
		a.ui.Line("note", "the results name no repo; trusting that they are for %s", u.to.Repo)
	case m.Name == "":
		return refuse("an unnamed model", "name the model when you evaluate it: model="+u.to.Repo)
	default:
		return refuse(m.Name, "if it has the same weights, add --eval-of "+m.Name)
	}
	return nil
}

// same reports whether a measured model is id, which may lack its namespace.
func same(measured, id string) bool {
	return id != "" && (strings.EqualFold(measured, id) || !strings.Contains(id, "/") && strings.HasSuffix(strings.ToLower(measured), "/"+strings.ToLower(id)))
}

// isFolder reports whether a measured model is written as a folder rather than a repo or a model of some service.
func isFolder(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") || strings.Contains(name, `\`) || strings.Count(name, "/") > 1
}
