package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
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

// planned is p as a plan file has it.
func (p publishFlags) planned(target *pipeline.Target) *lock.PlanTarget {
	return &lock.PlanTarget{
		Repo: target.Repo, Revision: target.Revision, CreatePR: p.createPR, Private: p.options.Private, Replace: p.replace,
		ReplaceCard: p.options.ReplaceCard, PublishConfig: p.options.PublishConfig,
	}
}

// follow is p with what the plan file, if there is one, says of the target. It refuses flags that say something else.
func (p publishFlags) follow(w say.Caller, file *lock.PlanFile) (publishFlags, error) {
	if file == nil || file.Target == nil {
		return p, nil
	}
	t := file.Target
	other := func(flag, value, planned string) (publishFlags, error) {
		return p, usage(fmt.Errorf("%s %s is not what was planned, %s: leave it out, or make the plan again with it", w.Flag(flag), value, planned))
	}
	if p.repo != "" && p.repo != t.Repo && !strings.HasSuffix(t.Repo, "/"+p.repo) {
		return other("repo", p.repo, t.Repo)
	}
	if p.revision != "" && p.revision != t.Revision {
		return other("revision", p.revision, t.Revision)
	}
	p.repo, p.revision = t.Repo, t.Revision
	for _, one := range []struct {
		flag    string
		set     *bool
		planned bool
	}{
		{w.Flag("create-pr"), &p.createPR, t.CreatePR},
		{w.Flag("private"), &p.options.Private, t.Private},
		{"--replace", &p.replace, t.Replace},
		{"--replace-card", &p.options.ReplaceCard, t.ReplaceCard},
		{"--publish-config", &p.options.PublishConfig, t.PublishConfig},
	} {
		if *one.set && !one.planned {
			return p, usage(fmt.Errorf("%s was not planned: leave it out, or make the plan again with it", one.flag))
		}
		*one.set = one.planned
	}
	return p, nil
}

// lookOrWrite has a dry run without a token look at its target as anybody sees it. Whether it may be written to is not asked
// then.
func (a *app) lookOrWrite(s *pipeline.Setup, to publishFlags) {
	if s.LookOnly = a.lookOnly || to.options.DryRun && s.TargetHub().TokenFrom == ""; s.LookOnly {
		a.ui.Line("target", "this dry run has no token for %s, so it is looked at as anybody sees it", to.repo)
	}
}

// prepareFor prepares a merge that is to be published, and finds its target.
func (a *app) prepareFor(ctx context.Context, s *pipeline.Setup, to publishFlags) (*pipeline.Merge, *pipeline.Target, error) {
	s.Repo, s.Propose, s.Publish = to.repo, to.createPR, &to.options
	var err error
	if s.Target, err = a.targetClient(s.Hub, to.other); err != nil {
		return nil, nil, err
	}
	a.lookOrWrite(s, to)
	var target *pipeline.Target
	m, err := s.Prepare(ctx, func(ctx context.Context) (err error) {
		target, err = s.FindTarget(ctx, to.repo, to.revision, to.replace)
		return err
	})
	return m, target, err
}
