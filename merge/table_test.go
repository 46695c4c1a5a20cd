package merge_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/mergetest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestTablesAreWellFormed(t *testing.T) {
	for _, m := range merge.Methods() {
		for _, problem := range slices.Concat(misshapen(&m), misshared(&m)) {
			t.Errorf("%s: %s", m.Name, problem)
		}
	}
	for _, problem := range ambiguous(merge.Known()) {
		t.Error(problem)
	}
}

// misshapen says what is wrong with the parameters of m, and with its kind of result.
func misshapen(m *recipe.Method) (problems []string) {
	names, roles := map[string]bool{}, map[recipe.Role]bool{}
	for _, p := range m.Params {
		wrong := func(so bool, problem string) {
			if so {
				problems = append(problems, p.Name+" "+problem)
			}
		}
		wrong(names[p.Name], "stands twice")
		wrong(p.Role != recipe.NoRole && roles[p.Role], "has a role that another has")
		names[p.Name], roles[p.Role] = true, true

		perModel := p.Scope == recipe.PerModel
		wrong((p.Role == recipe.Weight || p.Role == recipe.Density) && !perModel, "is one value for all models and has the role of one of each")
		wrong(p.Role == recipe.Mix && perModel, "is one value of each model and has a role between two")
		wrong((p.Role == recipe.Normalize) != (p.Role != recipe.NoRole && p.Type == recipe.Bool), "has a role and a type that do not fit")
		wrong(p.Role == recipe.Density && (p.Min != 0 || p.Max != 1 || p.Above), "is a density and not from 0 to 1")
		wrong((p.Inert || p.Silent) && p.Required, "is required and without effect")
		wrong(p.Inert && p.Silent, "is both warned of and read in silence")
		wrong((p.Inert || p.Silent) && (len(p.Ends) > 0 || p.Role != recipe.NoRole), "has no effect, and an end or a role")

		at := map[float64]bool{}
		for _, e := range p.Ends {
			wrong(at[e.At], "has two ends at one value")
			at[e.At] = true
			wrong(!p.Takes(e.At), "ends at a value that it may not have")
			wrong(p.Usual != recipe.Range{} && (e.At < p.Usual.From || e.At > p.Usual.To), "ends at a value that is warned of")
			wrong((e.Leaves == recipe.Others) != perModel, "leaves what a parameter of its scope cannot")
			wrong((e.Hint != "") != (e.Leaves != recipe.Others), "needs a hint at an end where all models stay, and there alone")
			wrong(e.Leaves != recipe.Others && m.Base != recipe.BaseRequired, "leaves the base or another, of a method that needs no base")
			wrong(e.Leaves == recipe.OtherAlone && m.Models.Max != 1, "leaves the one other model, of a method that takes more")
		}
	}
	one := recipe.Count{Min: 1, Max: 1}
	fits := map[recipe.Result]bool{
		recipe.Other:         true,
		recipe.Mean:          m.Base != recipe.BaseRequired && m.Models.Max != 1,
		recipe.Interpolation: m.Base == recipe.BaseRequired && m.Models == one && roles[recipe.Mix],
		recipe.Changes:       m.Base == recipe.BaseRequired,
		recipe.Stack:         m.Base == recipe.BaseIgnored && m.Models == one,
	}
	if !fits[m.Result] {
		problems = append(problems, "makes what its models and parameters do not fit")
	}
	return problems
}

// misshared says what is wrong with the shares that m gives its models, where it says them.
func misshared(m *recipe.Method) (problems []string) {
	if m.Shares == nil {
		return nil
	}
	n, base := max(m.Models.Min, 1), -1
	if m.Base == recipe.BaseRequired {
		n, base = n+1, 0
	}
	shares := m.Shares(mergetest.Args(*m, n, base))
	if len(shares) != n {
		return []string{fmt.Sprintf("gives %d shares to %d inputs", len(shares), n)}
	}
	sum := 0.0
	for i, s := range shares {
		sum += s.Weight
		if m.Result == recipe.Changes && i == base && s != (recipe.Share{}) {
			problems = append(problems, fmt.Sprintf("adds changes to its base and gives it the share %v", s))
		}
		if math.IsNaN(s.Weight) || math.IsInf(s.Weight, 0) || s.Density < 0 || s.Density > 1 {
			problems = append(problems, fmt.Sprintf("gives input %d of %d the share %v", i, n, s))
		}
	}
	if (m.Result == recipe.Mean || m.Result == recipe.Interpolation) && !(math.Abs(sum-1) < 1e-9) {
		problems = append(problems, fmt.Sprintf("gives shares that sum to %v", sum))
	}
	return problems
}

