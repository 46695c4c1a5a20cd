package license

import (
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// noticeFile is the name of a file that some licenses require.
const noticeFile = "NOTICE"

// termsKind is the kind of a terms file. A file with any other name is one that the card links to as its license.
func termsKind(s *source.Source, name string) string {
	switch {
	case plan.IsTerms(name):
		return stem(name)
	case slices.ContainsFunc(s.Model.Files.Names(), func(n string) bool { return plan.IsTerms(n) && stem(n) == File }):
		return File + "-" + stem(path.Base(name))
	}
	return File
}

// stem is the kind of a terms file: its name without .md and .txt, starting in the usual spelling.
func stem(name string) string {
	for _, ext := range []string{".md", ".txt"} {
		if strings.EqualFold(path.Ext(name), ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	for _, begin := range []string{File, "LICENCE", noticeFile, "USE_POLICY", "COPYING"} {
		if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) {
			return strings.Replace(begin, "LICENCE", File, 1) + name[len(begin):]
		}
	}
	return name
}

// markdown is ".md" if the Hub shows a file as Markdown, else "".
func markdown(name string) string {
	if strings.EqualFold(path.Ext(name), ".md") {
		return ".md"
	}
	return ""
}
