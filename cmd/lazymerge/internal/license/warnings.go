package license

import (
	"fmt"
	"path"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// NoDerivatives are the faults of sources whose license lets nobody share a merge of them; config is what names them.
func NoDerivatives(config string, sources []*source.Source, c Choice) []error {
	if c.ID != "" {
		return nil
	}
	var errs []error
	for _, src := range sources {
		if t := card.License([]card.Model{src.Stated()}); t.Verdict == card.Forbidden {
			errs = append(errs, &recipe.Fault{File: config, Pos: src.Ref.Pos, Code: "license",
				Message: "license: " + t.Reason,
				Hint:    "take it out, or state with --license ID what its owner has agreed to"})
		}
	}
	return errs
}

// Warnings tell where the license of the merge is not settled by its sources, and where one of them wants another name for repo; that
// is "" where nothing is published. strict tells that warnings refuse the merge.
func Warnings(config string, sources []*source.Source, c Choice, repo string, strict bool, caller say.Caller) recipe.Faults {
	models := Stated(sources)
	var out recipe.Faults
	warn := func(pos recipe.Pos, message, hint string) {
		out = append(out, &recipe.Fault{File: config, Pos: pos, Warning: true, Code: "license", Message: message, Hint: hint})
	}
	switch t := c.terms(models); t.Verdict {
	case card.Differ:
		at := 1
		for at < len(models)-1 && strings.EqualFold(models[at].License, models[0].License) && models[at].LicenseName == models[0].LicenseName {
			at++
		}
		hint := "no flag is needed to publish it so; --license ID states another that you have leave to give"
		if strict { // a license that is chosen is no warning
			hint = "--license other --license-name " + t.Name + " says that this is meant; --license ID states another that you have leave to give"
		}
		warn(sources[at].Ref.Pos, "license: "+t.Reason+"; the card says other, and LICENSE lists them all", hint)
	case card.Unsettled:
		for i, src := range sources {
			if one := card.License(models[i : i+1]); one.Verdict == card.Unsettled {
				warn(src.Ref.Pos, "license: "+one.Reason+", so that of the merge is unknown", "ask its owner, then state with --license ID what the merge is under")
			}
		}
	}
	if fault := nameWarning(models, repo, caller); fault != nil {
		out = append(out, fault)
	}
	return out
}

// nameWarning tells that a source's license wants another name for the repo.
func nameWarning(models []card.Model, repo string, caller say.Caller) *recipe.Fault {
	if repo == "" {
		return nil
	}
	name := path.Base(repo)
	begin, license := card.NameAsked(models, name)
	if begin == "" {
		return nil
	}
	better := strings.TrimSuffix(repo, name) + strings.ReplaceAll(begin, " ", "-") + "-" + name
	return &recipe.Fault{Warning: true, Code: "license-name",
		Message: fmt.Sprintf("license: %s wants the name of a model made with it to begin with %q, and %s does not", license, begin, name),
		Hint:    caller.Write("repo", better)}
}
