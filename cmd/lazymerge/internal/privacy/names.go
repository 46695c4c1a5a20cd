package privacy

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// CheckNames refuses to publish private names in the config: folders and private repos.
func CheckNames(ctx context.Context, c *hub.Client, r *recipe.Recipe, sources []*source.Source) error {
	var errs []error
	for _, src := range sources {
		hint := fmt.Sprintf("give it a public name with --as %s, or %s", say.ShellWord(src.Ref.String()+"=NAMESPACE/NAME"), accept)
		is := ""
		switch {
		case src.As.Path != "":
		case src.Snapshot():
			private, err := hidden(ctx, c, r.File, src)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if private {
				is = fmt.Sprintf("is a snapshot of %s, which is private or not on the Hub", src.Model.Repo)
			}
		case src.Local():
			is = "is a folder on this machine"
			if src.OwnName != "" {
				hint = fmt.Sprintf("if it is %s, as its files say, add --as %s; or %s", src.OwnName, say.ShellWord(src.Ref.String()+"="+src.OwnName), accept)
			}
		case src.Private:
			is = "is a private repo"
		default:
			continue
		}
		if is != "" {
			errs = append(errs, &recipe.Fault{File: r.File, Pos: src.Ref.Pos, Code: "privacy", Hint: hint,
				Message: fmt.Sprintf("%s %s, and the config is published with the merge", src.Ref, is)})
		} else if pos, ok := r.Mention(src.Ref.Path); ok && path.Clean(filepath.ToSlash(src.Ref.Path)) != src.Published().Path {
			errs = append(errs, &recipe.Fault{File: r.File, Pos: pos, Code: "privacy", Hint: "remove it there, or " + accept,
				Message: fmt.Sprintf("%s is published as %s, but the config also mentions it here", src.Ref, src.Published())})
		}
	}
	return errors.Join(errs...)
}

// accept ends the hints about names and paths.
const accept = "add --publish-config to publish it anyway"

// hidden reports whether the repo of a snapshot is private or cannot be found.
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

// Comments warns of comments that contain the last part of a folder's path, if the folder is published under a name without it. The whole
// path is refused; its last part alone may be any word.
func Comments(r *recipe.Recipe, sources []*source.Source) recipe.Faults {
	var warnings recipe.Faults
	for _, src := range sources {
		name := filepath.Base(filepath.Clean(src.Ref.Path))
		if src.As.Path == "" || !src.Folder || src.Snapshot() || strings.Contains(src.As.Path, name) {
			continue
		}
		if pos, ok := r.Comment(name); ok {
			warnings = append(warnings, &recipe.Fault{File: r.File, Pos: pos, Warning: true, Code: "privacy",
				Message: fmt.Sprintf("%s is published as %s, but a comment mentions %s and is published with the config", src.Ref, src.As, name),
				Hint:    "remove it there unless it may be public"})
		}
	}
	return warnings
}
