package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// mergeFlags are the flags of every command that plans a merge.
type mergeFlags struct {
	memory      size
	shardSize   size
	threads     int
	seed        uint64
	template    string
	workDir     string
	cacheDir    string // HF cache; "" is the environment's
	allowCrimes bool
	truncate    bool // vocabularies
	strict      bool
	secrets     bool // that look like some may be published
	plan        planFlag
	as          []string // PATH=NAMESPACE/NAME[@REVISION]
	license     licenseFlags
}

func (m *mergeFlags) add(f *pflag.FlagSet) {
	m.addMachine(f)
	f.Var(&m.shardSize, "shard-size", "largest `SIZE` of a weight file, for example 1GB; 0 for one file (default: one file up to 1 GB, else about a twentieth of the result)")
	f.Uint64Var(&m.seed, "seed", 0, "seed `N` of methods that draw at random")
	f.StringVar(&m.template, "template", "", "`FILE` with a template of your own for the card")
	m.license.add(f)
	f.BoolVar(&m.strict, "strict", false, "refuse a merge that has warnings")
	f.BoolVar(&m.secrets, "allow-secrets", false, "publish text that looks like a token or a password; your own token is refused all the same")
	f.StringArrayVar(&m.as, "as", nil, "publish a folder or private repo of the config under an id, `PATH=NAMESPACE/NAME[@REVISION]`; may be repeated")
	f.BoolVar(&m.truncate, "unsafe-truncate-embeddings", false, "cut vocabularies of different sizes to the rows that all have")
	f.BoolVar(&m.allowCrimes, "allow-crimes", false, "let models of different architectures meet where their tensors fit")
}

// addMachine adds the flags that change no byte of a result.
func (m *mergeFlags) addMachine(f *pflag.FlagSet) {
	f.Var(&m.memory, "memory", "take no more memory than `SIZE`, for example 2GB; 256MB is the least to set (default half of what there is)")
	f.IntVar(&m.threads, "threads", 0, "`N` threads that merge (default one for each CPU)")
}

// tools makes what a merge works with: the client of the sources, and what this machine gives.
func (a *app) tools(ctx context.Context, m mergeFlags) (pipeline.Tools, error) {
	if m.threads < 0 {
		return pipeline.Tools{}, usage(fmt.Errorf("--threads %d: at least one is needed", m.threads))
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

// request is what the flags ask for, but for the texts that [app.read] adds, and the plan file, which is nil where --plan names none.
func (a *app) request(ctx context.Context, m mergeFlags) (pipeline.Request, *lock.PlanFile, error) {
	chosen, err := m.license.read()
	if err != nil {
		return pipeline.Request{}, nil, err
	}
	r := pipeline.Request{
		Tool: version(), License: chosen, Strict: m.strict, AllowSecrets: m.secrets,
		Options: plan.Options{ShardSize: m.shardSize.bytes, AllowCrimes: m.allowCrimes, TruncateVocabulary: m.truncate, Seed: m.seed},
	}
	if m.shardSize.set && m.shardSize.bytes == 0 {
		r.Options.ShardSize = -1
	}
	for _, text := range m.as {
		alias, err := names.ParseAlias(text)
		if err != nil {
			return pipeline.Request{}, nil, err
		}
		r.Aliases = append(r.Aliases, alias)
	}
	file, err := m.plan.read(ctx, a.ui)
	return r, file, err
}

// asked is what the flags of a command ask for.
type asked struct {
	tools   pipeline.Tools
	request pipeline.Request // but for the texts that [app.read] adds
	file    *lock.PlanFile   // nil without --plan
	to      publishFlags     // with what the plan file says
}

// ask makes what a merge works with and what is asked for by flags and plan file. Where a repo is named, it is published there.
func (a *app) ask(ctx context.Context, m mergeFlags, to publishFlags) (asked, error) {
	tools, err := a.tools(ctx, m)
	if err != nil {
		return asked{}, err
	}
	request, file, err := a.request(ctx, m)
	if err == nil {
		to, err = to.follow(a.caller, file)
	}
	if err != nil {
		return asked{}, err
	}
	if to.to.Repo != "" {
		request.Repo, request.Publish = to.to.Repo, &to.to
	}
	return asked{tools, request, file, to}, nil
}

// read is what q asks for, with the config, which the plan file has where there is one, and the template. A config of "" is none.
func (a *app) read(ctx context.Context, q asked, config, template string) (pipeline.Request, error) {
	read := q.request
	var err error
	if config != "" {
		if read.Name, read.Text, err = pipeline.ReadConfig(ctx, a.ui, config, a.stdin); err != nil {
			return pipeline.Request{}, err
		}
	}
	if q.file != nil {
		if read, err = read.Follow(q.file); err != nil {
			return pipeline.Request{}, err
		}
	}
	read.Template, err = pipeline.ReadTemplate(ctx, a.ui, template)
	return read, err
}
