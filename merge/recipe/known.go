package recipe

import (
	"slices"
	"strings"
)

// built are those of methods that can merge.
func built(methods []Method) []Method {
	return slices.DeleteFunc(slices.Clone(methods), func(m Method) bool { return m.Unbuilt })
}

// methodNames are the names of methods.
func methodNames(methods []Method) []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
	}
	return names
}

// aliased returns the name of the method for which people write name, or "".
func aliased(methods []Method, name string) string {
	for _, m := range methods {
		if slices.Contains(m.Aliases, plain(name)) {
			return m.Name
		}
	}
	return ""
}

// silent tells whether some method has a parameter called name that is read in silence.
func silent(methods []Method, name string) bool {
	return slices.ContainsFunc(methods, func(m Method) bool {
		prm := m.Param(name)
		return prm != nil && prm.Silent
	})
}

// allParams returns the names of the parameters of methods.
func allParams(methods []Method) []string {
	var names []string
	for i := range methods {
		names = append(names, paramNames(&methods[i])...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// paramNames are the names of the parameters of m.
func paramNames(m *Method) []string {
	var names []string
	for _, prm := range m.Params {
		names = append(names, prm.Name)
	}
	return names
}

// mostListed is how many names a list has at most, before it ends in "others".
const mostListed = 4

// list joins names for a sentence: "a", "a and b", "a, b and c". It shows at most four.
func list(names []string) string {
	if len(names) > mostListed {
		names = append(slices.Clone(names[:3]), "others")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
