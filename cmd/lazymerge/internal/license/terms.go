package license

import (
	"context"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Terms are the files on terms of use that a result has. They never change once they are made.
type Terms struct {
	Files  []source.SmallFile // in order of path
	Own    bool               // LICENSE is a list of the sources' licenses that was made here
	Texts  []string           // for each source the path of its license's text, or ""
	Copied []string           // paths of the files that come from sources, in order
}

// Has tells whether the result has such a file on terms.
func (t Terms) Has(path string) bool {
	return slices.ContainsFunc(t.Files, func(f source.SmallFile) bool { return f.Path == path })
}

// ReadTerms reads every source's files on terms of use and decides under which names the result has them. config is what errors and warnings
// call the config.
func ReadTerms(ctx context.Context, config string, sources []*source.Source, c Choice) (Terms, recipe.Faults, error) {
	files, warnings, err := openTerms(ctx, config, sources)
	if err != nil {
		return Terms{}, nil, err
	}
	models := Stated(sources)
	terms := c.terms(models)
	notices := slices.DeleteFunc(card.Notices(models), func(line string) bool {
		return slices.ContainsFunc(files, func(f termsFile) bool {
			return f.kind == noticeFile && strings.Contains(oneLine(f.data), oneLine([]byte(line)))
		})
	})
	// ours tells whether a source is under the license of the result.
	ours := func(i int) bool {
		own := card.License(models[i : i+1])
		return terms.Verdict != card.Differ && terms.Verdict != card.Unsettled && own.License == terms.License && own.Name == terms.Name
	}
	// plain tells whether a file that some sources have in one form goes without their name.
	plain := func(kind string, holders []int) bool {
		switch {
		case kind == noticeFile:
			return len(notices) == 0
		case kind != File:
			return true
		case terms.Verdict == card.Differ:
			return false
		case terms.Verdict == card.Unsettled:
			return len(holders) == len(sources)
		}
		return slices.ContainsFunc(holders, ours)
	}
	files = placeTerms(files, owners(sources), plain, ours)
	t := Terms{Texts: make([]string, len(sources))}
	for _, f := range files {
		if !slices.Contains(t.Copied, f.path) {
			t.Copied = append(t.Copied, f.path)
			t.Files = append(t.Files, source.SmallFile{Path: f.path, Data: f.data, From: sources[f.source], Name: f.name})
		}
	}
	for i := range sources {
		t.Texts[i] = textOf(files, i, models[i].LicenseLink)
	}
	if len(notices) > 0 {
		t.Files = append(t.Files, source.SmallFile{Path: noticeFile, Data: []byte(strings.Join(notices, "\n") + "\n")})
	}
	own, err := ownLicense(sources, c, t)
	if err != nil {
		return Terms{}, nil, err
	}
	if own != nil {
		t.Own = true
		t.Files = append(t.Files, source.SmallFile{Path: File, Data: own})
	}
	slices.SortFunc(t.Files, func(a, b source.SmallFile) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(t.Copied)
	if err := checkLink(c, t); err != nil {
		return Terms{}, nil, err
	}
	return t, warnings, nil
}

// ownLicense makes a list of the sources' licenses where the result is under another license whose text it does not have; else it is nil.
func ownLicense(sources []*source.Source, c Choice, t Terms) ([]byte, error) {
	f := Facts(sources, c, t)
	got, err := f.Terms()
	if err != nil || got.License != "other" || got.Link != "" && got.Link != File || t.Has(File) {
		return nil, err
	}
	return card.LicenseText(f)
}

// checkLink refuses a --license-link that leads nowhere.
func checkLink(c Choice, t Terms) error {
	if c.Link == "" || strings.Contains(c.Link, "://") || t.Has(c.Link) {
		return nil
	}
	var names []string
	for _, f := range t.Files {
		names = append(names, f.Path)
	}
	have := "none"
	if len(names) > 0 {
		have = say.List(names)
	}
	return fault.Usagef("--license-link %s: the result has no such file; write an address, or one of the files on terms that it has: %s", c.Link, have)
}

// textOf is the path of the text of a source's license: what its card links to, else its LICENSE, else what begins so.
func textOf(files []termsFile, source int, link string) string {
	best, rank := "", 0
	for _, f := range files {
		if f.source != source {
			continue
		}
		r := 0
		switch {
		case f.name == link:
			r = 4
		case f.kind == File:
			r = 3
		case f.kind == "COPYING":
			r = 2
		case strings.HasPrefix(f.kind, File):
			r = 1
		}
		if r > rank {
			best, rank = f.path, r
		}
	}
	return best
}

func oneLine(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }
