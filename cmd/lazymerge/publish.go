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

// publishFlags say where a merge is published and how. What publishes has them, and what shows beforehand what
// publishing would do.
type publishFlags struct {
	to    pipeline.Publishing
	other targetFlags
}

func (p *publishFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.to.Repo, "repo", "", "repo `[NAMESPACE/]NAME` to publish to; without NAMESPACE it is your own")
	f.StringVar(&p.to.Revision, "revision", "", "`BRANCH` to publish to, made where it does not exist (default main)")
	f.BoolVar(&p.to.CreatePR, "create-pr", false, "propose the merge as a pull request to main of a repo that exists")
	f.BoolVar(&p.to.Private, "private", false, "make the repo private if it is created")
	f.BoolVar(&p.to.Replace, "replace", false, "replace weights in the repo that lazymerge did not make")
	f.BoolVar(&p.to.ReplaceCard, "replace-card", false, "replace a README.md that was written or edited by hand")
	f.BoolVar(&p.to.PublishConfig, "publish-config", false, "publish a config that names folders or private repos")
	p.other.add(f)
}

// planned is p as a plan file has it, for a target that was found.
func (p publishFlags) planned(at target.Target) *lock.PlanTarget {
	return &lock.PlanTarget{
		Repo: at.Repo, Revision: at.Revision, CreatePR: p.to.CreatePR, Private: p.to.Private, Replace: p.to.Replace,
		ReplaceCard: p.to.ReplaceCard, PublishConfig: p.to.PublishConfig,
	}
}

// follow is p with what the plan file, if there is one, says of the target. It refuses flags that say something else.
func (p publishFlags) follow(c say.Caller, file *lock.PlanFile) (publishFlags, error) {
	if file == nil || file.Target == nil {
		return p, nil
	}
	t := file.Target
	other := func(flag, value, planned string) (publishFlags, error) {
		return p, usage(fmt.Errorf("%s %s is not what was planned, %s: leave it out, or make the plan again with it", c.Flag(flag), value, planned))
	}
	followed := p
	to := &followed.to
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
			return p, usage(fmt.Errorf("%s was not planned: leave it out, or make the plan again with it", one.flag))
		}
		*one.set = one.planned
	}
	return followed, nil
}

// publisher is t with the client of the Hub that is published to. A dry run without a token for it looks at its target as anybody sees it. Whether
// it may be written to is not asked then.
func (a *app) publisher(t pipeline.Tools, p publishFlags) (pipeline.Tools, error) {
	client, err := a.targetClient(t.Hub, p.other)
	if err != nil {
		return t, err
	}
	with := t
	with.Target = client
	if with.LookOnly = a.lookOnly || p.to.DryRun && with.TargetHub().TokenFrom == ""; with.LookOnly {
		a.ui.Line("target", "this dry run has no token for %s, so it is looked at as anybody sees it", p.to.Repo)
	}
	return with, nil
}
