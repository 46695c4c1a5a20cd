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

// compareMade makes the small files again, which needs no weights, and compares them with the lock. Another version of lazymerge may word
// its own files differently, so with another version only files from sources are compared.
func (c check) compareMade(ctx context.Context) (findings, error) {
	var found findings
	evaluation, err := lock.ReadEvaluation(ctx, c.at, c.locked)
	if err != nil {
		return found, err
	}
	m := c.again.Merge
	known := render.Known{Norm: c.locked.Norm, Inherited: c.locked.Inherited, Evaluation: evaluation}
	listed, terms := map[string]string{}, map[string]bool{} // sums by path; sums of terms files, which another version may name differently
	for _, f := range c.locked.Files {
		listed[f.Path] = f.SHA256
		terms[f.SHA256] = terms[f.SHA256] || plan.IsTerms(f.Path)
	}
	made := map[string]bool{lock.Name: true}
	var sums []string
	for _, s := range m.Plan.Shards {
		made[s.Name] = true
		sums = append(sums, listed[s.Name])
		if listed[s.Name] == "" {
			found = found.differs("%s: made by the merge but missing from the lock", s.Name)
		}
	}
	place := render.Place{Repo: c.at.Called, Revision: c.locked.Card.Revision}
	page, err := m.Render(place, known)
	if err != nil {
		return found, err
	}
	card, err := c.compareCard(ctx, page.Card, known)
	if err != nil {
		return found, err
	}
	found = found.and(card)
	small, err := c.again.SmallFiles(ctx, c.tools, place, known, page, sums)
	if err != nil {
		return found, err
	}
	differs := func(format, name string, ours bool) { // ours is for a file whose name or words depend on the version
		switch {
		case plan.IsTerms(name) && c.namedFolders():
			found = found.noted("%s%s", name, wasFolder)
		case !c.sameVersion && ours:
			found = found.noted("%s%s", name, c.otherVersion())
		default:
			found = found.differs(format, name)
		}
	}
	for _, f := range small {
		made[f.Path] = true
		got, ok := listed[f.Path]
		switch {
		case f.Path == lock.Name || ok && (f.Path == lock.Readme || got == lock.Sum(f.Data)):
		case !ok && !c.sameVersion && terms[lock.Sum(f.Data)]:
		case !ok:
			differs("%s: made by the merge but missing from the lock", f.Path, c.ours(f.Path))
		default:
			differs("%s: the merge makes a different file", f.Path, c.ours(f.Path))
		}
	}
	for _, f := range c.locked.Files {
		if !made[f.Path] {
			differs("%s: in the lock but not made by the merge", f.Path, c.ours(f.Path) || c.isCopied(f.SHA256))
		}
	}
	return found, nil
}

// wasFolder ends the note on a file that a folder may have had in another form.
const wasFolder = " does not match the sources' repos, as one source was a folder when it was merged"

// otherVersion ends the note on a file from another version.
func (c check) otherVersion() string {
	return " was written by lazymerge " + c.locked.Tool + " and was not compared"
}

// ours reports whether a file is worded by lazymerge, not by a source.
func (c check) ours(name string) bool {
	terms := c.again.Merge.Terms
	return name == lock.Chart || lock.IsEvaluation(name) && name != lock.Evaluation || terms.Has(name) && !slices.Contains(terms.Copied, name)
}

// isCopied reports whether sum is that of a source's terms file.
func (c check) isCopied(sum string) bool {
	terms := c.again.Merge.Terms
	return slices.ContainsFunc(terms.Files, func(f source.SmallFile) bool { return slices.Contains(terms.Copied, f.Path) && lock.Sum(f.Data) == sum })
}

// compareCard compares the published card with the one that the merge makes. An edited card is only a note that says what it contradicts.
// A card that the lock lists must be the merge's.
func (c check) compareCard(ctx context.Context, made []byte, known render.Known) (findings, error) {
	var found findings
	if !c.at.Has(lock.Readme) {
		return found, nil // compareFiles says so
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
		return found.noted("README.md was edited since the merge%s", says), nil
	}
	if lock.Sum(text) == lock.Sum(made) {
		return found, nil
	}
	for _, name := range calledBy(text) { // it may have been made under one of these names
		under, err := c.again.Merge.Render(render.Place{Repo: name, Revision: c.locked.Card.Revision}, known)
		if err != nil {
			return found, err
		}
		if lock.Sum(text) == lock.Sum(under.Card) {
			return found.noted("README.md calls the model %s", name), nil
		}
	}
	template := c.locked.Card.Template
	switch {
	case c.namedFolders():
		return found.noted("README.md%s%s", wasFolder, says), nil
	case claims != "" && c.sameVersion && template == "":
		return found.differs("README.md: %s", claims), nil
	case template != "" && c.again.Merge.Template.Text == "":
		return found.noted("README.md was made from a custom template and was not compared%s", says), nil
	case !c.sameVersion:
		return found.noted("README.md%s%s", c.otherVersion(), says), nil
	}
	return found.differs("README.md: the merge makes a different card"), nil
}

var (
	usedAs  = regexp.MustCompile(`\bmodel=["']([^"'\n]+)["']`)
	heading = regexp.MustCompile(`(?m)^# (.+)$`)
)

// calledBy is what a card calls its model, in its usage or heading.
func calledBy(card []byte) []string {
	var called []string
	for _, pattern := range []*regexp.Regexp{usedAs, heading} {
		if m := pattern.FindSubmatch(card); m != nil {
			called = append(called, string(m[1]))
		}
	}
	return called
}

// compareSources compares the repos in the config with those pinned in the lock. A renamed repo has both names.
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
			found = found.differs("%s: %s is pinned to %.8s, but the config names %.8s", lock.Name, pin.Repo, pin.Commit, src.Ref.Revision)
		}
		if strings.EqualFold(src.Ref.Path, pin.Repo) {
			continue
		}
		info, err := c.tools.Hub.Repo(ctx, src.Ref.Path)
		if err != nil || !strings.EqualFold(info.Name, pin.Repo) && info.Name != src.Renamed {
			found = found.differs("%s: pins %s, but the config names %s", lock.Name, pin.Repo, src.Ref.Path)
		}
	}
	return found
}
