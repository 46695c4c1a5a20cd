package recipe

import (
	"slices"
	"strings"
)

// A peerMethod is a merge method of mergekit and the parameters that it reads.
type peerMethod struct {
	name   string
	params []string
}

// peerMethods are the methods of mergekit 0.1.5, so that what is not built here can be told
// from what does not exist, and a parameter of another method from a slip of the pen. Not
// listed are density and rescale of task_arithmetic, which it reads and does not use.
var peerMethods = []peerMethod{
	{"linear", []string{"weight", "normalize"}},
	{"slerp", []string{"t"}},
	{"nuslerp", []string{"weight", "nuslerp_flatten", "nuslerp_row_wise"}},
	{"multislerp", []string{"weight", "normalize_weights", "eps"}},
	{"karcher", []string{"max_iter", "tol"}},
	{"task_arithmetic", []string{"weight", "normalize", "lambda", "int8_mask"}},
	{"ties", []string{"weight", "density", "normalize", "rescale", "lambda", "int8_mask"}},
	{"dare_ties", []string{"weight", "density", "normalize", "rescale", "lambda", "int8_mask"}},
	{"dare_linear", []string{"weight", "density", "normalize", "rescale", "lambda", "int8_mask"}},
	{"breadcrumbs", []string{"weight", "density", "gamma", "normalize", "rescale", "lambda", "int8_mask"}},
	{"breadcrumbs_ties", []string{"weight", "density", "gamma", "normalize", "rescale", "lambda", "int8_mask"}},
	{"della", []string{"weight", "density", "epsilon", "normalize", "rescale", "lambda", "int8_mask"}},
	{"della_linear", []string{"weight", "density", "epsilon", "normalize", "rescale", "lambda", "int8_mask"}},
	{"model_stock", []string{"filter_wise"}},
	{"sce", []string{"int8_mask", "select_topk"}},
	{"arcee_fusion", nil},
	{"nearswap", []string{"t"}},
	{"ram", []string{"epsilon"}},
	{"ramplus_tl", []string{"r", "alpha", "epsilon"}},
	{"passthrough", []string{"scale"}},
}

// methodNames are the names of methods and then those of mergekit that are not among them.
func methodNames(methods []Method) []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
	}
	for _, m := range peerMethods {
		if !slices.Contains(names, m.name) {
			names = append(names, m.name)
		}
	}
	return names
}

// isPeerMethod tells whether mergekit has a method called name.
func isPeerMethod(name string) bool {
	return slices.ContainsFunc(peerMethods, func(m peerMethod) bool { return m.name == name })
}

// peerReads tells whether mergekit's method reads a parameter called name to some effect: int8_mask
// only chooses how it stores a mask.
func peerReads(method, name string) bool {
	return name != "int8_mask" && slices.ContainsFunc(peerMethods, func(m peerMethod) bool {
		return m.name == method && slices.Contains(m.params, name)
	})
}

// owners returns the names of the methods that read a parameter called name.
func owners(methods []Method, name string) []string {
	var names []string
	for i := range methods {
		if prm := methods[i].Param(name); prm != nil && !prm.Inert {
			names = append(names, methods[i].Name)
		}
	}
	for _, m := range peerMethods {
		if Find(methods, m.name) == nil && slices.Contains(m.params, name) {
			names = append(names, m.name)
		}
	}
	return names
}

// allParams returns the parameters of methods and of mergekit's.
func allParams(methods []Method) []string {
	var names []string
	for _, m := range methods {
		for _, prm := range m.Params {
			names = append(names, prm.Name)
		}
	}
	for _, m := range peerMethods {
		names = append(names, m.params...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// list joins names for a sentence: "a", "a and b", "a, b and c". It shows at most four.
func list(names []string) string {
	if len(names) > 4 {
		names = append(slices.Clone(names[:3]), "others")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
