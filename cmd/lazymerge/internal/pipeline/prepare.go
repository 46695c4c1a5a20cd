package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Prepared is a config that has been planned.
type Prepared struct {
	Request  Request
	Merge    render.Merge
	Aspects  []compat.Aspect // what the sources have in common, and what not
	Access   []source.Access // why each source can be read; nil if nobody asks
	Moved    []string        // under a plan file: for each source, the commit its name leads to now if that has changed
	Warnings recipe.Faults

	carried carried
}

// Prepare pins and reads the sources of r and makes the plan. Meanwhile it runs checks, such as a look at the target. The
// error holds every fault that could be found; no weights have moved.
func Prepare(ctx context.Context, t Tools, r Request, checks ...func(context.Context) error) (Prepared, error) {
	checking, stop := context.WithCancel(ctx)
	defer stop()
	var checkErr error
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, check := range checks {
			checkErr = errors.Join(checkErr, check(checking))
		}
	})
	p, err := prepare(ctx, t, r)
	refused, ok := errors.AsType[*fault.Refused](err)
	if err != nil && !ok {
		stop() // nobody should wait for the checks
	}
	wg.Wait()
	switch {
	case err != nil && !ok:
	case checkErr != nil && err == nil:
		err = refuse([]error{checkErr}, p.Warnings)
	case checkErr != nil:
		err = &fault.Refused{Errs: withoutEchoes(append(slices.Clone(refused.Errs), checkErr))}
	case err == nil:
		err = gate{t.UI, r.Strict}.check(p.Warnings)
	}
	return p, err
}

func prepare(ctx context.Context, t Tools, r Request) (Prepared, error) {
	parsed, faults := Validate(t, r)
	warnings := faults.Warnings()
	errs := asErrors(faults.Errors())
	if err := t.secrets(r).In(r.Name, r.flags(t.Caller)...); err != nil {
		errs = append(errs, err)
	}
	if parsed == nil {
		return Prepared{}, refuse(errs, warnings)
	}
	errs = append(errs, source.CheckAliases(r.Aliases, parsed.Models())...)
	opened, sourceErrs := t.reader(r.Name).OpenAll(ctx, parsed.Models(), r.Pins)
	if ctx.Err() != nil {
		return Prepared{}, context.Cause(ctx)
	}
	if errs = append(errs, sourceErrs...); len(errs) > 0 && (len(sourceErrs) > 0 || !plannable(faults.Errors())) {
		return Prepared{}, refuse(errs, warnings)
	}
	sources, nameErrs := source.Publish(opened, r.Aliases)
	errs = append(errs, nameErrs...)
	errs = append(errs, license.NoDerivatives(r.Name, sources, r.License)...)
	config, renamed, misnamed := publishedConfig(parsed, sources, t.methods())
	if misnamed != nil {
		errs = append(errs, misnamed)
	} else if to := r.Publish; to != nil && !to.PublishConfig {
		if err := privacy.CheckNames(ctx, t.Hub, parsed, sources); err != nil {
			errs = append(errs, err)
		}
	}
	models := make([]*plan.Model, len(sources))
	for i, src := range sources {
		models[i] = src.Model
	}
	made, planned := plan.Build(parsed, t.methods(), models, r.Options)
	warnings = append(warnings, notWarned(warnings, planned.Warnings())...)
	if errs = append(errs, notTold(faults, planned.Errors())...); len(errs) > 0 {
		return Prepared{}, refuse(errs, warnings)
	}
	moved, err := expected(ctx, t, r, made, sources)
	if err != nil {
		return Prepared{}, refuse([]error{err}, warnings)
	}
	if made.Cost, err = cost(made, t.Engine(made, r.Publish)); err != nil {
		return Prepared{}, err
	}
	method := recipe.Find(t.methods(), made.Method)
	aspects, differences, err := compat.Compare(ctx, compat.Models{Recipe: parsed, Method: method, Plan: made, Sources: sources})
	if err != nil {
		return Prepared{}, err
	}
	terms, unread, err := license.ReadTerms(ctx, r.Name, sources, r.License)
	if err != nil {
		return Prepared{}, err
	}
	var access []source.Access
	if t.Access {
		if access = t.reader(r.Name).Access(ctx, sources); ctx.Err() != nil {
			return Prepared{}, context.Cause(ctx)
		}
	}
	p := Prepared{
		Request: r,
		Merge: render.Merge{
			Recipe: parsed, Method: method, Plan: made, Sources: sources, Config: config, Replaced: r.Replaced || renamed,
			License: r.License, Terms: terms, Template: r.Template, Options: r.Options, Tool: r.Tool,
		},
		Aspects: aspects, Access: access, Moved: moved, Warnings: slices.Concat(warnings, differences, unread),
	}
	if p.carried, err = p.readCarried(ctx, t, false); err == nil {
		err = p.checkSecrets(t, terms.Files)
	}
	if err != nil {
		return Prepared{}, refuse([]error{err}, p.Warnings)
	}
	p.Warnings = slices.Concat(p.Warnings, license.Warnings(r.Name, sources, r.License, r.Repo, r.Strict, t.Caller), noticesMissing(p.Merge, cmp.Or(r.Repo, "merge")))
	return p, nil
}

