package main

import (
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
	licence     licenceFlags
}

func (m *mergeFlags) add(f *pflag.FlagSet) {
	m.addMachine(f)
	f.Var(&m.shardSize, "shard-size", "largest `SIZE` of a weight file, for example 1GB; 0 for one file (default: one file up to 1 GB, else about a twentieth of the result)")
	f.Uint64Var(&m.seed, "seed", 0, "seed `N` of methods that draw at random")
	f.StringVar(&m.template, "template", "", "`FILE` with a template of your own for the card")
	m.licence.add(f)
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

// setup makes what the pipeline starts from: a config or the plan file, which is nil where --plan names none.
func (a *app) setup(ctx context.Context, config string, m mergeFlags) (*pipeline.Setup, *lock.PlanFile, error) {
	if m.threads < 0 {
		return nil, nil, usage(fmt.Errorf("--threads %d: at least one is needed", m.threads))
	}
	if m.memory.set {
		if err := local.CheckMemory(m.memory.bytes); err != nil {
			return nil, nil, err
		}
	}
	chosen, err := m.licence.read()
	if err != nil {
		return nil, nil, err
	}
	env, err := a.environment()
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	if m.cacheDir != "" {
		env.Cache = m.cacheDir
	}
	s := &pipeline.Setup{Cache: hub.Cache{Root: env.Cache},
		Config: config, Stdin: a.stdin, Template: m.template, UI: a.ui, Caller: a.caller, Hub: client, Version: version(), WorkDir: m.workDir,
		License: chosen, Strict: m.strict, AllowSecrets: m.secrets, Threads: m.threads, Memory: m.memory.bytes,
		Plan: plan.Options{ShardSize: m.shardSize.bytes, AllowCrimes: m.allowCrimes, TruncateVocabulary: m.truncate, Seed: m.seed},
	}
	a.prepared = s
	if m.shardSize.set && m.shardSize.bytes == 0 {
		s.Plan.ShardSize = -1
	}
	for _, text := range m.as {
		alias, err := names.ParseAlias(text)
		if err != nil {
			return nil, nil, err
		}
		s.Aliases = append(s.Aliases, alias)
	}
	file, err := m.plan.read(ctx, a.ui)
	if err == nil && file != nil {
		err = s.Use(ctx, file)
	}
	return s, file, err
}
