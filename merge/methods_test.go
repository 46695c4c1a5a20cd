package merge_test

import (
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// method returns the table of a method and its factory.
func method(t testing.TB, name string) (recipe.Method, merge.Factory) {
	t.Helper()
	m := recipe.Find(merge.Methods(), name)
	if m == nil {
		t.Fatalf("no method %s", name)
	}
	return *m, func(s merge.Spec) merge.Kernel { return merge.NewKernel(name, s) }
}

func TestLaws(t *testing.T) {
	three := func(m recipe.Method) recipe.Args { return mergetest.Args(m, 4, 0) }
	cases := map[string]func(recipe.Method) []mergetest.Case{
		"linear": func(m recipe.Method) []mergetest.Case {
			return []mergetest.Case{
				{Name: "unnormalized", Args: mergetest.With(mergetest.Args(m, 3, -1), "normalize", 0), Sum: true},
				{Name: "five inputs, one with weight 0", Args: mergetest.WithEach(mergetest.Args(m, 5, -1), "weight", 1, -2, 0, 3, 1)},
				{Name: "weights of 0", Args: mergetest.With(mergetest.WithEach(mergetest.Args(m, 2, -1), "weight", 0, 0), "normalize", 0), Sum: true},
			}
		},
		"slerp": func(m recipe.Method) []mergetest.Case {
			return []mergetest.Case{
				{Name: "t is 0", Args: mergetest.With(mergetest.Args(m, 2, 1), "t", 0)},
				{Name: "t is 1", Args: mergetest.With(mergetest.Args(m, 2, 1), "t", 1)},
				{Name: "t is beyond 1", Args: mergetest.With(mergetest.Args(m, 2, 1), "t", 1.5)},
			}
		},
		"task_arithmetic": func(m recipe.Method) []mergetest.Case {
			return []mergetest.Case{
				{Name: "normalize and lambda", Args: mergetest.With(mergetest.With(three(m), "normalize", 1), "lambda", 0.7)},
				{Name: "weights that sum to 0", Args: mergetest.With(mergetest.WithEach(three(m), "weight", 1, 1, -2), "normalize", 1)},
				{Name: "density has no effect", Args: mergetest.WithEach(three(m), "density", 0.1, 0.2, 0)},
			}
		},
		"passthrough": func(m recipe.Method) []mergetest.Case {
			return []mergetest.Case{
				{Name: "scale 1", Args: mergetest.WithEach(mergetest.Args(m, 1, -1), "scale", 1)},
				{Name: "scale 0", Args: mergetest.WithEach(mergetest.Args(m, 1, -1), "scale", 0), Sum: true},
				{Name: "scale 0.3", Args: mergetest.WithEach(mergetest.Args(m, 1, -1), "scale", 0.3), Sum: true},
			}
		},
		"dare_linear": dareCases,
		"dare_ties":   dareCases,
		"ties": func(m recipe.Method) []mergetest.Case {
			half := mergetest.WithEach(three(m), "density", 0.5, 0.25, 0.9)
			return []mergetest.Case{
				{Name: "densities", Args: half},
				{Name: "some densities of 0 and 1", Args: mergetest.WithEach(three(m), "density", 0, 0.3, 1)},
				{Name: "densities of 0 and 1 only", Args: mergetest.With(mergetest.WithEach(three(m), "density", 0, 1, 1), "rescale", 1)},
				{Name: "densities of nearly 0 and 1", Args: mergetest.WithEach(three(m), "density", 1e-9, 0.999999, 1-1e-16)},
				{Name: "rescaled", Args: mergetest.With(half, "rescale", 1)},
				{Name: "unnormalized", Args: mergetest.With(mergetest.With(half, "normalize", 0), "lambda", 0.6)},
				{Name: "negative and no weight", Args: mergetest.WithEach(half, "weight", 1, 0, -1)},
				{Name: "base in the middle", Args: mergetest.WithEach(mergetest.Args(m, 4, 2), "density", 0.5, 0.25, 0.9)},
				{Name: "rescale without trimming", Args: mergetest.With(three(m), "rescale", 1)},
			}
		},
	}
	for _, m := range merge.Methods() {
		t.Run(m.Name, func(t *testing.T) {
			_, kernel := method(t, m.Name)
			var more []mergetest.Case
			if f := cases[m.Name]; f != nil {
				more = f(m)
			}
			mergetest.TestMethod(t, m, kernel, more...)
		})
	}
}

func TestMethodsAreSortedAndDescribed(t *testing.T) {
	methods := merge.Methods()
	if !slices.IsSortedFunc(methods, func(a, b recipe.Method) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	}) {
		t.Errorf("Methods() are not sorted by name")
	}
	for _, m := range methods {
		if m.Title == "" || m.Summary == "" || m.Source == "" {
			t.Errorf("%s: Title %q, Summary %q, Source %q; none may be empty", m.Name, m.Title, m.Summary, m.Source)
		}
		for _, p := range m.Params {
			if p.Doc == "" || p.Required && p.Optional || p.Min > p.Max && !p.Above || !p.Required && !p.Takes(p.Default) {
				t.Errorf("%s: ill-formed parameter %+v", m.Name, p)
			}
		}
	}
}

func TestMethodsGivesACopy(t *testing.T) {
	m := recipe.Find(merge.Methods(), "ties")
	m.Params[0].Name = "changed"
	if again, _ := method(t, "ties"); again.Params[0].Name != "weight" {
		t.Errorf("a change of the table shows in the next one: %q", again.Params[0].Name)
	}
}

func TestNewKernelPanicsOnAnUnknownMethod(t *testing.T) {
	defer func() {
		if got, want := recover(), `merge: no method "bread"`; got != want {
			t.Errorf("NewKernel panics with %v, want %s", got, want)
		}
	}()
	merge.NewKernel("bread", merge.Spec{})
}