// flags are the texts of flags that are published with a merge.
func (r Request) flags(c say.Caller) []privacy.Text {
	all := []privacy.Text{{Name: "--license-name", Data: []byte(r.License.Name)}, {Name: "--license-link", Data: []byte(r.License.Link)}}
	if r.Publish != nil {
		all = append(all, privacy.Text{Name: c.Flag("commit-message"), Data: []byte(r.Publish.Message)})
	}
	return all
}

// publishedConfig is the config to publish: with the names from --as, and for a snapshot in the HF cache the repo and commit in its
// path.
func publishedConfig(parsed *recipe.Recipe, sources []*source.Source, methods []recipe.Method) (text []byte, renamed bool, fault *recipe.Fault) {
	names := map[string]recipe.Ref{}
	for _, src := range sources {
		if to := src.Published(); !to.Same(src.Ref) {
			names[src.Ref.String()] = to
		}
	}
	named := slices.ContainsFunc(sources, func(s *source.Source) bool { return s.As.Path != "" })
	if len(names) == 0 {
		return parsed.Text, named, nil
	}
	text, fault = parsed.Rename(names, methods)
	return text, true, fault
}

// plannable tells whether planning a recipe with these faults can find others that are not their consequence: values may be wrong
// or missing if models and layers are known.
func plannable(faults recipe.Faults) bool {
	apart := []string{"dtype", "missing-parameter", "value", "values", "unknown-key", "unknown-parameter", "secret"}
	return !slices.ContainsFunc(faults, func(f *recipe.Fault) bool { return !slices.Contains(apart, f.Code) })
}

// notTold returns the faults of a plan that the recipe has not told.
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

// notWarned returns the warnings of a plan that the recipe has not given for the same place.
func notWarned(told, planned recipe.Faults) recipe.Faults {
	return slices.DeleteFunc(slices.Clone(planned), func(f *recipe.Fault) bool {
		return slices.ContainsFunc(told, func(t *recipe.Fault) bool { return t.Code == f.Code && t.Pos == f.Pos })
	})
}

// expected checks that made is the plan that r expects, and prints which sources have moved since. It returns the commit that each
// source's name leads to now if that has changed; nil if any plan will do.
func expected(ctx context.Context, t Tools, r Request, made *plan.Plan, sources []*source.Source) ([]string, error) {
	want := r.Expect
	if want == nil {
		return nil, nil
	}
	if made.Hash != want.Plan {
		return nil, &recipe.Fault{File: want.Path, Code: "plan-changed", Hint: "review it with lazymerge plan, and " + lock.PlanAgain + want.Path,
			Message: fmt.Sprintf("config, options and sources give plan %s, but it was made for %s", say.PlanID(made.Hash), say.PlanID(want.Plan))}
	}
	moved := t.reader(r.Name).Moved(ctx, sources)
	for i, src := range sources {
		if note := src.NewName(); note != "" {
			t.UI.Line("source", "%s", note)
		}
		if moved[i] != "" {
			t.UI.Line("source", "%s has moved to %s since this plan; %s is merged", src.Name(), say.CommitID(moved[i]), say.CommitID(src.Pin.Commit))
		}
	}
	return moved, ctx.Err()
}

// cost is what a plan takes with these engine options.
func cost(p *plan.Plan, o merge.Options) (*plan.Cost, error) {
	if err := local.CheckMemory(o.Memory); err != nil {
		return nil, err
	}
	c := o.Cost(p)
	var last int64
	for _, s := range p.Shards {
		c.WriteBytes += s.Size
		c.Disk = max(c.Disk, last+s.Size) // one shard is made while the previous one is uploaded
		last = s.Size
	}
	if c.Memory > o.Memory {
		return nil, fault.Usagef("--threads %d need %s, more than the %s of --memory; use fewer threads", o.Threads, say.Bytes(c.Memory), say.Bytes(o.Memory))
	}
	return &c, nil
}

// noticesMissing warns if a custom template omits a notice that a source's license requires. A broken template is reported when the
// card is made.
func noticesMissing(m render.Merge, repo string) recipe.Faults {
	if m.Template.Text == "" {
		return nil
	}
	page, err := m.Render(render.Place{Repo: repo}, render.Known{})
	if err != nil {
		return nil
	}
	var out recipe.Faults
	for _, notice := range card.NoticesMissing(page.Card, license.Stated(m.Sources)) {
		out = append(out, &recipe.Fault{File: m.Template.Path, Warning: true, Code: "license-notice",
			Message: fmt.Sprintf("the card does not say %q, which a source's license requires", notice),
			Hint:    "add {{range notices .}}{{.}}. {{end}} to the template"})
	}
	return out
}

// Validate parses the config of r and reads nothing else, neither models nor network. The faults are in order of place, and the
// recipe is nil if the text is not a config.
func Validate(t Tools, r Request) (*recipe.Recipe, recipe.Faults) {
	parsed, faults := recipe.Parse(r.Name, r.Text, t.methods())
	if parsed != nil {
		faults = append(faults, parsed.Misnamed(func(path string) bool { _, err := os.Stat(path); return err == nil })...)
	}
	if secret := t.secrets(r).InConfig(r.Name, r.Text); secret != nil {
		faults = append(faults, secret)
	}
	faults.Sort()
	return parsed, faults
}
