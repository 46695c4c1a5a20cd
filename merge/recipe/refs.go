package recipe

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Models returns every distinct reference, in order of first mention in the text: the base
// counts where its key stands. Implied sources do not count again.
func (r *Recipe) Models() []Ref {
	return once(r.all(), Ref.String)
}

// once drops what has the key of something before it.
func once[T any, K comparable](all []T, key func(T) K) []T {
	seen := map[K]bool{}
	return slices.DeleteFunc(all, func(v T) bool {
		was := seen[key(v)]
		seen[key(v)] = true
		return was
	})
}

// all returns every reference as often as it is written, in order of place; implied sources stand where
// the base does.
func (r *Recipe) all() []Ref {
	var all []Ref
	if r.Base != nil {
		all = append(all, *r.Base)
	}
	for _, s := range r.Slices {
		if s.Base != nil {
			all = append(all, *s.Base)
		}
		for _, src := range s.Sources {
			all = append(all, src.Model)
		}
	}
	slices.SortStableFunc(all, func(a, b Ref) int { return a.Pos.compare(b.Pos) })
	return all
}

// compare orders places as they are read.
func (p Pos) compare(o Pos) int {
	return cmp.Or(cmp.Compare(p.Line, o.Line), cmp.Compare(p.Col, o.Col))
}

// splitRef reads a reference in one string: path, "@" and revision. The splitting is
// textual, as mergekit's: a local path with "@" cannot be written.
func splitRef(text string) (Ref, string) {
	path, revision, _ := strings.Cut(text, "@")
	switch {
	case strings.Contains(revision, "@"):
		return Ref{}, `has more than one "@"`
	case path == "":
		return Ref{}, "names no model"
	case strings.ContainsFunc(text, unicode.IsControl):
		return Ref{}, "holds a line break or another control character"
	case strings.TrimSpace(path) != path || strings.TrimSpace(revision) != revision:
		return Ref{}, "starts or ends with a space"
	}
	return Ref{Path: path, Revision: revision}, ""
}
