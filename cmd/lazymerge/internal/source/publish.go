package source

import (
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// CheckAliases refuses aliases for no model of the config, and two for the same one.
func CheckAliases(aliases []names.Alias, refs []recipe.Ref) []error {
	var errs []error
	for i, a := range aliases {
		for _, before := range aliases[:i] {
			if names.SamePath(before.Path, a.Path) {
				errs = append(errs, fault.Usagef("--as %s: %s is already named %s", a, a.Path, before.As))
			}
		}
		if !slices.ContainsFunc(refs, a.Of) {
			errs = append(errs, fault.Usagef("--as %s: the config names no %s; it names %s", a, a.Path, say.List(paths(refs))))
		}
	}
	return errs
}

// paths lists the references that are paths, or all if none is.
func paths(refs []recipe.Ref) []string {
	var local, all []string
	for _, ref := range refs {
		all = append(all, ref.String())
		if names.IsFolder(ref.Path) || names.LooksLikePath(ref.Path) {
			local = append(local, ref.String())
		}
	}
	if len(local) > 0 {
		return local
	}
	return all
}

// Publish gives sources their published names. The plan then knows such a source by a digest alone: of a folder's content, or
// of a private repo's id and commit, which it does not reveal.
func Publish(sources []*Source, aliases []names.Alias) ([]*Source, []error) {
	out := make([]*Source, len(sources))
	var errs []error
	for i, src := range sources {
		out[i] = src
		for _, a := range aliases {
			if !a.Of(src.Ref) || out[i].As.Path != "" {
				continue
			}
			if !src.Folder && !src.Private {
				errs = append(errs, fault.Usagef("--as %s: %s is public and keeps its own name", a, src.Ref))
				continue
			}
			named := *src
			named.As = a.As
			if id := src.Model.Identity; id.Digest == "" {
				named.Model = identified(src.Model, plan.Identity{Digest: lock.Sum([]byte(id.Repo + "@" + id.Commit))})
			}
			out[i] = &named
		}
	}
	return out, errs
}
