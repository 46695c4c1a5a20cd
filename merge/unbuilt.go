package merge

import "github.com/lazymerge/lazymerge/merge/recipe"

// Known returns the table of all methods that a config may name: those of [Methods], and then mergekit's that are not
// built, of which it has the names alone. The caller may change it.
func Known() []recipe.Method {
	methods := Methods()
	for _, m := range unbuilt {
		method := recipe.Method{Name: m.name, Unbuilt: true}
		for _, name := range m.params {
			method.Params = append(method.Params, recipe.Param{Name: name})
		}
		methods = append(methods, method)
	}
	return methods
}

// unbuilt are the methods of mergekit 0.1.5 that are not built, and the parameters that they read.
var unbuilt = []struct {
	name   string
	params []string
}{
	{"nuslerp", []string{"weight", "nuslerp_flatten", "nuslerp_row_wise"}},
	{"multislerp", []string{"weight", "normalize_weights", "eps"}},
	{"karcher", []string{"max_iter", "tol"}},
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
}
