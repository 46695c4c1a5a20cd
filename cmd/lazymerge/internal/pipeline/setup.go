// Package pipeline carries a config through to a result: it pins and reads the sources, makes the
// plan and the card, runs the engine and publishes. It is the only code that puts the Hub, the
// engine and the card together.
//
// [Setup.Prepare] is what every command starts with; the [Merge] it returns can be shown,
// written into a folder or published.
package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Setup is what the commands that plan a merge have in common.
type Setup struct {
	Config   string // path of the config, or what faults call Text; "-" is standard input
	Text     []byte // the config; nil reads Config
	Replaced bool   // names in Text were replaced before it was published
	Stdin    io.Reader
	Template string // path of a card template; "" is ours
	UI       *ui.UI
	Caller   say.Caller     // for the settings of this run; zero is those of a command line
	Hub      *hub.Client    // of the sources
	Cache    hub.Cache      // of the official clients, read only; the zero Cache has nothing
	Target   *hub.Client    // of the repo that is published to; nil means Hub
	Version  string         // of lazymerge
	WorkDir  string         // where shards wait for their upload; "" is the system's folder for temporary files
	Repo     string         // [NAMESPACE/]NAME that the result is published as; "" for none
	License  license.Choice // that the publisher chose

	Aliases []names.Alias  // what folders and private repos are published as
	Pins    []lock.Pin     // content to take each source at, in the order of Recipe.Models; nil takes what their names lead to now
	file    *lock.PlanFile // that decides what is merged; nil for none

	Propose  bool         // the result is to be a pull request to main, not a commit
	Publish  *PushOptions // of the push that is prepared, so that what it refuses is told with all else; nil leaves that to Preview
	LookOnly bool         // nothing will be published, so the target is not asked whether it may be

	Methods []recipe.Method                              // that a config may name; nil means those of package merge
	Kernel  func(name string, s merge.Spec) merge.Kernel // of a method by its name; nil means those of package merge

	Plan         plan.Options
	Strict       bool  // warnings refuse the merge
	AllowSecrets bool  // publish what looks like a token or a password; this run's own tokens are refused all the same
	Threads      int   // 0 means one for each CPU
	Memory       int64 // bytes; 0 means half of what the machine or its cgroup has

	free func(dir string) (int64, error) // of a disk, bytes; nil asks the system
	step func(what string) error         // before each change of the last part of a merge into a folder; nil does nothing
}

// A Merge is a config that has been planned.
type Merge struct {
	setup    *Setup
	Recipe   *recipe.Recipe
	Plan     *plan.Plan
	Sources  []*source.Source // in the order of Plan.Sources
	Warnings recipe.Faults
	later    recipe.Faults   // warnings that came up after Warnings were printed
	moved    []string        // under a plan file: for each source the commit that its name leads to since, where that is another one
	Aspects  []compat.Aspect // what the sources have in common, and what they do not
	template string
	picture  *chart.Picture    // once it is drawn
	known    known             // about the result, once it is made
	branch   string            // that the card was last made for; "" is main
	carried  map[string][]byte // the sources' files that the result takes over
	renamed  []byte            // the config with the names that are published; nil is Recipe.Text
	lookedAt bool              // what the sources' names and files tell others has been looked at; see Preview
	terms    license.Terms     // the files on terms of use
}

