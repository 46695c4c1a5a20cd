package merge

import (
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// registry is every method, by name.
var registry = []struct {
	method recipe.Method
	kernel Factory
}{
	{dareLinearMethod, DARELinear},
	{dareTIESMethod, DARETIES},
	{linearMethod, Linear},
	{passthroughMethod, Passthrough},
	{slerpMethod, SLERP},
	{taskArithmeticMethod, TaskArithmetic},
	{tiesMethod, TIES},
}

// Methods returns the table of all methods that can merge, sorted by name. The caller may change it. A config is
// read against those of [Known].
func Methods() []recipe.Method {
	methods := make([]recipe.Method, len(registry))
	for i, r := range registry {
		methods[i] = clone(r.method)
	}
	return methods
}

// clone is a copy of m that shares nothing which can be changed.
func clone(m recipe.Method) recipe.Method {
	m.Aliases = slices.Clone(m.Aliases)
	m.Params = slices.Clone(m.Params)
	for i := range m.Params {
		m.Params[i].Ends = slices.Clone(m.Params[i].Ends)
	}
	return m
}

// NewKernel returns the kernel that merges one output tensor with method. It panics on a method
// that is not in the table and on a Spec whose parameters have not passed it, which a plan has seen to.
func NewKernel(method string, spec Spec) Kernel {
	_, kernel := find(method)
	return kernel(spec)
}

// find returns the table of a method and its factory. It panics on a method that is not in the registry.
func find(method string) (*recipe.Method, Factory) {
	for i := range registry {
		if r := &registry[i]; r.method.Name == method {
			return &r.method, r.kernel
		}
	}
	panic(fmt.Sprintf("merge: no method %q", method))
}

// perModel returns parameter name of every input but the base, in input order.
func perModel(a recipe.Args, name string) []float64 {
	var values []float64
	for i, p := range a.PerModel {
		if i != a.Base {
			values = append(values, p[name])
		}
	}
	return values
}

// onlyBase tells that there is nothing to merge into the base.
func onlyBase(a recipe.Args) bool { return len(a.PerModel) == 1 && a.Base == 0 }
