package main

import (
	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
)

// publishFlags say where a merge is published and how. What publishes has them, and what shows beforehand what
// publishing would do.
type publishFlags struct {
	repo     string
	revision string
	replace  bool
	createPR bool
	other    targetFlags
	options  pipeline.PushOptions
}

func (p *publishFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.repo, "repo", "", "repo `[NAMESPACE/]NAME` to publish to; without NAMESPACE it is your own")
	f.StringVar(&p.revision, "revision", "", "`BRANCH` to publish to, made where it does not exist (default main)")
	f.BoolVar(&p.createPR, "create-pr", false, "propose the merge as a pull request to main of a repo that exists")
	f.BoolVar(&p.options.Private, "private", false, "make the repo private if it is created")
	f.BoolVar(&p.replace, "replace", false, "replace weights in the repo that lazymerge did not make")
	f.BoolVar(&p.options.ReplaceCard, "replace-card", false, "replace a README.md that was written or edited by hand")
	f.BoolVar(&p.options.PublishConfig, "publish-config", false, "publish a config that names folders or private repos")
	p.other.add(f)
}
