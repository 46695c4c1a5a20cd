package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// An Alias says what a model that the config calls Path is on the Hub. That name is published in its place.
type Alias struct {
	Path string     // as in the config: a folder or a private repo
	As   recipe.Ref // id and, where it is known, revision
}

func (a Alias) String() string { return a.Path + "=" + a.As.String() }

// aliasRevision is a branch, tag, commit or ref of a pull request.
var aliasRevision = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// ParseAlias reads PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION. The error is a fault of usage.
func ParseAlias(text string) (Alias, error) {
	i := strings.LastIndex(text, "=") // no id has one, and a path may
	if i <= 0 {
		return Alias{}, fault.Usagef("--as %s: write PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION", text)
	}
	a := Alias{Path: text[:i]}
	var at bool
	a.As.Path, a.As.Revision, at = strings.Cut(text[i+1:], "@")
	if !repoID.MatchString(a.As.Path) || at && !aliasRevision.MatchString(a.As.Revision) {
		return Alias{}, fault.Usagef("--as %s: %q is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION", text, text[i+1:])
	}
	return a, nil
}

// of tells whether the alias is for ref.
func (a Alias) of(ref recipe.Ref) bool {
	return a.Path == ref.String() || ref.Revision == "" && samePath(a.Path, ref.Path)
}

// samePath tells whether two paths are one, or lead to one folder.
func samePath(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	first, err := os.Stat(a)
	if err != nil || !first.IsDir() {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// checkAliases refuses those that are for no model of the config, and two for one.
func (s *Setup) checkAliases(refs []recipe.Ref) []error {
	var errs []error
	for i, a := range s.Aliases {
		found := false
		for _, ref := range refs {
			found = found || a.of(ref)
		}
		for _, before := range s.Aliases[:i] {
			if samePath(before.Path, a.Path) {
				errs = append(errs, fault.Usagef("--as %s: %s has a name already, %s", a, a.Path, before.As))
			}
		}
		if !found {
			errs = append(errs, fault.Usagef("--as %s: the config names no %s; it names %s", a, a.Path, ui.List(paths(refs))))
		}
	}
	return errs
}

// paths lists the references that are paths, or all where none is one.
func paths(refs []recipe.Ref) []string {
	var local, all []string
	for _, ref := range refs {
		all = append(all, ref.String())
		if isFolder(ref.Path) || looksLikePath(ref.Path) {
			local = append(local, ref.String())
		}
	}
	if len(local) > 0 {
		return local
	}
	return all
}

// alias gives the sources the names that s says. A source's plan is then made for its content alone: of a folder the
// digest, of a private repo the sha256 of its id and commit, which tells nobody what they are.
func (s *Setup) alias(sources []*Source) []error {
	var errs []error
	for _, src := range sources {
		for _, a := range s.Aliases {
			if !a.of(src.Ref) || src.As.Path != "" {
				continue
			}
			if !src.Folder && !src.Private {
				errs = append(errs, fault.Usagef("--as %s: %s is a public repo, and is published under its own name", a, src.Ref))
				continue
			}
			src.As = a.As
			if id := src.Model.Identity; id.Digest == "" {
				src.Model.Identity = plan.Identity{Digest: nameDigest(id)}
			}
		}
	}
	return errs
}

// nameDigest is what the plan knows a repo by where its name is not published.
func nameDigest(id plan.Identity) string { return sumOf([]byte(id.Repo + "@" + id.Commit)) }

// rename makes the config that is published: with the names that --as gives, and for a snapshot in the HF
// cache the repo and commit that its path says.
func (m *Merge) rename() *recipe.Fault {
	names := map[string]recipe.Ref{}
	for _, src := range m.Sources {
		if to := src.published(); !to.Same(src.Ref) {
			names[src.Ref.String()] = to
		}
	}
	if len(names) == 0 {
		return nil
	}
	var fault *recipe.Fault
	m.renamed, fault = m.Recipe.Rename(names, m.setup.methods())
	return fault
}

// Config is the config as it is published: the bytes that were read, but for names that are replaced.
func (m *Merge) Config() []byte {
	if m.renamed != nil {
		return m.renamed
	}
	return m.Recipe.Text
}

// Repo is the id under which the source is published; "" if it is not on the Hub.
func (s *Source) Repo() string {
	if s.As.Path != "" {
		return s.As.Path
	}
	return s.Model.Repo
}

// Commit is that of Repo, 40 hex digits, or "" if it is not known.
func (s *Source) Commit() string {
	switch {
	case s.As.Path == "":
		return s.Model.Commit
	case commitID.MatchString(s.As.Revision):
		return s.As.Revision
	}
	return s.equal
}

var commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// published is what the published config calls the source.
func (s *Source) published() recipe.Ref {
	switch {
	case s.As.Path != "":
		return s.As
	case s.snapshot():
		return recipe.Ref{Path: s.Model.Repo, Revision: s.Model.Commit}
	}
	return s.Ref
}

// as is published where that is another name than the config's; "" otherwise.
func (s *Source) as() string {
	if to := s.published(); !to.Same(s.Ref) {
		return to.String()
	}
	return ""
}

// snapshot tells whether the source is read from a path in the HF cache, which says what it is.
func (s *Source) snapshot() bool { return s.Folder && s.Model.Repo != "" }

// locked is the source as the lock has it. Of one with a name that was given, the digest tells what the plan was
// made for.
func (s *Source) locked() LockSource {
	return LockSource{Repo: s.Repo(), Commit: s.Commit(), Digest: s.Model.Digest}
}

// checkPrivacy refuses to publish names that are nobody's business: folders and private repos.
func (m *Merge) checkPrivacy(ctx context.Context, accepted bool) error {
	if accepted {
		return nil
	}
	var errs []error
	add := func(pos recipe.Pos, hint, format string, args ...any) {
		errs = append(errs, &recipe.Fault{File: m.Recipe.File, Pos: pos, Code: "privacy", Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	const published = "and the config is published with the merge"
	for _, src := range m.Sources {
		as := "--as " + shellWord(src.Ref.String()+"=NAMESPACE/NAME")
		accept := fmt.Sprintf("say with %s what it is for others, or add --publish-config if that is fine", as)
		switch {
		case src.snapshot() && src.As.Path == "":
			hidden, err := m.setup.hidden(ctx, src)
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
				shellWord(src.Ref.String()+"="+src.OwnName)), "%s names a folder of this machine, %s", src.Ref, published)
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
		if pos, ok := m.Recipe.Mention(src.Ref.Path); ok && path.Clean(filepath.ToSlash(src.Ref.Path)) != src.published().Path {
			add(pos, "take it out there, or add --publish-config if that is fine", "%s is published as %s, but the config speaks of it here too", src.Ref, src.published())
		}
	}
	return errors.Join(errs...)
}

// hidden tells whether the repo that a snapshot is of is private, or is not there for whoever asks.
func (s *Setup) hidden(ctx context.Context, src *Source) (bool, error) {
	info, err := s.Hub.Repo(ctx, src.Model.Repo)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return true, nil
	case err != nil:
		return false, sourceFault(src.Ref, s.name(), err)
	}
	return info.Private, nil
}

// shellWord quotes text where a shell would take it apart.
func shellWord(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("@%+=:,./-_~", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
