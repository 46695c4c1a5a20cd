package license

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// placeTerms returns files, each with its path in the result. Of the files of one kind, such as LICENSE and license.txt, those that are
// identical become one. The one that all have who have any is called by its kind if plain allows that for them, and so is the one
// text of LICENSE that sources under our own license have; others get the name of the first who has them at their end.
func placeTerms(files []termsFile, owners []string, plain func(stem string, holders []int) bool, ours func(source int) bool) []termsFile {
	files = slices.Clone(files)
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
	return files
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

// ourText is the file among those called LICENSE that all sources under our own license have; nil if there is none, or they differ.
func ourText(kin []*termsFile, ours func(source int) bool) *termsFile {
	var text *termsFile
	for _, f := range kin {
		switch {
		case f.kind != File || !ours(f.source):
		case text == nil:
			text = f
		case !bytes.Equal(text.data, f.data):
			return nil
		}
	}
	return text
}

// owners are what the sources are called in the names of files: org--name, or for one that is not on the Hub its place in
// the config, as its own name is nobody's business.
func owners(sources []*source.Source) []string {
	out := make([]string, len(sources))
	for i, src := range sources {
		out[i] = strings.ReplaceAll(src.Repo(), "/", "--")
		if src.Local() {
			out[i] = fmt.Sprintf("source-%d", i+1)
		}
	}
	return out
}