// Prepare reads the config, then pins and reads the sources and makes the plan. Beside that it runs
// checks, such as a look at the target. The error holds every fault that could be found; no
// weights have moved.
func (s *Setup) Prepare(ctx context.Context, checks ...func(context.Context) error) (*Merge, error) {
	text, err := s.read(ctx)
	if err != nil {
		return nil, err // before anything is asked of a network
	}
	checking, stop := context.WithCancel(ctx)
	defer stop()
	var checkErr error
	checked := make(chan struct{}) // closed when checkErr is set
	go func() {
		defer close(checked)
		errs := make([]error, len(checks))
		for i, check := range checks {
			errs[i] = check(checking)
		}
		checkErr = errors.Join(errs...)
	}()
	m, err := s.prepare(ctx, text)
	refused, ok := errors.AsType[*fault.Refused](err)
	if err != nil && !ok {
		stop() // the checks would only keep a person waiting
		<-checked
		return nil, err
	}
	<-checked
	if checkErr != nil {
		if err == nil {
			return nil, m.refused([]error{checkErr})
		}
		err = &fault.Refused{Errs: withoutEchoes(append(refused.Errs, checkErr))}
	}
	if err == nil {
		err = m.strict()
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s *Setup) prepare(ctx context.Context, text []byte) (*Merge, error) {
	m := &Merge{setup: s}
	var err error
	if m.template, err = s.readTemplate(ctx); err != nil {
		return nil, err
	}
	r, faults := s.parse(text)
	m.Warnings = faults.Warnings()
	errs := asErrors(faults.Errors())
	if err := s.secrets().In(s.name(), s.flags()...); err != nil {
		errs = append(errs, err)
	}
	if r == nil {
		return nil, m.refused(errs)
	}
	m.Recipe = r
	errs = append(errs, source.CheckAliases(s.Aliases, r.Models())...)
	sources, sourceErrs := s.reader().OpenAll(ctx, r.Models(), s.Pins)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if errs = append(errs, sourceErrs...); len(errs) > 0 && (len(sourceErrs) > 0 || !plannable(faults.Errors())) {
		return nil, m.refused(errs)
	}
	sources, aliasErrs := source.Publish(sources, s.Aliases)
	m.Sources = sources
	errs = append(errs, aliasErrs...)
	models := make([]*plan.Model, len(sources))
	for i, src := range sources {
		models[i] = src.Model
	}
	errs = append(errs, license.NoDerivatives(r.File, sources, s.License)...)
	if fault := m.rename(); fault != nil {
		errs = append(errs, fault)
	} else if s.Publish != nil {
		if err := m.checkPrivacy(ctx, s.Publish.PublishConfig); err != nil {
			errs = append(errs, err)
		}
	}
	p, planned := plan.Build(r, s.methods(), models, s.Plan)
	m.Warnings = append(m.Warnings, notWarned(faults.Warnings(), planned.Warnings())...)
	if errs = append(errs, notTold(faults, planned.Errors())...); len(errs) > 0 {
		return nil, m.refused(errs)
	}
	m.Plan = p
	if err := m.compare(ctx); err != nil {
		return nil, m.refused([]error{err})
	}
	if err := m.cost(); err != nil {
		return nil, err
	}
	var differences recipe.Faults
	m.Aspects, differences, err = compat.Compare(ctx, compat.Models{Recipe: r, Method: recipe.Find(s.methods(), r.Method), Plan: p, Sources: m.Sources})
	if err != nil {
		return nil, err
	}
	m.Warnings = append(m.Warnings, differences...)
	var terms recipe.Faults
	m.terms, terms, err = license.ReadTerms(ctx, r.File, m.Sources, s.License)
	if err != nil {
		return nil, err
	}
	m.Warnings = append(m.Warnings, terms...)
	if _, err := m.beside(ctx, nil, false); err != nil {
		return nil, m.refused([]error{err})
	}
	m.Warnings = append(m.Warnings, license.Warnings(r.File, m.Sources, s.License, s.Repo, s.Strict, s.Caller)...)
	m.Warnings = append(m.Warnings, m.noticeWarnings()...)
	return m, nil
}

// plannable tells whether a plan of a recipe with these faults says anything that is not only their
// consequence: values may be wrong or missing where models and layers are known.
func plannable(faults recipe.Faults) bool {
	apart := []string{"dtype", "missing-parameter", "value", "values", "unknown-key", "unknown-parameter", "secret"}
	return !slices.ContainsFunc(faults, func(f *recipe.Fault) bool { return !slices.Contains(apart, f.Code) })
}

// notTold returns the faults of a plan beyond those that the recipe has told.
func notTold(told, planned recipe.Faults) []error {
	var errs []error
	for _, f := range planned {
		same := func(t *recipe.Fault) bool {
			return t.Error() == f.Error() || t.Code == f.Code && (f.Code == "missing-parameter" || f.Code == "values")
		}
		if !slices.ContainsFunc(told, same) {
			errs = append(errs, f)
		}
	}
	return errs
}

// notWarned returns the warnings of a plan beyond those that the recipe has told of the same place.
func notWarned(told, planned recipe.Faults) recipe.Faults {
	return slices.DeleteFunc(planned, func(f *recipe.Fault) bool {
		return slices.ContainsFunc(told, func(t *recipe.Fault) bool { return t.Code == f.Code && t.Pos == f.Pos })
	})
}

// TargetHub is the client of the repo that is published to. Its token is never sent to the sources' Hub.
func (s *Setup) TargetHub() *hub.Client {
	if s.Target != nil {
		return s.Target
	}
	return s.Hub
}

// refused joins errs with the warnings, which may tell why.
func (m *Merge) refused(errs []error) error {
	for _, w := range m.Warnings {
		errs = append(errs, w)
	}
	return &fault.Refused{Errs: withoutEchoes(errs)}
}

// name is what faults call the config.
func (s *Setup) name() string {
	if s.Config == "-" {
		return "stdin"
	}
	return s.Config
}

func (s *Setup) read(ctx context.Context) (text []byte, err error) {
	switch {
	case s.Text != nil:
		return s.Text, nil
	case s.Config == "-":
		text, err = file.ReadFrom(ctx, s.Stdin, lock.MaxConfig, func() { s.UI.Line("reading", "the config from standard input") })
	default:
		text, err = ReadFile(ctx, s.UI, "the config", s.Config, lock.MaxConfig)
	}
	if err != nil && !is[*file.TooLarge](err) { // of which the parser has more to say
		return nil, fault.Unreadable(s.name(), "config", configHint, err)
	}
	return text, nil
}

// configHint says what is given as a config.
const configHint = `give the YAML file that names the models, or "-" for standard input`

const maxTemplate = 1_000_000 // bytes; ours has a hundredth of that

func (s *Setup) readTemplate(ctx context.Context) (string, error) {
	if s.Template == "" {
		return "", nil
	}
	text, err := ReadFile(ctx, s.UI, "the template", s.Template, maxTemplate)
	if err != nil {
		return "", fault.Unreadable(s.Template, "template", "give the file of a card's template", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return "", fault.Configf("template: %s is empty", s.Template)
	}
	return string(text), nil
}

// reader opens the sources.
func (s *Setup) reader() source.Reader {
	return source.Reader{Hub: s.Hub, Cache: s.Cache, Config: s.name()}
}

// flags are the texts of the command line that are published with a merge.
func (s *Setup) flags() []privacy.Text {
	all := []privacy.Text{{Name: "--license-name", Data: []byte(s.License.Name)}, {Name: "--license-link", Data: []byte(s.License.Link)}}
	if s.Publish != nil {
		all = append(all, privacy.Text{Name: s.Caller.Flag("commit-message"), Data: []byte(s.Publish.Message)})
	}
	return all
}

func (s *Setup) secrets() privacy.Secrets {
	return privacy.Secrets{Clients: []*hub.Client{s.Hub, s.Target}, Allow: s.AllowSecrets}
}

// engine returns the options that the merge runs under.
func (s *Setup) engine() merge.Options {
	threads := s.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return merge.Options{Threads: threads, Memory: local.Memory(s.Memory), Kernel: s.Kernel}
}

// cost fills the plan's Cost for this machine.
func (m *Merge) cost() error {
	o := m.setup.engine()
	if err := local.CheckMemory(o.Memory); err != nil {
		return err
	}
	schedule := o.Schedule(m.Plan)
	c := &plan.Cost{
		ReadBytes: schedule.Bytes,
		Requests:  schedule.Requests,
		Memory:    schedule.Buffer + schedule.Held + plan.Overhead(m.Plan, o.Threads),
	}
	var last int64
	for _, s := range m.Plan.Shards {
		c.WriteBytes += s.Size
		c.Disk = max(c.Disk, last+s.Size) // one shard is made while the one before it goes up
		last = s.Size
	}
	if c.Memory > o.Memory {
		return fault.Usagef("--threads %d take %s, more than the %s of --memory; name fewer threads", o.Threads, say.Bytes(c.Memory), say.Bytes(o.Memory))
	}
	m.Plan.Cost = c
	return nil
}
