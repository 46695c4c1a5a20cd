package license

import (
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// noticeFile is the name of a file that a license may ask for.
const noticeFile = "NOTICE"

// termsKind is the kind of a file on terms. One of another name is there because the card links to it, so it is a LICENSE.
func termsKind(s *source.Source, name string) string {
	switch {
	case plan.IsTerms(name):
		return stem(name)
	case slices.ContainsFunc(s.Model.Files.Names(), func(n string) bool { return plan.IsTerms(n) && stem(n) == File }):
		return File + "-" + stem(path.Base(name))
	}
	return File
}

// stem is the kind of a file on terms: its name without .md and .txt, and with the usual spelling of how it begins.
func stem(name string) string {
	for _, ext := range []string{".md", ".txt"} {
		if strings.EqualFold(path.Ext(name), ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	for _, begin := range []string{File, noticeFile, "USE_POLICY", "COPYING"} {
		if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) {
			return begin + name[len(begin):]
		}
	}
	if len(name) >= len("licence") && strings.EqualFold(name[:len("licence")], "licence") {
		return File + name[len("licence"):]
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