// ambiguous says which words people may write for a method could be two of them.
func ambiguous(methods []recipe.Method) (problems []string) {
	means := map[string]string{}
	for _, m := range methods {
		if means[m.Name] != "" {
			problems = append(problems, m.Name+" stands twice")
		}
		means[m.Name] = m.Name
	}
	for _, m := range methods {
		for _, a := range m.Aliases {
			if means[a] != "" {
				problems = append(problems, fmt.Sprintf("%s means %s and %s", a, means[a], m.Name))
			}
			if !plainName.MatchString(a) {
				problems = append(problems, fmt.Sprintf("%s of %s is not written as names are compared", a, m.Name))
			}
			means[a] = m.Name
		}
	}
	return problems
}

var plainName = regexp.MustCompile(`^[a-z0-9_]+$`)

// What the checks above are there for is found by them.
func TestIllFormedTablesAreFound(t *testing.T) {
	end := func(at float64, l recipe.Leaves, hint string) []recipe.End {
		return []recipe.End{{At: at, Leaves: l, Hint: hint}}
	}
	based := recipe.Method{Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1}}
	with := func(m recipe.Method, p ...recipe.Param) recipe.Method { m.Params = p; return m }
	result := func(m recipe.Method, r recipe.Result) recipe.Method { m.Result = r; return m }
	shares := func(s ...recipe.Share) recipe.Method {
		return recipe.Method{Base: recipe.BaseRequired, Result: recipe.Changes, Shares: func(recipe.Args) []recipe.Share { return s }}
	}
	halfMean := recipe.Method{Result: recipe.Mean, Shares: func(recipe.Args) []recipe.Share { return []recipe.Share{{Weight: 0.5}} }}
	for _, tt := range []struct {
		name   string
		method recipe.Method
		want   []string
	}{
		{"a sound one", with(based, recipe.Param{Name: "p", Role: recipe.Mix, Ends: end(1, recipe.OtherAlone, "no")}), nil},
		{"a name twice", with(based, recipe.Param{Name: "p"}, recipe.Param{Name: "p"}), []string{"p stands twice"}},
		{"a role twice", with(based, recipe.Param{Name: "p", Role: recipe.Factor}, recipe.Param{Name: "q", Role: recipe.Factor}), []string{"q has a role that another has"}},
		{"a shared weight", with(based, recipe.Param{Name: "p", Role: recipe.Weight}), []string{"p is one value for all models and has the role of one of each"}},
		{"a mix of each", with(based, recipe.Param{Name: "p", Role: recipe.Mix, Scope: recipe.PerModel}), []string{"p is one value of each model and has a role between two"}},
		{"a number that normalizes", with(based, recipe.Param{Name: "p", Role: recipe.Normalize}), []string{"p has a role and a type that do not fit"}},
		{"a density of percents", with(based, recipe.Param{Name: "p", Role: recipe.Density, Scope: recipe.PerModel, Max: 100}), []string{"p is a density and not from 0 to 1"}},
		{"silent and needed", with(based, recipe.Param{Name: "p", Silent: true, Required: true}), []string{"p is required and without effect"}},
		{"silent and warned of", with(based, recipe.Param{Name: "p", Silent: true, Inert: true}), []string{"p is both warned of and read in silence"}},
		{"an end of nothing", with(based, recipe.Param{Name: "p", Inert: true, Scope: recipe.PerModel, Ends: end(0, recipe.Others, "")}), []string{"p has no effect, and an end or a role"}},
		{"an end out of range", with(based, recipe.Param{Name: "p", Min: 1, Max: 2, Ends: end(0, recipe.BaseAlone, "no")}), []string{"p ends at a value that it may not have"}},
		{"an end at a limit that is out", with(based, recipe.Param{Name: "p", Above: true, Ends: end(0, recipe.BaseAlone, "no")}), []string{"p ends at a value that it may not have"}},
		{"an end that is not usual", with(based, recipe.Param{Name: "p", Usual: recipe.Range{From: 1, To: 2}, Ends: end(0, recipe.BaseAlone, "no")}), []string{"p ends at a value that is warned of"}},
		{"an end of the other scope", with(based, recipe.Param{Name: "p", Ends: end(0, recipe.Others, "")}), []string{"p leaves what a parameter of its scope cannot"}},
		{"an end without a hint", with(based, recipe.Param{Name: "p", Ends: end(0, recipe.BaseAlone, "")}), []string{"p needs a hint at an end where all models stay, and there alone"}},
		{"no base to be left", recipe.Method{Params: []recipe.Param{{Name: "p", Ends: end(0, recipe.BaseAlone, "no")}}}, []string{"p leaves the base or another, of a method that needs no base"}},
		{"which other", recipe.Method{Base: recipe.BaseRequired, Params: []recipe.Param{{Name: "p", Ends: end(0, recipe.OtherAlone, "no")}}}, []string{"p leaves the one other model, of a method that takes more"}},
		{"two ends at once", with(based, recipe.Param{Name: "p", Ends: slices.Concat(end(0, recipe.BaseAlone, "no"), end(0, recipe.OtherAlone, "no"))}), []string{"p has two ends at one value"}},
		{"a stack on a base", result(based, recipe.Stack), []string{"makes what its models and parameters do not fit"}},
		{"a way without how far", result(based, recipe.Interpolation), []string{"makes what its models and parameters do not fit"}},
		{"changes of nothing", result(recipe.Method{}, recipe.Changes), []string{"makes what its models and parameters do not fit"}},
		{"shares of some", shares(recipe.Share{}), []string{"gives 1 shares to 2 inputs"}},
		{"a share of the base", shares(recipe.Share{Weight: 1}, recipe.Share{Weight: 1}), []string{"adds changes to its base and gives it the share {1 0}"}},
		{"half of a mean", halfMean, []string{"gives shares that sum to 0.5"}},
		{"more than all", shares(recipe.Share{}, recipe.Share{Weight: 1, Density: 2}), []string{"gives input 1 of 2 the share {1 2}"}},
	} {
		if got := slices.Concat(misshapen(&tt.method), misshared(&tt.method)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: the checks find %q, want %q", tt.name, got, tt.want)
		}
	}
	got := ambiguous([]recipe.Method{{Name: "a", Aliases: []string{"b", "c"}}, {Name: "b", Aliases: []string{"c", "D-e"}}, {Name: "a"}})
	want := []string{"a stands twice", "b means b and a", "c means a and b", "D-e of b is not written as names are compared"}
	if !slices.Equal(got, want) {
		t.Errorf("ambiguous finds %q, want %q", got, want)
	}
}

