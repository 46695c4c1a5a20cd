package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

// publishFlags say where and how to publish a merge. push has them, and plan, to show what push would do.
type publishFlags struct {
	to    pipeline.Publishing
	other targetFlags
}

func (p *publishFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.to.Repo, "repo", "", "publish to the repo `[NAMESPACE/]NAME` (default NAMESPACE your account)")
	f.StringVar(&p.to.Revision, "revision", "", "`BRANCH` to publish to, created if needed (default main)")
	f.BoolVar(&p.to.CreatePR, "create-pr", false, "open a pull request to main of an existing repo")
	f.BoolVar(&p.to.Private, "private", false, "create the repo as private")
	f.BoolVar(&p.to.Replace, "replace", false, "replace weights that lazymerge did not make")
	f.BoolVar(&p.to.ReplaceCard, "replace-card", false, "replace a README.md written or edited by hand")
	f.BoolVar(&p.to.PublishConfig, "publish-config", false, "publish the config even if it names folders or private repos")
	p.other.add(f)
}

// planned returns p for a plan file, with the target found at at.
func (p publishFlags) planned(at target.Target) *lock.PlanTarget {
	return &lock.PlanTarget{
		Repo: at.Repo, Revision: at.Revision, CreatePR: p.to.CreatePR, Private: p.to.Private, Replace: p.to.Replace,
		ReplaceCard: p.to.ReplaceCard, PublishConfig: p.to.PublishConfig,
	}
}

// follow returns p with the target in the plan file, if any. It refuses flags that contradict it.
func (p publishFlags) follow(c say.Caller, file *lock.PlanFile) (publishFlags, error) {
	if file == nil || file.Target == nil {
		return p, nil
	}
	t := file.Target
	other := func(flag, value, planned string) (publishFlags, error) {
		return p, usage(fmt.Errorf("%s %s differs from the plan (%s): omit it, or make a new plan with it", c.Flag(flag), value, planned))
	}
	to := &p.to // a copy
	if to.Repo != "" && to.Repo != t.Repo && !strings.HasSuffix(t.Repo, "/"+to.Repo) {
		return other("repo", to.Repo, t.Repo)
	}
	if to.Revision != "" && to.Revision != t.Revision {
		return other("revision", to.Revision, t.Revision)
	}
	to.Repo, to.Revision = t.Repo, t.Revision
	for _, one := range []struct {
		flag    string
		set     *bool
		planned bool
	}{
		{c.Flag("create-pr"), &to.CreatePR, t.CreatePR},
		{c.Flag("private"), &to.Private, t.Private},
		{"--replace", &to.Replace, t.Replace},
		{"--replace-card", &to.ReplaceCard, t.ReplaceCard},
		{"--publish-config", &to.PublishConfig, t.PublishConfig},
	} {
		if *one.set && !one.planned {
			return p, usage(fmt.Errorf("%s is not in the plan: omit it, or make a new plan with it", one.flag))
		}
		*one.set = one.planned
	}
	return p, nil
}

// publisher returns t with the client for the target. A dry run without a token sees only what is public, and does not check
// write access.
func (a *app) publisher(t pipeline.Tools, p publishFlags) (pipeline.Tools, error) {
	client, err := a.targetClient(t.Hub, p.other)
	if err != nil {
		return t, err
	}
	t.Target = client
	if t.LookOnly = a.lookOnly || p.to.DryRun && t.TargetHub().TokenFrom == ""; t.LookOnly {
		a.ui.Line("target", "no token for %s: this dry run sees only what is public", p.to.Repo)
	}
	return t, nil
}
