package privacy

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// CheckNames refuses to publish names of the config that are nobody's business: folders and private repos.
func CheckNames(ctx context.Context, c *hub.Client, r *recipe.Recipe, sources []*source.Source) error {
	var errs []error
	add := func(pos recipe.Pos, hint, format string, args ...any) {
		errs = append(errs, &recipe.Fault{File: r.File, Pos: pos, Code: "privacy", Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	const published = "and the config is published with the merge"
	for _, src := range sources {
		as := "--as " + say.ShellWord(src.Ref.String()+"=NAMESPACE/NAME")
		accept := fmt.Sprintf("say with %s what it is for others, or add --publish-config if that is fine", as)
		switch {
		case src.Snapshot() && src.As.Path == "":
			hidden, err := hidden(ctx, c, r.File, src)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if hidden {
				add(src.Ref.Pos, accept, "%s is of %s, which not everybody can see, %s", src.Ref, src.Model.Repo, published)
				continue
			}
		case src.As.Path != "":
		case src.Local() && src.OwnName != "":
			add(src.Ref.Pos, fmt.Sprintf("if it is %s, as its files say, add --as %s; or add --publish-config if the path may be seen", src.OwnName,
				say.ShellWord(src.Ref.String()+"="+src.OwnName)), "%s names a folder of this machine, %s", src.Ref, published)
			continue
		case src.Local():
			add(src.Ref.Pos, accept, "%s names a folder of this machine, %s", src.Ref, published)
			continue
		case src.Private:
			add(src.Ref.Pos, accept, "%s names a private repo, %s", src.Ref, published)
			continue
		default:
			continue
		}
		if pos, ok := r.Mention(src.Ref.Path); ok && path.Clean(filepath.ToSlash(src.Ref.Path)) != src.Published().Path {
			add(pos, "take it out there, or add --publish-config if that is fine", "%s is published as %s, but the config speaks of it here too", src.Ref, src.Published())
		}
	}
	return errors.Join(errs...)
}

// hidden tells whether the repo that a snapshot is of is private, or is not there for whoever asks.
func hidden(ctx context.Context, c *hub.Client, config string, src *source.Source) (bool, error) {
	info, err := c.Repo(ctx, src.Model.Repo)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return true, nil
	case err != nil:
		return false, source.Fault(src.Ref, config, err)
	}
	return info.Private, nil
}
