package render

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

func TestChecks(t *testing.T) {
	merged, copied := linearOf(1, 1, 1), copied(0)
	for _, tt := range []struct {
		name    string
		outputs []plan.Output
		cutRows int64
		known   Known
		want    string
	}{
		{"all merged", []plan.Output{merged, merged}, 0, Known{}, "2 tensors, each with the shape of its sources; no new NaN or Inf; no norm far from the sources'"},
		{"one tensor", []plan.Output{merged}, 0, Known{}, "1 tensor, with the shape of its sources; no new NaN or Inf; no norm far from the sources'"},
		{"all copied", []plan.Output{copied, copied, copied}, 0, Known{}, "3 tensors, copied byte for byte"},
		{"a vocabulary that was cut", []plan.Output{copied}, 8, Known{}, "1 tensor, copied byte for byte (vocabulary cut to the tokens that all sources have)"},
		{"some copied", []plan.Output{copied, merged, merged}, 0, Known{}, "3 tensors, 1 copied byte for byte and the rest with the shape of their sources; no new NaN or Inf in the rest; no norm far from the sources'"},
		{"a NaN of a source", []plan.Output{merged, merged}, 0, Known{Inherited: 1}, "2 tensors, each with the shape of its sources; 1 NaN or Inf value, inherited from the sources"},
		{"NaNs of a source", []plan.Output{merged, merged}, 0, Known{Inherited: 7}, "2 tensors, each with the shape of its sources; 7 NaN or Inf values, inherited from the sources"},
		{"a norm that is far off", []plan.Output{merged, merged}, 0, Known{Norm: "x has norm 9, but its sources have 1 to 2: the model may be broken"},
			"2 tensors, each with the shape of its sources; no new NaN or Inf; x has norm 9, but its sources have 1 to 2: the model may be broken"},
	} {
		m := Merge{Plan: &plan.Plan{Outputs: tt.outputs, CutRows: tt.cutRows}}
		if got := strings.Join(m.checks(tt.known), "; "); got != tt.want {
			t.Errorf("%s: checks = %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
