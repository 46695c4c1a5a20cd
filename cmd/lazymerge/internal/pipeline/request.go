package pipeline

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Request is what was asked for: by flags, by a plan file, or by the lock of a merge to reproduce.
type Request struct {
	Name     string // of the config, for faults
	Text     []byte // the config
	Replaced bool   // names in Text were replaced for publication
	Template render.Template
	Tool     string // version of lazymerge that the card names
	Repo     string // [NAMESPACE/]NAME of the result; "" for none

	Options plan.Options
	License license.Choice // of the publisher
	Aliases []names.Alias  // published names of folders and private repos
	Pins    []lock.Pin     // content of each source, in the order of Recipe.Models; nil for the current one
	Expect  *lock.PlanFile // the plan that must result; nil for any

	Strict       bool        // warnings refuse the merge
	AllowSecrets bool        // publish what looks like a token or password, but never this run's own tokens
	Publish      *Publishing // nil if nothing is published
}

// Publishing is where and how to publish a merge.
type Publishing struct {
	Repo          string // [NAMESPACE/]NAME; without NAMESPACE it is the account's own
	Revision      string // branch; "" is main
	CreatePR      bool   // open a pull request to main instead of a commit
	Private       bool   // create only private repos
	Replace       bool   // weights in the repo not made by lazymerge
	ReplaceCard   bool   // a README.md written or edited by hand
	PublishConfig bool   // publish a config that names folders or private repos
	Message       string // of the commit; "" is ours
	DryRun        bool   // stop after plan and card

	CardOnly   bool             // the target holds the weights of this very plan, and keeps them
	Evaluation *card.Evaluation // of this merge; nil keeps the current one
	Measured   *card.Measured   // the revision of the target that was evaluated; nil trusts the caller
}

// Follow is r with what the plan file f says. If r has a config already, it must be f's.
func (r Request) Follow(f *lock.PlanFile) (Request, error) {
	if r.Name != "" && !bytes.Equal(r.Text, f.Text()) {
		return Request{}, &recipe.Fault{File: r.Name, Code: "plan-config", Message: "this is not the config that " + f.Path + " was made for",
			Hint: "omit it to merge what was planned, or " + lock.PlanAgain + f.Path}
	}
	followed := r
	if r.Name == "" {
		followed.Name = f.Name
	}
	followed.Text, followed.Pins, followed.Options = f.Text(), f.Sources, f.Options.Plan()
	followed.License, followed.Expect = chosen(f.Options), f
	aliases := slices.Clone(r.Aliases)
	for _, text := range f.Aliases {
		alias, err := names.ParseAlias(text)
		if err != nil {
			return Request{}, err
		}
		aliases = append(aliases, alias)
	}
	followed.Aliases = aliases
	return followed, nil
}

// chosen is the license in o.
func chosen(o lock.Options) license.Choice {
	return license.Choice{ID: o.License, Name: o.LicenseName, Link: o.LicenseLink}
}

// PlanFile makes p a file to carry out later; target is nil if it is not to be published.
func (p Prepared) PlanFile(target *lock.PlanTarget) (*lock.PlanFile, error) {
	r := p.Request
	if !utf8.Valid(r.Text) {
		return nil, fault.Configf("%s is not UTF-8 text, so a plan file cannot hold it", r.Name)
	}
	f := lock.PlanFile{
		Format: lock.PlanFormat, Tool: r.Tool, Numeric: plan.Numeric, Plan: p.Merge.Plan.Hash,
		Options: p.Merge.LockOptions(), Target: target,
		Name: lock.Portable(r.Name), Config: strings.Split(string(r.Text), "\n"),
	}
	for _, src := range p.Merge.Sources {
		f.Sources = append(f.Sources, src.Pin)
	}
	for _, a := range r.Aliases {
		f.Aliases = append(f.Aliases, a.String())
	}
	return f.Sealed(), nil
}
