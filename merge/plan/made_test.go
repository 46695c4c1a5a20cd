package plan_test

import (
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/internal/kindtest"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A model may have a tensor that its files have in another form. It is merged as any other, rounded as the config asks, and
// passed on as values, never as bytes.
func TestTensorsThatAreMade(t *testing.T) {
	for _, tt := range []struct {
		config string
		codec  plan.Codec
		round  dtype.DType
	}{
		{"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n", plan.Cast, dtype.Invalid},
		{"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\ndtype: float16\n", plan.Cast, dtype.F16},
		{"merge_method: passthrough\nmodels: [{model: b}]\n", plan.Cast, dtype.Invalid},
	} {
		r, faults := recipe.Parse("merge.yaml", []byte(tt.config), merge.Known())
		if len(faults.Errors()) > 0 {
			t.Fatal(faults)
		}
		var loaded []*plan.Model
		for _, ref := range r.Models() {
			m := llama(1).read(t, ref.Path)
			if ref.Path == "b" {
				const name = "model.layers.0.self_attn.q_proj.weight"
				s := m.Tensors[name]
				plain := s
				s.Make = func(source int) plan.Expr {
					leaf := plan.Expr{Op: &plan.Leaf{Source: source, File: plain.File, Tensor: name, DType: plain.DType, Stored: plain.Shape, Begin: plain.Begin, End: plain.End}}
					return plan.Expr{Op: &kindtest.Rows{Of: leaf, Index: []int64{3, 2, 1, 0}}}
				}
				m.Tensors[name] = s
			}
			loaded = append(loaded, m)
		}
		p, faults := plan.Build(r, merge.Known(), loaded, plan.Options{})
		if p == nil {
			t.Fatal(faults)
		}
		o := tensor(t, p, "model.layers.0.self_attn.q_proj.weight")
		if o.Codec != tt.codec {
			t.Errorf("%s: codec %s, want %s", tt.config, o.Codec, tt.codec)
		}
		inputs := o.Inputs()
		made := inputs[len(inputs)-1]
		if _, ok := made.Expr.Op.(*kindtest.Rows); !ok || made.Expr.Round != tt.round || made.Model != len(loaded)-1 {
			t.Errorf("%s: the last input is %T of model %d rounded to %v", tt.config, made.Expr.Op, made.Model, made.Expr.Round)
		}
		var read []int
		for l := range o.Expr.Leaves() {
			read = append(read, l.Source)
		}
		if want := []int{0, 1}[:len(loaded)]; !slices.Equal(read, want) {
			t.Errorf("%s: sources %v are read, want %v", tt.config, read, want)
		}
	}
}
