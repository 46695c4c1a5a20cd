package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// maxTerms is the size up to which a file on terms of use is carried over: 1 MiB. The longest licences have 50 kB.
const maxTerms = 1 << 20

// Names of the files on terms that a merge may write itself.
const (
	licenseFile = "LICENSE"
	noticeFile  = "NOTICE"
)

// A termsFile is what one source says in one file on terms of use.
type termsFile struct {
	source int    // index into Merge.Sources
	name   string // in the source
	kind   string // see stem
	data   []byte
	path   string // in the result
}

// termsOfUse are the files on terms of use that a result has.
type termsOfUse struct {
	Files  []source.SmallFile // in order of path
	Own    bool               // LICENSE is a list of the sources' licences that was made here
	texts  []string           // for each source the path of its licence's text, or ""
	copied []string           // paths of the files that come from sources
}

// readTerms reads every source's files on terms of use and decides under which names the result has them.
func (m *Merge) readTerms(ctx context.Context) error {
	files, err := m.openTerms(ctx)
	if err != nil {
		return err
	}
	models := m.stated()
	terms := m.setup.terms(models)
	notices := slices.DeleteFunc(card.Notices(models), func(line string) bool {
		return slices.ContainsFunc(files, func(f termsFile) bool {
			return f.kind == noticeFile && strings.Contains(oneLine(f.data), oneLine([]byte(line)))
		})
	})
	// ours tells whether a source is under the licence of the result.
	ours := func(i int) bool {
		own := card.License(models[i : i+1])
		return terms.Verdict != card.Differ && terms.Verdict != card.Unsettled && own.License == terms.License && own.Name == terms.Name
	}
	// plain tells whether a file that some sources have in one form goes without their name.
	plain := func(kind string, holders []int) bool {
		switch {
		case kind == noticeFile:
			return len(notices) == 0
		case kind != licenseFile:
			return true
		case terms.Verdict == card.Differ:
			return false
		case terms.Verdict == card.Unsettled:
			return len(holders) == len(m.Sources)
		}
		return slices.ContainsFunc(holders, ours)
	}
	placeTerms(files, m.owners(), plain, ours)
	t := &termsOfUse{texts: make([]string, len(m.Sources))}
	for _, f := range files {
		if !slices.Contains(t.copied, f.path) {
			t.copied = append(t.copied, f.path)
			t.Files = append(t.Files, source.SmallFile{Path: f.path, Data: f.data, From: m.Sources[f.source], Name: f.name})
		}
	}
	for i := range m.Sources {
		t.texts[i] = textOf(files, i, models[i].LicenseLink)
	}
	m.terms = t
	if len(notices) > 0 {
		t.Files = append(t.Files, source.SmallFile{Path: noticeFile, Data: []byte(strings.Join(notices, "\n") + "\n")})
	}
	if err := m.ownLicense(); err != nil {
		return err
	}
	slices.SortFunc(t.Files, func(a, b source.SmallFile) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(t.copied)
	return m.checkLink()
}

// ownLicense adds a list of the sources' licences where the result is under another licence whose text it does not have.
func (m *Merge) ownLicense() error {
	f := m.licenceFacts()
	got, err := f.Terms()
	if err != nil || got.License != "other" || got.Link != "" && got.Link != licenseFile || m.terms.has(licenseFile) {
		return err
	}
	text, err := card.LicenseText(f)
	if err != nil {
		return err
	}
	m.terms.Own = true
	m.terms.Files = append(m.terms.Files, source.SmallFile{Path: licenseFile, Data: text})
	return nil
}

// checkLink refuses a --license-link that leads nowhere.
func (m *Merge) checkLink() error {
	link := m.setup.License.Link
	if link == "" || strings.Contains(link, "://") || m.terms.has(link) {
		return nil
	}
	var names []string
	for _, f := range m.terms.Files {
		names = append(names, f.Path)
	}
	have := "none"
	if len(names) > 0 {
		have = say.List(names)
	}
	return fault.Usagef("--license-link %s: the result has no such file; write an address, or one of the files on terms that it has: %s", link, have)
}

func (t *termsOfUse) has(path string) bool {
	return slices.ContainsFunc(t.Files, func(f source.SmallFile) bool { return f.Path == path })
}

// openTerms reads the files, all at once, and each of which the Hub says that they are one only once. What is too
// large to be a licence stays behind, with a warning.
func (m *Merge) openTerms(ctx context.Context) ([]termsFile, error) {
	var files []termsFile
	for i, src := range m.Sources {
		for _, name := range src.Model.Files.Names() {
			if !plan.IsTerms(name) && name != src.Linked() {
				continue
			}
			size, err := sizeOf(ctx, src.Model.Files, name)
			switch {
			case err != nil:
				return nil, source.Fault(src.Ref, m.setup.name(), err)
			case size > maxTerms:
				m.Warnings = append(m.Warnings, &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Warning: true, Code: "licence-file",
					Message: fmt.Sprintf("%s of %s has %s, more than any licence, and is not carried over", name, src.Name(), say.Bytes(size)),
					Hint:    "if it is one, put it into the repo by hand"})
			default:
				files = append(files, termsFile{source: i, name: name, kind: termsKind(src, name)})
			}
		}
	}
	first := map[hub.File]int{} // index into files by size and git's sum
	same := make([]int, len(files))
	var g errgroup.Group
	g.SetLimit(8)
	for i := range files {
		f := &files[i]
		src := m.Sources[f.source]
		same[i] = i
		if stored, ok := src.Stored(f.name); ok && stored.OID != "" {
			key := hub.File{Size: stored.Size, OID: stored.OID}
			if at, twice := first[key]; twice {
				same[i] = at
				continue
			}
			first[key] = i
		}
		g.Go(func() (err error) {
			if f.data, err = src.Model.ReadSmall(ctx, f.name); err != nil {
				return source.Fault(src.Ref, m.setup.name(), err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, at := range same {
		files[i].data = files[at].data
	}
	return files, nil
}

func sizeOf(ctx context.Context, files plan.Files, name string) (int64, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	_, size, err := files.Open(ctx, name)
	return size, err
}

// owners are what the sources are called in the names of files: org--name, or for one that is not on the Hub its place in
// the config, as its own name is nobody's business.
func (m *Merge) owners() []string {
	out := make([]string, len(m.Sources))
	for i, src := range m.Sources {
		out[i] = strings.ReplaceAll(src.Repo(), "/", "--")
		if src.Local() {
			out[i] = fmt.Sprintf("source-%d", i+1)
		}
	}
	return out
}

// placeTerms gives every file its path in the result. Of the files of one kind, such as LICENSE and license.txt, those that are
// identical become one. The one that all have who have any is called by its kind if plain allows that for them, and so is the one
// text of LICENSE that sources under our own licence have; others get the name of the first who has them at their end.
func placeTerms(files []termsFile, owners []string, plain func(stem string, holders []int) bool, ours func(source int) bool) {
	taken := map[string]bool{} // in lower case, as some systems do not tell
	take := func(candidates ...string) string {
		for n := 2; ; n++ {
			for _, c := range candidates {
				if !taken[strings.ToLower(c)] {
					taken[strings.ToLower(c)] = true
					return c
				}
			}
			candidates = []string{fmt.Sprintf("%s.%d", candidates[0], n)}
		}
	}
	done := map[string]bool{}
	for i := range files {
		kind := files[i].kind
		if done[strings.ToLower(kind)] {
			continue
		}
		done[strings.ToLower(kind)] = true
		var kin []*termsFile
		var holders []int
		for j := range files {
			if f := &files[j]; strings.EqualFold(f.kind, kind) {
				kin = append(kin, f)
				holders = append(holders, f.source)
			}
		}
		holders = slices.Compact(holders)
		text := ourText(kin, ours)
		if plain(kind, holders) {
			text = cmp.Or(inAll(kin, len(holders)), text)
		}
		for at, f := range kin {
			if k := slices.IndexFunc(kin[:at], func(o *termsFile) bool { return bytes.Equal(o.data, f.data) }); k >= 0 {
				f.path = kin[k].path
				continue
			}
			if text != nil && bytes.Equal(f.data, text.data) {
				f.path = take(kind + markdown(f.name))
				continue
			}
			owned := kind + "." + owners[f.source]
			f.path = take(owned+markdown(f.name), owned+path.Ext(f.name))
		}
	}
}

// inAll is the first file that all sources who have one of kin have; nil if there is none. n is how many these are.
func inAll(kin []*termsFile, n int) *termsFile {
	for _, f := range kin {
		with := map[int]bool{}
		for _, o := range kin {
			if bytes.Equal(o.data, f.data) {
				with[o.source] = true
			}
		}
		if len(with) == n {
			return f
		}
	}
	return nil
}

// ourText is the file among those called LICENSE that all sources under our own licence have; nil if there is none, or they differ.
func ourText(kin []*termsFile, ours func(source int) bool) *termsFile {
	var text *termsFile
	for _, f := range kin {
		switch {
		case f.kind != licenseFile || !ours(f.source):
		case text == nil:
			text = f
		case !bytes.Equal(text.data, f.data):
			return nil
		}
	}
	return text
}

// termsKind is the kind of a file on terms. One of another name is there because the card links to it, so it is a LICENSE.
func termsKind(s *source.Source, name string) string {
	switch {
	case plan.IsTerms(name):
		return stem(name)
	case slices.ContainsFunc(s.Model.Files.Names(), func(n string) bool { return plan.IsTerms(n) && stem(n) == licenseFile }):
		return licenseFile + "-" + stem(path.Base(name))
	}
	return licenseFile
}

// stem is the kind of a file on terms: its name without .md and .txt, and with the usual spelling of how it begins.
func stem(name string) string {
	for _, ext := range []string{".md", ".txt"} {
		if strings.EqualFold(path.Ext(name), ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	for _, begin := range []string{licenseFile, noticeFile, "USE_POLICY", "COPYING"} {
		if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) {
			return begin + name[len(begin):]
		}
	}
	if len(name) >= len("licence") && strings.EqualFold(name[:len("licence")], "licence") {
		return licenseFile + name[len("licence"):]
	}
	return name
}

// markdown is the end of a name that makes the Hub show a file as Markdown, or "".
func markdown(name string) string {
	if strings.EqualFold(path.Ext(name), ".md") {
		return ".md"
	}
	return ""
}

// textOf is the path of the text of a source's licence: what its card links to, else its LICENSE, else what begins so.
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
		case f.kind == licenseFile:
			r = 3
		case f.kind == "COPYING":
			r = 2
		case strings.HasPrefix(f.kind, licenseFile):
			r = 1
		}
		if r > rank {
			best, rank = f.path, r
		}
	}
	return best
}

func oneLine(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }

// sameTerms tells whether the earlier merge has the very files on terms of use that m has.
func (e *Earlier) sameTerms(m *Merge) bool {
	for _, f := range m.terms.Files {
		if e.sum(f.Path) != lock.Sum(f.Data) {
			return false
		}
	}
	return !slices.ContainsFunc(e.Lock.Files, func(f lock.File) bool { return plan.IsTerms(f.Path) && !m.terms.has(f.Path) })
}
