package merge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// normOf is a model of one tensor, model.norm.weight.
func normOf(t *testing.T, d dtype.DType, x ...float32) *memoryModel {
	return newMemoryModel(t, d, tensorOf{"model.norm.weight", []int64{int64(len(x))}, x})
}

// TestCastOverflows stops every method at a finite value of a source that dtype makes infinite, whatever the
// model's weight and whether the tensor fits the buffer. The configs have %v in place of the weight, the mix or the factor.
func TestCastOverflows(t *testing.T) {
	methods := map[string]string{
		"linear":          "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: %v}}]\n",
		"slerp":           "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: %v}\n",
		"task_arithmetic": "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b}]\nparameters: {weight: %v}\n",
		"ties":            "merge_method: ties\nbase_model: a\nmodels: [{model: b}]\nparameters: {weight: %v, density: 0.1}\n",
		"dare_linear":     "merge_method: dare_linear\nbase_model: a\nmodels: [{model: b}]\nparameters: {weight: %v, density: 0.1}\n",
		"dare_ties":       "merge_method: dare_ties\nbase_model: a\nmodels: [{model: b}]\nparameters: {weight: %v, density: 0.1}\n",
		"passthrough":     "merge_method: passthrough\nmodels: [{model: b, parameters: {scale: %v}}]\n",
	}
	if len(methods) != len(Methods()) {
		t.Errorf("%d methods are tried, of %d", len(methods), len(Methods()))
	}
	const n, at = 100_000, 70_001
	for name, config := range methods {
		weights := []float64{0, 0.5, 1}
		if m := recipe.Find(Methods(), name); m.ByRole(recipe.Weight) == nil && m.ByRole(recipe.Mix) == nil && m.ByRole(recipe.Factor) == nil {
			weights = weights[:1]
		} else if !strings.Contains(config, "%v") {
			t.Errorf("the config of %s has no %%v in place of what is tried with several values", name)
		}
		for _, weight := range weights {
			for _, buffer := range []int64{0, 1} {
				t.Run(fmt.Sprintf("%s, weight %v, buffer %d", name, weight, buffer), func(t *testing.T) {
					x := normal(2, n, 1)
					x[at], x[at+1] = 999424, -1e30
					p, weights := planOf(t, strings.Replace(config, "%v", fmt.Sprint(weight), 1)+"dtype: float16\n",
						[]*memoryModel{normOf(t, dtype.BF16, normal(1, n, 1)...), normOf(t, dtype.BF16, x...)}, plan.Options{})
					sink := newMemorySink()
					_, err := Run(t.Context(), p, weights, sink, Options{buffer: buffer})
					got, ok := errors.AsType[*Overflow](err)
					if !ok || got.Index != at || got.Value != 999424 || got.Tensor != "model.norm.weight" || p.Sources[max(got.Source, 0)].Repo != "x/b" {
						t.Fatalf("Run = %v (%+v), want an overflow of x/b at %d", err, got, at)
					}
					if want := "float16 ends at 65504: write dtype: bfloat16 or float32"; got.Hint() != want {
						t.Errorf("hint %q, want %q", got.Hint(), want)
					}
					if len(sink.shards) > 0 {
						t.Errorf("%d shards were committed", len(sink.shards))
					}
				})
			}
		}
	}
}

// TestOverflow names the cast, of a source or of the result, and what holds the value.
func TestOverflow(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	sum := "merge_method: linear\nparameters: {weight: 1, normalize: false}\nmodels: [{model: a}, {model: b}]\n"
	pass := "merge_method: passthrough\nmodels: [{model: a}]\n"
	f16, bf16, f32 := dtype.F16, dtype.BF16, dtype.F32
	wide := "float16 ends at 65504: write dtype: bfloat16 or float32"
	for _, tt := range []struct {
		name       string
		config     string
		of         dtype.DType
		a, b       []float32
		want, hint string // "" merges
	}{
		{"a sum beyond float16", sum + "dtype: float16\n", f32, []float32{1, 2, 64992}, []float32{1, 2, 608}, "element 2 of the merge is 65600 and becomes Inf in float16", wide},
		{"a sum of float16", sum, f16, []float32{64992}, []float32{608}, "element 0 of the merge is 65600 and becomes Inf in float16", wide},
		{"a sum that just fits float16", sum + "dtype: float16\n", f32, []float32{64992}, []float32{512}, "", ""},
		{"a sum beyond bfloat16", sum + "out_dtype: bfloat16\n", f32, []float32{3.38e38}, []float32{0.02e38}, "element 0 of the merge is 3.4e+38 and becomes Inf in bfloat16", "bfloat16 ends at 3.39e+38: write dtype: float32"},
		{"a source that rounds to float16's last", pass + "dtype: float16\n", f32, []float32{65519}, nil, "", ""},
		{"a source beyond float16", pass + "dtype: float16\n", f32, []float32{0, 65520}, nil, "element 1 is 65520 in float32 and becomes Inf in float16", wide},
		{"a source beyond bfloat16", pass + "dtype: bfloat16\n", f32, []float32{-3.4e38}, nil, "element 0 is -3.4e+38 in float32 and becomes Inf in bfloat16", "bfloat16 ends at 3.39e+38: write dtype: float32"},
		{"float16 within bfloat16", pass + "dtype: bfloat16\n", f16, []float32{65504}, nil, "", ""},
		{"a tensor passed on under out_dtype", pass + "out_dtype: float16\n", bf16, []float32{999424}, nil, "element 0 is 999424 in bfloat16 and becomes Inf in float16", wide},
		{"a source that is NaN and Inf", sum + "dtype: float16\n", bf16, []float32{nan, inf, 1}, []float32{1, 1, 1}, "", ""},
		{"a source that is NaN, Inf and large", sum + "dtype: float16\n", bf16, []float32{nan, inf, 1}, []float32{1, 1, 999424}, "element 2 is 999424 in bfloat16 and becomes Inf in float16", wide},
		{"a large value beside the Inf of another", sum + "dtype: float16\n", bf16, []float32{inf}, []float32{999424}, "element 0 is 999424 in bfloat16 and becomes Inf in float16", wide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, weights := planOf(t, tt.config, []*memoryModel{normOf(t, tt.of, tt.a...), normOf(t, tt.of, tt.b...)}, plan.Options{})
			_, err := Run(t.Context(), p, weights, newMemorySink(), Options{})
			checkOverflow(t, err, tt.want, tt.hint)
		})
	}
}

// TestOverflowOfFloat64 stops at values beyond float32, which float64 alone can copy.
func TestOverflowOfFloat64(t *testing.T) {
	m := newMemoryModel(t, dtype.F64, tensorOf{"model.norm.weight", []int64{2}, []float32{1, 1}})
	file := m.files["model.safetensors"]
	binary.LittleEndian.PutUint64(file[len(file)-8:], math.Float64bits(1e300))
	for _, tt := range []struct{ config, want, hint string }{
		{"merge_method: passthrough\nmodels: [{model: a}]\ndtype: float32\n", "element 1 is 1e+300 in float64 and becomes Inf in float32", "float32 ends at 3.40e+38: write dtype: float64"},
		{"merge_method: passthrough\nmodels: [{model: a}]\ndtype: float16\n", "element 1 is 1e+300 in float64 and becomes Inf in float16", "float16 ends at 65504: write dtype: float64"},
		{"merge_method: passthrough\nmodels: [{model: a}]\ndtype: float64\n", "", ""},
		{"merge_method: linear\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 1}\n", "element 1 is 1e+300 in float64 and becomes Inf in float32", "float32 ends at 3.40e+38: look for a damaged source"},
	} {
		p, weights := planOf(t, tt.config, []*memoryModel{m, m}, plan.Options{})
		_, err := Run(t.Context(), p, weights, newMemorySink(), Options{})
		checkOverflow(t, err, tt.want, tt.hint)
	}
}

// checkOverflow compares err with what is said of model.norm.weight and the hint; "" is no error.
func checkOverflow(t *testing.T, err error, want, hint string) {
	t.Helper()
	got, ok := errors.AsType[*Overflow](err)
	switch {
	case want == "" && err == nil:
	case !ok:
		t.Errorf("Run = %v, want %q", err, want)
	case got.Error() != "model.norm.weight: "+want || got.Hint() != hint:
		t.Errorf("Run = %q with the hint %q, want %q with %q", got, got.Hint(), want, hint)
	}
}
