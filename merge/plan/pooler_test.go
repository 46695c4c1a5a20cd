package plan_test

import (
	"fmt"
	"slices"
	"testing"
)

// A pooler that only some models have is the donor's: copied, or left out.
func TestPoolers(t *testing.T) {
	lines := func(root, d string) []string {
		return []string{root + "embeddings.word_embeddings.weight " + d + " 8x4", root + "encoder.layer.0.output.dense.weight " + d + " 4x4"}
	}
	pooler := func(root, d string) []string {
		return []string{root + "pooler.dense.weight " + d + " 4x4", root + "pooler.dense.bias " + d + " 4"}
	}
	bert := `{"architectures": ["BertModel"], "model_type": "bert", "num_hidden_layers": 1}`
	bare := checkpoint{config: bert, lines: lines("", "F32")}
	full := bare.with(pooler("", "F32")...)
	prefixed := checkpoint{config: bert, lines: append(lines("bert.", "F16"), pooler("bert.", "F16")...)}
	linear := "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n"
	slerp := "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n"
	for _, tt := range []struct {
		what, config string
		a, b         checkpoint
		name, want   string // of the pooler's weight; "" for none
		warning      string // "" for none
	}{
		{"both have one", linear, full, full, "pooler.dense.weight", "linear(x/a:pooler.dense.weight, x/b:pooler.dense.weight)", ""},
		{"the donor has one", linear, full, bare, "pooler.dense.weight", "copy x/a:pooler.dense.weight",
			`2:30: warning: a has a pooler, pooler.dense, and b has none: it is copied from a; write "base_model: b" to leave it out`},
		{"the donor has none", linear, bare, full, "pooler.dense.weight", "",
			`2:18: warning: b has a pooler, pooler.dense, and a has none: it is left out, as a has none; write "base_model: b" to keep it`},
		{"the base has one", slerp, full, bare, "pooler.dense.weight", "copy x/a:pooler.dense.weight", "3:30: warning: a has a pooler, pooler.dense, and b has none: it is copied from a"},
		{"under another root and in another type", linear + "dtype: bfloat16\n", prefixed, bare, "bert.pooler.dense.weight", "x/a:bert.pooler.dense.weight~BF16",
			`2:30: warning: a has a pooler, bert.pooler.dense, and b has none: it is copied from a; write "base_model: b" to leave it out`},
		{"as the hint says, to leave it out", "base_model: b\n" + linear, full, bare, "pooler.dense.weight", "",
			`3:30: warning: a has a pooler, pooler.dense, and b has none: it is left out, as b has none; write "base_model: a" to keep it`},
		{"as the hint says, to keep it", "base_model: b\n" + linear, bare, full, "pooler.dense.weight", "copy x/b:pooler.dense.weight",
			`3:18: warning: b has a pooler, pooler.dense, and a has none: it is copied from b; write "base_model: a" to leave it out`},
	} {
		p, warnings := models{"a": tt.a, "b": tt.b}.warned(t, tt.config)
		got := ""
		if slices.Contains(names(p), tt.name) {
			got = shown(t, p, tt.name)
		}
		if got != tt.want {
			t.Errorf("%s: the pooler is %q, want %q", tt.what, got, tt.want)
		}
		if want := fmt.Sprint([]string{tt.warning}); tt.warning != "" && fmt.Sprint(warnings) != want || tt.warning == "" && len(warnings) > 0 {
			t.Errorf("%s: warnings\n %v, want\n %s", tt.what, warnings, want)
		}
	}
}
