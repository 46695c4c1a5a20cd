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

// Terms are the license files of a result, with notices and use policies. They never change.
type Terms struct {
	Files  []source.SmallFile // sorted by path
	Own    bool               // LICENSE is our list of the sources' licenses
	Texts  []string           // path of each source's license text, or ""
	Copied []string           // paths of the files that come from sources, sorted
}

// Has reports whether the result has such a terms file.
func (t Terms) Has(path string) bool {
	return slices.ContainsFunc(t.Files, func(f source.SmallFile) bool { return f.Path == path })
}

// ReadTerms reads every source's terms files and decides their names in the result. config is the name of the config in errors and
// warnings.
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
	// ours reports whether a source has the license of the result.
	ours := func(i int) bool {
		own := card.License(models[i : i+1])
		return terms.Verdict != card.Differ && terms.Verdict != card.Unsettled && own.License == terms.License && own.Name == terms.Name
	}
	// plain reports whether a file that is identical in its holders keeps the name of its kind.
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

// ownLicense lists the sources' licenses if the result's license is "other" and has no text; otherwise it is nil.
func ownLicense(sources []*source.Source, c Choice, t Terms) ([]byte, error) {
	f := Facts(sources, c, t)
	got, err := f.Terms()
	if err != nil || got.License != "other" || got.Link != "" && got.Link != File || t.Has(File) {
		return nil, err
	}
	return card.LicenseText(f)
}

// checkLink refuses a --license-link to a missing file.
func checkLink(c Choice, t Terms) error {
	if c.Link == "" || strings.Contains(c.Link, "://") || t.Has(c.Link) {
		return nil
	}
	var names []string
	for _, f := range t.Files {
		names = append(names, f.Path)
	}
	return fault.Usagef("--license-link %s: the result has no such file; use a URL or one of its license files: %s", c.Link, say.OrNone(say.List(names)))
}

// textOf is the path of a source's license text: the file its card links to, else its LICENSE, its COPYING, or a file whose name begins with LICENSE.
func textOf(files []termsFile, source int, link string) string {
	for _, is := range []func(termsFile) bool{
		func(f termsFile) bool { return f.name == link },
		func(f termsFile) bool { return f.kind == File },
		func(f termsFile) bool { return f.kind == "COPYING" },
		func(f termsFile) bool { return strings.HasPrefix(f.kind, File) },
	} {
		if i := slices.IndexFunc(files, func(f termsFile) bool { return f.source == source && is(f) }); i >= 0 {
			return files[i].path
		}
	}
	return ""
}

func oneLine(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }
