package plan_test

import (
	"fmt"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// What is stored, rounded and written follows from the sources' types, dtype and out_dtype.
func TestTypes(t *testing.T) {
	one := func(d string) checkpoint { return checkpoint{lines: []string{"norm.weight " + d + " 4"}} }
	for _, tt := range []struct {
		what       string
		a, b, keys string
		want       string
		written    dtype.DType
		config     string
	}{
		{"one type stays", "BF16", "BF16", "", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.BF16, "bfloat16"},
		{"F16 and BF16 make F32", "F16", "BF16", "", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.F32, "float32"},
		{"F32 wins over BF16", "BF16", "F32", "", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.F32, "float32"},
		{"dtype rounds what it cannot hold", "F32", "F16", "dtype: bfloat16\n", "linear(x/a:norm.weight~BF16, x/b:norm.weight~BF16)", dtype.BF16, "bfloat16"},
		{"dtype float16 rounds BF16", "F16", "BF16", "dtype: float16\n", "linear(x/a:norm.weight, x/b:norm.weight~F16)", dtype.F16, "float16"},
		{"dtype float32 holds all but F64", "F64", "BF16", "dtype: float32\n", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.F32, "float32"},
		{"F64 is rounded to narrow types", "F64", "BF16", "dtype: bfloat16\n", "linear(x/a:norm.weight~BF16, x/b:norm.weight)", dtype.BF16, "bfloat16"},
		{"out_dtype rounds no source", "F32", "F32", "out_dtype: bfloat16\n", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.BF16, "bfloat16"},
		{"out_dtype is written, dtype rounds", "F32", "F32", "dtype: float16\nout_dtype: float32\n", "linear(x/a:norm.weight~F16, x/b:norm.weight~F16)", dtype.F32, "float32"},
		{"F64 stays F64", "F64", "F64", "", "linear(x/a:norm.weight, x/b:norm.weight)", dtype.F64, "float64"},
	} {
		p, _ := models{"a": one(tt.a), "b": one(tt.b)}.warned(t, "merge_method: linear\n"+tt.keys+"models: [{model: a}, {model: b}]\nparameters: {weight: 1}\n")
		got := tensor(t, p, "norm.weight")
		if show(p, got.Output) != tt.want || got.DType != tt.written || p.DType != tt.config {
			t.Errorf("%s: %s as %v, dtype %s; want %s as %v, %s", tt.what, show(p, got.Output), got.DType, p.DType, tt.want, tt.written, tt.config)
		}
	}
}

// A tensor that is passed on is copied where its type stays, and else read and rounded.
func TestPassthrough(t *testing.T) {
	for _, tt := range []struct {
		stored, keys, want string
		written            dtype.DType
	}{
		{"BF16", "", "copy x/a:norm.weight", dtype.BF16},
		{"F64", "", "copy x/a:norm.weight", dtype.F64},
		{"BF16", "dtype: bfloat16\n", "copy x/a:norm.weight", dtype.BF16},
		{"BF16", "dtype: float32\n", "x/a:norm.weight", dtype.F32},
		{"F32", "dtype: bfloat16\n", "x/a:norm.weight~BF16", dtype.BF16},
		{"F32", "out_dtype: bfloat16\n", "x/a:norm.weight", dtype.BF16},
		{"F32", "dtype: bfloat16\nout_dtype: float32\n", "x/a:norm.weight~BF16", dtype.F32},
		{"BF16", "parameters: {scale: 1}\n", "copy x/a:norm.weight", dtype.BF16},
		{"BF16", "parameters: {scale: 0}\n", "passthrough(x/a:norm.weight)", dtype.BF16},
		{"BF16", "parameters: {scale: [{filter: o_proj, value: 0}, {value: 1.0}]}\n", "copy x/a:norm.weight", dtype.BF16},
		{"I64", "dtype: bfloat16\nparameters: {scale: 0}\n", "copy x/a:norm.weight", dtype.I64},
		{"BOOL", "out_dtype: float32\n", "copy x/a:norm.weight", dtype.Bool},
	} {
		p, _ := models{"a": {lines: []string{"norm.weight " + tt.stored + " 4", "other.weight BF16 1000"}}}.warned(t, "merge_method: passthrough\n"+tt.keys+"models: [{model: a}]\n")
		got := tensor(t, p, "norm.weight")
		if show(p, got.Output) != tt.want || got.DType != tt.written {
			t.Errorf("%s under %q: %s as %v, want %s as %v", tt.stored, tt.keys, show(p, got.Output), got.DType, tt.want, tt.written)
		}
	}
}

// Of many tensors the config names the type that most elements have, and never one of integers.
func TestMostCommonType(t *testing.T) {
	p := models{"a": {lines: []string{"big.weight I64 1000", "mid.weight F16 100", "small.weight F32 60"}}}.plan(t, "merge_method: passthrough\nmodels: [{model: a}]\n")
	if p.DType != "float16" || p.Params != 1160 {
		t.Errorf("DType %q, Params %d; want float16 and 1160", p.DType, p.Params)
	}
}

// Reading float64 as float32 loses digits, so it is said once.
func TestF64IsTold(t *testing.T) {
	ms := models{"a": {lines: []string{"x.weight F64 4", "y.weight F64 4"}}}
	_, warnings := ms.warned(t, "merge_method: passthrough\nmodels: [{model: a}]\nparameters: {scale: 2}\n")
	equalLines(t, "warnings", warnings, []string{"2:18: warning: float64 weights, such as those of x.weight, are converted to float32 before they are merged; write dtype: float32; a float64 result is no more precise"})
	ms.plan(t, "merge_method: passthrough\nmodels: [{model: a}]\n")
}

// Integers and bools are taken from the leading model, said once with a number.
func TestIntegers(t *testing.T) {
	c := llama(1)
	for k := range 5 {
		c = c.with(fmt.Sprintf("stats.%d.count I64", k))
	}
	c = c.with("mask BOOL 4x4")
	p, warnings := models{"a": c, "b": c}.warned(t, "merge_method: slerp\nbase_model: b\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\ndtype: bfloat16\n")
	equalLines(t, "warnings", warnings, []string{
		"3:30: warning: stats.0.count is I64 and cannot be merged, so it is copied from b",
		"3:30: warning: 5 more tensors of integers are copied from b",
	})
	for _, name := range []string{"stats.4.count", "mask"} {
		if got := shown(t, p, name); got != "copy x/b:"+name {
			t.Errorf("%s is %s", name, got)
		}
	}
}

// Constants that loaders recompute keep their bits, and are left out where some models lack them. A bias that has
// such a name is a bias.
func TestBuffers(t *testing.T) {
	c := llama(1).with("model.layers.0.self_attn.rotary_emb.inv_freq F32 2", "model.layers.0.attn.bias F32 1x1x8x8", "model.layers.0.attention.bias BF16 4")
	config := "merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\ndtype: bfloat16\n"
	p := models{"a": c, "b": c.renamed("1x1x8x8", "1x1x16x16")}.plan(t, config)
	for name, want := range map[string]string{
		"model.layers.0.self_attn.rotary_emb.inv_freq": "copy x/a:model.layers.0.self_attn.rotary_emb.inv_freq",
		"model.layers.0.attn.bias":                     "copy x/a:model.layers.0.attn.bias",
		"model.layers.0.attention.bias":                "linear(x/a:model.layers.0.attention.bias, x/b:model.layers.0.attention.bias)",
	} {
		if got := shown(t, p, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	p, warnings := models{"a": c, "b": llama(1).with("model.layers.0.attention.bias BF16 4")}.warned(t, config)
	equalLines(t, "warnings", warnings, []string{
		"2:18: warning: model.layers.0.self_attn.rotary_emb.inv_freq is in only some of the models; it is left out, and loaders recompute it",
		"2:18: warning: 1 more tensor of that kind is left out",
	})
	if len(p.Outputs) != len(llama(1).lines)+1 {
		t.Errorf("tensors: %v", names(p))
	}
}
