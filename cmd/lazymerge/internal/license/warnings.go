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

// NoDerivatives are faults for sources whose license forbids sharing a merge of them; config is the name of the config.
func NoDerivatives(config string, sources []*source.Source, c Choice) []error {
	if c.ID != "" {
		return nil
	}
	var errs []error
	for _, src := range sources {
		if t := card.License([]card.Model{src.Stated()}); t.Verdict == card.Forbidden {
			errs = append(errs, &recipe.Fault{File: config, Pos: src.Ref.Pos, Code: "license",
				Message: "license: " + t.Reason,
				Hint:    "remove it, or use --license ID if its owner has granted you one"})
		}
	}
	return errs
}

// Warnings warn if the sources do not settle the license of the merge, or if one of them requires a different name for repo, which is
// "" if nothing is published. With strict, warnings refuse the merge.
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
		hint := "no action needed; use --license ID if you are entitled to another license"
		if strict { // a chosen license is no warning
			hint = "confirm with --license other --license-name " + t.Name + ", or use --license ID if you are entitled to another license"
		}
		warn(sources[at].Ref.Pos, "license: "+t.Reason+"; the card says other, and LICENSE lists them all", hint)
	case card.Unsettled:
		for i, src := range sources {
			if one := card.License(models[i : i+1]); one.Verdict == card.Unsettled {
				warn(src.Ref.Pos, "license: "+one.Reason+", so the merge's license is unknown", "ask its owner, then state the license of the merge with --license ID")
			}
		}
	}
	name := path.Base(repo)
	if begin, license := card.NameAsked(models, name); repo != "" && begin != "" {
		better := strings.TrimSuffix(repo, name) + strings.ReplaceAll(begin, " ", "-") + "-" + name
		out = append(out, &recipe.Fault{Warning: true, Code: "license-name", Hint: caller.Write("repo", better),
			Message: fmt.Sprintf("license: %s requires names of derived models to begin with %q, but %s does not", license, begin, name)})
	}
	return out
}
