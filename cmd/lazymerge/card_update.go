package main

import (
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

// updateFlags are those of card --update.
type updateFlags struct {
	eval   string              // path of results of lm-evaluation-harness
	evalOf string              // the model that they say was measured, where that is another name of repo
	to     pipeline.Publishing // the merge that was published, and how its card is
	other  targetFlags
}

// updateNames are the flags that make sense with --update alone.
var updateNames = []string{"eval", "eval-of", "create-pr", "commit-message", "replace-card", "dry-run", "target-endpoint", "target-token"}

func (u *updateFlags) add(f *pflag.FlagSet) {
	f.StringVar(&u.to.Repo, "update", "", "merge `NAMESPACE/NAME` that was published, whose card is made again")
	f.StringVar(&u.eval, "eval", "", "`FILE` with results of lm-evaluation-harness, for --update")
	f.StringVar(&u.evalOf, "eval-of", "", "model `NAMESPACE/NAME` that the results name, where it has the same weights under another name")
	f.BoolVar(&u.to.CreatePR, "create-pr", false, "propose the card as a pull request, for --update")
	f.StringVar(&u.to.Message, "commit-message", "", "`TEXT` of the commit's message, for --update")
	f.BoolVar(&u.to.ReplaceCard, "replace-card", false, "replace a README.md that was edited by hand, for --update")
	f.BoolVar(&u.to.DryRun, "dry-run", false, "print the new card instead of publishing it, for --update")
	u.other.add(f)
}

// refuseAlone refuses flags that do nothing without --update.
func (u updateFlags) refuseAlone(f *pflag.FlagSet) error {
	for _, name := range updateNames {
		if f.Changed(name) {
			return usage(fmt.Errorf("--%s goes with --update NAMESPACE/NAME", name))
		}
	}
	return nil
}

// refuseFixed refuses flags whose values the published merge has decided.
func (u updateFlags) refuseFixed(f *pflag.FlagSet) error {
	for _, name := range []string{"shard-size", "seed", "allow-crimes", "unsafe-truncate-embeddings", "as", "repo", "plan"} {
		if f.Changed(name) {
			return usage(fmt.Errorf("--%s does not go with --update: the merge is as it was published", name))
		}
	}
	return nil
}

// maxResults is more than any results file has without its samples.
const maxResults = 64_000_000

// runCardUpdate prints the URL of the commit to stdout.
func runCardUpdate(ctx context.Context, a *app, opts cardOptions) error {
	u := opts.update
	if strings.Contains(u.to.Repo, "/") { // else it is your own
		if err := names.CheckID("--update", u.to.Repo); err != nil {
			return err
		}
	}
	if u.to.Message == "" {
		u.to.Message = "Update the card"
	}
	if u.eval != "" {
		e, measured, err := readResults(ctx, a.ui, u.eval)
		if err != nil {
			return err
		}
		for _, name := range measured.Dropped {
			a.ui.Line("note", "%s is no number and is left out", name)
		}
		if err := a.checkMeasured(measured, u); err != nil {
			return err
		}
		u.to.Evaluation = e
		if same(measured.Name, u.to.Repo) && u.evalOf == "" {
			u.to.Measured = measured
		}
		if u.to.Message == "Update the card" {
			u.to.Message = "Add evaluation results to the card"
		}
	}
	q, err := a.ask(ctx, opts.merge, publishFlags{})
	if err != nil {
		return err
	}
	u.to.Revision = opts.branch
	q.request.Publish = &u.to
	if q.tools.Target, err = a.targetClient(q.tools.Hub, u.other); err != nil {
		return err
	}
	request, err := a.read(ctx, q, "", opts.merge.template)
	if err != nil {
		return err
	}
	published, err := pipeline.Update(ctx, q.tools, request)
	if err != nil {
		return err
	}
	return a.printPublished(published, u.to.DryRun, opts.asJSON)
}

const resultsHint = "give the file that lm-evaluation-harness wrote, which begins with results_"

func readResults(ctx context.Context, u *ui.UI, path string) (*card.Evaluation, *card.Measured, error) {
	text, err := pipeline.ReadFile(ctx, u, "the results", path, maxResults)
	if err != nil {
		return nil, nil, fault.Unreadable(path, "results", resultsHint, err)
	}
	e, measured, err := card.ReadHarness(text)
	if err != nil {
		return nil, nil, fault.Configf("eval: %s: %w", path, err)
	}
	return e, measured, nil
}

// checkMeasured refuses scores of another model. Those of a folder are taken on trust, as nothing tells which model that was.
func (a *app) checkMeasured(m *card.Measured, u updateFlags) error {
	refuse := func(what, advice string) error {
		return &fault.Fault{Code: fault.Update, Subject: "card of " + u.to.Repo, Text: u.eval + " has the scores of " + what, Advice: advice}
	}
	switch {
	case m.Other != "":
		return refuse("something else: "+m.Other, "measure the model alone, with the harness's model hf or vllm")
	case same(m.Name, u.to.Repo) || same(m.Name, u.evalOf):
	case m.Name == "" && !m.Served() || isFolder(m.Name) || m.Name == path.Base(u.to.Repo):
		a.ui.Line("note", "the results do not name a repo; that they are of %s is taken on trust", u.to.Repo)
	case m.Name == "":
		return refuse("a model that they do not name", "ask the server for the model by its name, model="+u.to.Repo)
	default:
		return refuse(m.Name, "if that has the same weights, write --eval-of "+m.Name)
	}
	return nil
}

// same tells whether a measured model is id, which may lack its namespace.
func same(measured, id string) bool {
	return id != "" && (strings.EqualFold(measured, id) || !strings.Contains(id, "/") && strings.HasSuffix(strings.ToLower(measured), "/"+strings.ToLower(id)))
}

// isFolder tells whether what was measured is written as a folder and not as a repo or as a model of some service.
func isFolder(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") || strings.Contains(name, `\`) || strings.Count(name, "/") > 1
}
