package recipe

import (
	"slices"

	"github.com/dustin/go-humanize/english"
)

func methodNames(methods []Method) []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
	}
	return names
}

// paramNames are the names of the parameters of methods.
func paramNames(methods ...Method) []string {
	var names []string
	for _, m := range methods {
		for _, prm := range m.Params {
			names = append(names, prm.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// list joins names for a sentence: "a", "a and b", "a, b and c". It shows at most four.
func list(names []string) string {
	if len(names) > 4 {
		names = append(slices.Clone(names[:3]), "others")
	}
	return english.WordSeries(names, "and")
}
