package verify

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// compareMade makes the small files again, which costs no weights, and compares them with those that the lock lists. Words of lazymerge's
// own may be others in another version, so there what is of a source's is compared alone.
func (c check) compareMade(ctx context.Context) (findings, error) {
	var found findings
	evaluation, err := lock.ReadEvaluation(ctx, c.at, c.locked)
	if err != nil {
		return found, err
	}
	m := c.again.Merge
	known := render.Known{Norm: c.locked.Norm, Inherited: c.locked.Inherited, Evaluation: evaluation}
	shards := map[string]bool{}
	sums := make([]string, len(m.Plan.Shards))
	listed := map[string]string{}
	for _, f := range c.locked.Files {
		listed[f.Path] = f.SHA256
	}
	for i, s := range m.Plan.Shards {
		shards[s.Name], sums[i] = true, listed[s.Name]
		if sums[i] == "" {
			found = found.differs("%s: the merge makes it, and the lock does not list it", s.Name)
		}
	}
	renderer, err := render.New(m)
	if err != nil {
		return found, err
	}
	place := render.Place{Repo: c.at.Called, Revision: c.locked.Card.Revision}
	page, err := renderer.Render(place, known)
	if err != nil {
		return found, err
	}
	card, err := c.compareCard(ctx, renderer, page.Card, known)
	if err != nil {
		return found, err
	}
	found = found.and(card)
	small, err := c.again.SmallFiles(ctx, c.tools, place, known, page, sums)
	if err != nil {
		return found, err
	}
	made := map[string]bool{lock.Name: true}
	for _, f := range small {
		made[f.Path] = true
		got, ok := listed[f.Path]
		switch {
		case f.Path == lock.Name || ok && (f.Path == lock.Readme || got == lock.Sum(f.Data)):
		case plan.IsTerms(f.Path) && c.namedFolders():
			found = found.noted("%s is not what the sources' repos give; one of them was a folder when it was made", f.Path)
		case !c.sameVersion && c.ours(f.Path):
			found = found.noted("%s is in words of lazymerge %s, and is not compared", f.Path, c.locked.Tool)
		case !c.sameVersion && !ok && listsTerms(listed, f.Data):
		case !ok:
			found = found.differs("%s: the merge makes it, and the lock does not list it", f.Path)
		default:
			found = found.differs("%s: the merge gives another file", f.Path)
		}
	}
	for _, f := range c.locked.Files {
		switch {
		case made[f.Path] || shards[f.Path]:
		case plan.IsTerms(f.Path) && c.namedFolders():
			found = found.noted("%s is not what the sources' repos give; one of them was a folder when it was made", f.Path)
		case !c.sameVersion && (c.ours(f.Path) || c.isCopied(f.SHA256)):
			found = found.noted("%s is of lazymerge %s, and is not compared", f.Path, c.locked.Tool)
		default:
			found = found.differs("%s: the lock lists it, and the merge does not make it", f.Path)
		}
	}
	return found, nil
}

// ours tells whether the words of a file are lazymerge's, not a source's.
func (c check) ours(name string) bool {
	terms := c.again.Merge.Terms
	return name == lock.Chart || lock.IsEvaluation(name) && name != lock.Evaluation || terms.Has(name) && !slices.Contains(terms.Copied, name)
}

// listsTerms tells whether some file on terms of use is listed that is text, under whatever name.
func listsTerms(listed map[string]string, text []byte) bool {
	sum := lock.Sum(text)
	for name, s := range listed {
		if plan.IsTerms(name) && s == sum {
			return true
		}
	}
	return false
}

// isCopied tells whether a sum is that of a source's file on terms of use.
func (c check) isCopied(sum string) bool {
	terms := c.again.Merge.Terms
	return slices.ContainsFunc(terms.Files, func(f source.SmallFile) bool { return slices.Contains(terms.Copied, f.Path) && lock.Sum(f.Data) == sum })
}

// compareCard compares the published card with the one that the merge makes. One that was edited is somebody's own words, so it is a note, with what it claims
// otherwise. One that the lock vouches for has to be the merge's.
func (c check) compareCard(ctx context.Context, r render.Renderer, made []byte, known render.Known) (findings, error) {
	var found findings
	if !c.at.Has(lock.Readme) {
		return found, nil // told already where the lock lists it
	}
	text, err := plan.ReadFile(ctx, c.at, lock.Readme, lock.MaxLock)
	if err != nil {
		return found, err
	}
	claims := render.OtherClaims(text, made)
	says := ""
	if claims != "" {
		says = "; " + claims
	}
	if c.edited {
		return found.noted("README.md was edited since it was published%s", says), nil
	}
	if lock.Sum(text) == lock.Sum(made) {
		return found, nil
	}
	for _, name := range calledBy(text) { // which may be what it was called when it was made
		under, err := r.Render(render.Place{Repo: name, Revision: c.locked.Card.Revision}, known)
		if err != nil {
			return found, err
		}
		if lock.Sum(text) == lock.Sum(under.Card) {
			return found.noted("README.md calls it %s", name), nil
		}
	}
	template := c.locked.Card.Template
	switch {
	case c.namedFolders():
		return found.noted("README.md is not what the sources' repos give; one of them was a folder when it was made%s", says), nil
	case claims != "" && c.sameVersion && template == "":
		return found.differs("README.md: %s", claims), nil
	case template != "" && r.Template.Text == "":
		return found.noted("README.md was made from a template of its own, and is not compared%s", says), nil
	case !c.sameVersion:
		return found.noted("README.md is in words of lazymerge %s, and is not compared%s", c.locked.Tool, says), nil
	}
	return found.differs("README.md: the merge gives another card"), nil
}

var (
	usedAs  = regexp.MustCompile(`\bmodel=["']([^"'\n]+)["']`)
	heading = regexp.MustCompile(`(?m)^# (.+)$`)
)

// calledBy is what a card calls its model: in its lines of use, or in its heading.
func calledBy(card []byte) []string {
	var called []string
	for _, pattern := range []*regexp.Regexp{usedAs, heading} {
		if m := pattern.FindSubmatch(card); m != nil {
			called = append(called, string(m[1]))
		}
	}
	return called
}

// compareSources compares the repos that the config names with those that the lock has pinned. A repo that was renamed
// answers to both names.
func (c check) compareSources(ctx context.Context) findings {
	var found findings
	for i, src := range c.again.Merge.Sources {
		pin := c.again.Request.Pins[i]
		if note := src.NewName(); note != "" {
			found = found.noted("%s", note)
		}
		if pin.Repo == "" || !names.IsRepo(src.Ref.Path) {
			continue
		}
		if names.IsCommit(src.Ref.Revision) && pin.Commit != "" && src.Ref.Revision != pin.Commit {
			found = found.differs("%s: %s is pinned to %.8s, and the config names %.8s", lock.Name, pin.Repo, pin.Commit, src.Ref.Revision)
		}
		if strings.EqualFold(src.Ref.Path, pin.Repo) {
			continue
		}
		info, err := c.tools.Hub.Repo(ctx, src.Ref.Path)
		if err != nil || !strings.EqualFold(info.Name, pin.Repo) && info.Name != src.Renamed {
			found = found.differs("%s: it pins %s, and the config names %s", lock.Name, pin.Repo, src.Ref.Path)
		}
	}
	return found
}
