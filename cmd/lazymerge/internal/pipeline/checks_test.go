package pipeline

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

func TestChecks(t *testing.T) {
	merged, copied := plan.Tensor{Expr: linearOf(1, 1, 1)}, plan.Tensor{Expr: plan.Expr{Op: plan.Copy}}
	cut := plan.Tensor{Shape: []int64{8, 4}, Expr: plan.Expr{Op: plan.Copy, Tensor: "head"}}
	source := &Source{Model: &plan.Model{Tensors: map[string]plan.Stored{"head": {}}}}
	head := source.Model.Tensors["head"]
	head.Shape = []int64{10, 4}
	source.Model.Tensors["head"] = head
	for _, tt := range []struct {
		name    string
		tensors []plan.Tensor
		known   known
		want    string
	}{
		{"all merged", []plan.Tensor{merged, merged}, known{}, "2 tensors, each with the shape of its sources; no NaN or Inf where no source has one; no norm far from the sources'"},
		{"one tensor", []plan.Tensor{merged}, known{}, "1 tensor, with the shape of its sources; no NaN or Inf where no source has one; no norm far from the sources'"},
		{"all copied", []plan.Tensor{copied, copied, copied}, known{}, "3 tensors, copied byte for byte"},
		{"a vocabulary that was cut", []plan.Tensor{cut}, known{}, "1 tensor, copied byte for byte (the vocabulary cut to the tokens that all have)"},
		{"some copied", []plan.Tensor{copied, merged, merged}, known{}, "3 tensors, 1 copied byte for byte and the rest with the shape of their sources; no NaN or Inf in the rest where no source has one; no norm far from the sources'"},
		{"a NaN of a source", []plan.Tensor{merged, merged}, known{Inherited: 1}, "2 tensors, each with the shape of its sources; 1 NaN or Inf, where a source has one"},
		{"NaNs of a source", []plan.Tensor{merged, merged}, known{Inherited: 7}, "2 tensors, each with the shape of its sources; 7 NaN or Inf values, each where a source has one"},
		{"a norm that is far off", []plan.Tensor{merged, merged}, known{Norm: "x has norm 9, and its sources have 1 to 2: the model may be broken"},
			"2 tensors, each with the shape of its sources; no NaN or Inf where no source has one; x has norm 9, and its sources have 1 to 2: the model may be broken"},
	} {
		m := &Merge{Sources: []*Source{source, source}, Plan: &plan.Plan{Tensors: tt.tensors}, known: tt.known}
		if got := strings.Join(m.checks(), "; "); got != tt.want {
			t.Errorf("%s: checks = %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
