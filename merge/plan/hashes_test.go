package plan_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/internal/kindtest"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var update = flag.Bool("update", false, "write testdata/hashes.json anew; a change of it is a change of every plan that people have")

// heldPlans are plans of all forms.
func heldPlans(t testing.TB) map[string]*plan.Plan {
	three := models{"a": llama(2), "b": llama(2), "c": llama(2)}
	halves := models{"a": llama(2).renamed("BF16", "F16"), "b": llama(2)}
	longer := models{"a": vocabulary("8"), "b": vocabulary("12")}
	out := map[string]*plan.Plan{}
	for name, config := range map[string]string{
		"linear":      "merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.3}}, {model: b, parameters: {weight: 0.7}}]\n",
		"slerp":       "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: [{filter: self_attn, value: [0, 0.5, 1]}, {value: 0.5}]}\n",
		"ties":        "merge_method: ties\nbase_model: a\nmodels: [{model: a}, {model: b, parameters: {weight: 1, density: 0.5}}, {model: c, parameters: {weight: 0.5, density: 0.25}}]\nparameters: {normalize: true, rescale: true}\ndtype: bfloat16\n",
		"dare":        "merge_method: dare_ties\nbase_model: a\nmodels: [{model: b, parameters: {weight: 0.4, density: 0.53}}, {model: c, parameters: {weight: 0.3, density: 0.53}}]\n",
		"stacked":     "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 2]}]}, {sources: [{model: b, layer_range: [1, 2], parameters: {scale: 0.5}}]}]\n",
		"task vector": "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b, parameters: {weight: 1.5}}]\nparameters: {lambda: 0.5}\nout_dtype: float16\n",
	} {
		out[name] = three.plan(t, config)
	}
	out["rounded"], _ = halves.warned(t, "merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.5}}, {model: b, parameters: {weight: 0.5}}]\ndtype: bfloat16\n")
	cut, faults := longer.build(t, "merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.5}}, {model: b, parameters: {weight: 0.5}}]\n", plan.Options{TruncateVocabulary: true})
	if cut == nil {
		t.Fatal(faults)
	}
	out["cut"] = cut
	return out
}

// The hashes of plans are in lock files and plan files that people have: they stay, whatever kinds of expressions come.
func TestHashesAreHeld(t *testing.T) {
	got := map[string]string{}
	for name, p := range heldPlans(t) {
		got[name] = p.Hash
	}
	const file = "testdata/hashes.json"
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) != 8 || !maps.Equal(got, want) {
		t.Errorf("the plans have the hashes\n%v\nwant\n%v", got, want)
	}
}

// A kind that only this test has takes its place in a plan: the plan has another hash, and the lines of all other
// outputs stay as they are.
func TestAnotherKindLeavesTheRest(t *testing.T) {
	for name, p := range heldPlans(t) {
		q := *p
		q.Outputs = slices.Clone(p.Outputs)
		i := slices.IndexFunc(q.Outputs, func(o plan.Output) bool { return len(o.Tensors[0].Shape) == 2 })
		o := &q.Outputs[i]
		index := make([]int64, o.Tensors[0].Shape[0])
		o.Expr = plan.Expr{Op: &kindtest.Rows{Of: o.Expr, Index: index}}
		if plan.HashOf(&q) == p.Hash {
			t.Errorf("%s: the hash stays when an expression is of another kind", name)
		}
		for k := range p.Outputs {
			if got, was := plan.LineOf(&q.Outputs[k]), plan.LineOf(&p.Outputs[k]); (got == was) != (k != i) {
				t.Errorf("%s: the line of output %d is %s, and was %s", name, k, got, was)
			}
		}
	}
}

// Two expressions that differ in anything have two lines.
func TestLinesDiffer(t *testing.T) {
	type made struct {
		line string
		expr plan.Expr
	}
	var all []made
	for seed := range uint64(4000) {
		e := randomExpr(rand.New(rand.NewPCG(seed, 1)), 3)
		all = append(all, made{plan.LineOf(&plan.Output{Expr: e, Codec: plan.Cast}), e})
	}
	slices.SortFunc(all, func(a, b made) int {
		if a.line < b.line {
			return -1
		}
		return 1
	})
	same := 0
	for i := 1; i < len(all); i++ {
		lines, exprs := all[i-1].line == all[i].line, reflect.DeepEqual(all[i-1].expr, all[i].expr)
		if lines != exprs {
			t.Fatalf("two expressions are equal: %v, their lines: %v\n%s\n%s", exprs, lines, all[i-1].line, all[i].line)
		}
		if lines {
			same++
		}
	}
	if same == 0 || same > len(all)/2 {
		t.Errorf("%d of %d expressions were alike: the test says little", same, len(all))
	}
}

// randomExpr is of few values, so that expressions are alike in most of what they have.
func randomExpr(r *rand.Rand, depth int) plan.Expr {
	words := []string{"", "a", "a b", `"`, ")", "1 ", "~F16"}
	word := func() string { return words[r.IntN(len(words))] }
	e := plan.Expr{Round: []dtype.DType{dtype.Invalid, dtype.Invalid, dtype.F16}[r.IntN(3)]}
	kind := r.IntN(4)
	if depth == 0 {
		kind = 0
	}
	switch kind {
	case 1:
		c := &plan.Call{Method: word(), Args: recipe.Args{Base: r.IntN(2) - 1}}
		if r.IntN(2) == 0 {
			c.Args.Shared = map[string]float64{word(): float64(r.IntN(2))}
		}
		for range r.IntN(3) {
			c.Inputs = append(c.Inputs, plan.Input{Model: r.IntN(2), Expr: randomExpr(r, depth-1)})
		}
		if r.IntN(2) == 0 {
			c.Draw = &plan.Draw{Name: word()}
		}
		e.Op = c
	case 2:
		e.Op = &kindtest.Rows{Of: randomExpr(r, depth-1), Index: make([]int64, r.IntN(2))}
	case 3:
		e.Op = &kindtest.Product{A: randomExpr(r, depth-1), B: randomExpr(r, depth-1)}
	default:
		e.Op = &plan.Leaf{Source: r.IntN(2), File: word(), Tensor: word(), DType: dtype.F32, Stored: make([]int64, r.IntN(2))}
	}
	return e
}