// What a config may name and cannot be merged with has a name, its parameters' names, and nothing that could be taken for
// the table of a method.
func TestKnownAreTheMethodsAndTheUnbuilt(t *testing.T) {
	methods, known := merge.Methods(), merge.Known()
	for i, m := range known {
		if i < len(methods) {
			if m.Name != methods[i].Name || m.Unbuilt {
				t.Errorf("Known()[%d] is %s, unbuilt %t; want %s, which is built", i, m.Name, m.Unbuilt, methods[i].Name)
			}
			continue
		}
		if !m.Unbuilt || m.Title != "" || m.Summary != "" {
			t.Errorf("%s is not built and has Unbuilt %t, title %q, summary %q", m.Name, m.Unbuilt, m.Title, m.Summary)
		}
	}
	for _, name := range []string{"della", "model_stock"} {
		if recipe.Find(known, name) == nil {
			t.Errorf("Known() has no %s, which is a method of mergekit", name)
		}
	}
}

func TestKnownGivesACopy(t *testing.T) {
	change := func(m *recipe.Method) (alias *string, end *recipe.End) { return &m.Aliases[0], &m.Params[0].Ends[0] }
	alias, end := change(recipe.Find(merge.Known(), "linear"))
	*alias, end.At = "changed", 7
	if alias, end := change(recipe.Find(merge.Known(), "linear")); *alias == "changed" || end.At == 7 {
		t.Errorf("a change of the table shows in the next one: alias %q, end at %v", *alias, end.At)
	}
}
