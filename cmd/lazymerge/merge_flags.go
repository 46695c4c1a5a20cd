package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// mergeFlags are the flags of all commands that plan a merge.
type mergeFlags struct {
	config      string // an argument; "" if it is in the plan file
	plan        string // file from plan -o, which replaces the config and all flags that affect the result; "" for none
	memory      size
	shardSize   size
	threads     int
	seed        uint64
	template    string
	workDir     string
	cacheDir    string // HF cache; "" for the environment's
	allowCrimes bool
	truncate    bool // vocabularies of different sizes
	strict      bool
	secrets     bool     // publish what looks like a secret
	as          []string // PATH=NAMESPACE/NAME[@REVISION]
	license     license.Choice
}

func (m *mergeFlags) add(f *pflag.FlagSet) {
	m.addMachine(f)
	f.Var(&m.shardSize, "shard-size", "maximum `SIZE` of a weight file, such as 1GB; 0 for a single file (default a single file up to 1 GB, else about 1/20 of the result)")
	f.Uint64Var(&m.seed, "seed", 0, "seed `N` for methods with random masks")
	f.StringVar(&m.template, "template", "", "render the card from the template in `FILE`")
	addLicense(f, &m.license)
	f.BoolVar(&m.strict, "strict", false, "treat warnings as faults")
	f.BoolVar(&m.secrets, "allow-secrets", false, "publish text that looks like a token or password; your own token is always refused")
	f.StringArrayVar(&m.as, "as", nil, "publish a folder or private repo in the config under another id: `PATH=NAMESPACE/NAME[@REVISION]`; may be repeated")
	f.BoolVar(&m.truncate, "unsafe-truncate-embeddings", false, "truncate vocabularies of different sizes to their common rows")
	f.BoolVar(&m.allowCrimes, "allow-crimes", false, "allow different architectures if their tensors match")
	f.StringVar(&m.plan, "plan", "", "use the plan in `FILE`, from plan -o, or fail if something changed since")
}

// addMachine adds the flags that do not affect the result.
func (m *mergeFlags) addMachine(f *pflag.FlagSet) {
	f.Var(&m.memory, "memory", "use at most `SIZE` of memory, such as 2GB; minimum 256MB (default as much as helps, up to half of what is available)")
	f.IntVar(&m.threads, "threads", 0, "`N` merge threads (default one per CPU)")
}

// tools creates the client for the sources and the settings for this machine.
func (a *app) tools(ctx context.Context, m mergeFlags) (pipeline.Tools, error) {
	if m.threads < 0 {
		return pipeline.Tools{}, usage(fmt.Errorf("--threads %d: must be 1 or more", m.threads))
	}
	if m.memory.set {
		if err := local.CheckMemory(m.memory.bytes); err != nil {
			return pipeline.Tools{}, err
		}
	}
	env, err := a.environment()
	if err != nil {
		return pipeline.Tools{}, err
	}
	client, err := a.client(ctx, env)
	if err != nil {
		return pipeline.Tools{}, err
	}
	return pipeline.Tools{
		UI: a.ui, Caller: a.caller, Hub: client, Cache: hub.Cache{Root: cmp.Or(m.cacheDir, env.Cache)},
		Threads: m.threads, Memory: m.memory.bytes, WorkDir: m.workDir,
	}, nil
}

// request returns what the flags ask for, without the texts that [app.read] adds.
func (m mergeFlags) request() (pipeline.Request, error) {
	if err := checkLicense(m.license); err != nil {
		return pipeline.Request{}, err
	}
	r := pipeline.Request{
		Tool: version(), License: m.license, Strict: m.strict, AllowSecrets: m.secrets,
		Options: plan.Options{ShardSize: m.shardSize.bytes, AllowCrimes: m.allowCrimes, TruncateVocabulary: m.truncate, Seed: m.seed},
	}
	if m.shardSize.set && m.shardSize.bytes == 0 {
		r.Options.ShardSize = -1
	}
	for _, text := range m.as {
		alias, err := names.ParseAlias(text)
		if err != nil {
			return r, err
		}
		r.Aliases = append(r.Aliases, alias)
	}
	return r, nil
}

// asked is what a command's flags ask for.
type asked struct {
	flags   mergeFlags
	tools   pipeline.Tools
	request pipeline.Request // without the texts that [app.read] adds
	file    *lock.PlanFile   // nil without --plan
	to      publishFlags     // merged with the plan file
}

// ask evaluates flags and plan file. The request publishes if they name a repo.
func (a *app) ask(ctx context.Context, m mergeFlags, to publishFlags) (asked, error) {
	q := asked{flags: m}
	var err error
	if q.tools, err = a.tools(ctx, m); err != nil {
		return asked{}, err
	}
	if q.request, err = m.request(); err == nil && m.plan != "" {
		q.file, err = lock.ReadPlanFile(ctx, m.plan, func() { a.ui.Line("reading", "the plan from %s", m.plan) })
	}
	if err == nil {
		q.to, err = to.follow(a.caller, q.file)
	}
	if err != nil {
		return asked{}, err
	}
	if q.to.to.Repo != "" {
		q.request.Repo, q.request.Publish = q.to.to.Repo, &q.to.to
	}
	return q, nil
}

// read completes the request in q with the template and with the config, which may be in the plan file.
func (a *app) read(ctx context.Context, q asked) (pipeline.Request, error) {
	read := q.request
	var err error
	if q.flags.config != "" {
		if read.Name, read.Text, err = pipeline.ReadConfig(ctx, a.ui, q.flags.config, a.stdin); err != nil {
			return pipeline.Request{}, err
		}
	}
	if q.file != nil {
		if read, err = read.Follow(q.file); err != nil {
			return pipeline.Request{}, err
		}
	}
	read.Template, err = pipeline.ReadTemplate(ctx, a.ui, q.flags.template)
	return read, err
}
