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

// placeTerms sets the path of each file in the result. Identical files of one kind, such as LICENSE and license.txt, become one. A file
// keeps the plain name of its kind if every source with that kind has it and plain allows it, or if it is the LICENSE of
// all sources under the result's license (ours). Others get the name of their first owner appended.
func placeTerms(files []termsFile, owners []string, plain func(stem string, holders []int) bool, ours func(source int) bool) []termsFile {
	files = slices.Clone(files)
	taken := map[string]bool{} // in lower case, as some file systems ignore case
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
	for i := range files {
		kind := files[i].kind
		if files[i].path != "" { // placed with an earlier one of its kind
			continue
		}
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

// inAll is the first file in kin that n sources have; nil if there is none.
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

// ourText is the LICENSE of the sources under the result's license; nil if they have none or different ones.
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

// owners are the sources' names in file names: org--name, or the position in the config if it is a folder, whose name is private.
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
