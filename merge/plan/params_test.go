package plan_test

import (
	"fmt"
	"math"
	"testing"
)

// The value of t follows the layer inside its slice, is the last of the list in a slice of one layer, and the first
// outside the layers.
func TestGradient(t *testing.T) {
	ms := models{"a": llama(5), "b": llama(5)}
	p := ms.plan(t, `
merge_method: slerp
base_model: a
slices:
  - sources: [{model: a, layer_range: [0, 5]}, {model: b, layer_range: [0, 5]}]
  - sources: [{model: a, layer_range: [2, 3]}, {model: b, layer_range: [2, 3]}]
  - sources: [{model: a, layer_range: [0, 3]}, {model: b, layer_range: [0, 3]}]
parameters: {t: [0.1, 0.5, 0.9]}
`)
	want := map[string]float64{"model.embed_tokens.weight": 0.1, "model.norm.weight": 0.1, "lm_head.weight": 0.1}
	for out, v := range []float64{0.1, 0.3, 0.5, 0.7, 0.9 /* one layer: */, 0.9 /* again: */, 0.1, 0.5, 0.9} {
		want[fmt.Sprintf("model.layers.%d.mlp.down_proj.weight", out)] = v
	}
	for name, want := range want {
		if got := call(t, p, name).Args.Shared["t"]; math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: t = %v, want %v", name, got, want)
		}
	}
}

// Filters of shared parameters see the output's layer number and those of a model's own the
// number in that model. Filters that no name has are told.
func TestFiltersInMovedLayers(t *testing.T) {
	p, warnings := models{"a": llama(12), "b": llama(12)}.warned(t, `
merge_method: task_arithmetic
base_model: a
slices:
  - sources:
    - {model: a, layer_range: [10, 12]}
    - model: b
      layer_range: [10, 12]
      parameters: {weight: [{filter: layers.10., value: 7}, {filter: layers.0., value: 8}, {filter: embed, value: 6}, {value: 9}]}
parameters: {lambda: [{filter: layers.10., value: 3}, {filter: layers.0., value: 4}, {filter: down_proj, value: 5}, {value: 2}]}
`)
	equalLines(t, "warnings", warnings, []string{
		`9:70: warning: the filter "layers.0." of weight matches no tensor; a filter is a part of a name, such as that of model.layers.1.mlp.down_proj.weight`,
		`10:32: warning: the filter "layers.10." of lambda matches no tensor; a filter is a part of a name, such as that of model.layers.1.mlp.down_proj.weight`,
	})
	for _, tt := range []struct {
		name           string
		weight, lambda float64
	}{
		{"model.embed_tokens.weight", 6, 2},
		{"model.layers.0.mlp.down_proj.weight", 7, 4},
		{"model.layers.1.mlp.down_proj.weight", 9, 5},
		{"model.layers.1.self_attn.q_proj.weight", 9, 2},
		{"lm_head.weight", 9, 2},
	} {
		e := call(t, p, tt.name).Args
		if e.PerModel[1]["weight"] != tt.weight || e.Shared["lambda"] != tt.lambda {
			t.Errorf("%s: weight %v, lambda %v, want %v and %v", tt.name, e.PerModel[1]["weight"], e.Shared["lambda"], tt.weight, tt.lambda)
		}
	}
}

// A model's own value beats its slice's, which beats the recipe's, which beats the default. A level
// without a matching case is passed over.
func TestLevels(t *testing.T) {
	p := models{"a": llama(1), "b": llama(1), "c": llama(1), "d": llama(1)}.plan(t, `
merge_method: ties
base_model: a
slices:
  - sources:
    - {model: a, layer_range: [0, 1]}
    - {model: b, layer_range: [0, 1], parameters: {weight: 1, density: [{filter: norm, value: 0.1}]}}
    - {model: c, layer_range: [0, 1], parameters: {weight: []}}
    - {model: d, layer_range: [0, 1], parameters: {weight: 4}}
    parameters: {weight: 2, normalize: false, density: [{filter: lm_head, value: 0.2}, {filter: "*", value: 0.4}]}
parameters: {weight: 3, normalize: true, lambda: 0.5, density: 0.3}
`)
	e := call(t, p, "model.norm.weight").Args
	for i, want := range []float64{0, 1, 2, 4} {
		if got := e.PerModel[i]["weight"]; got != want {
			t.Errorf("weight of input %d = %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{0, 0.1, 0.4, 0.4} {
		if got := e.PerModel[i]["density"]; got != want {
			t.Errorf("density of input %d = %v, want %v", i, got, want)
		}
	}
	if got := call(t, p, "lm_head.weight").Args.PerModel[1]["density"]; got != 0.2 {
		t.Errorf("density in lm_head = %v, want 0.2", got)
	}
	for name, want := range map[string]float64{"normalize": 0, "lambda": 0.5, "rescale": 0} {
		if got, ok := e.Shared[name]; got != want || !ok {
			t.Errorf("%s = %v, %v, want %v", name, got, ok, want)
		}
	}
}

// A method that knows its base does not look at what is written for the base.
func TestBaseHasNoParameters(t *testing.T) {
	ms := models{"a": llama(1), "b": llama(1)}
	p := ms.plan(t, `
merge_method: ties
models:
  - {model: a, parameters: {weight: 0.3, density: 0.5}}
  - {model: b, parameters: {weight: 0.7}}
base_model: a
`)
	e := call(t, p, "model.norm.weight").Args
	if e.Base != 0 || e.PerModel[0] != nil || e.PerModel[1]["weight"] != 0.7 || e.PerModel[1]["density"] != 1 {
		t.Errorf("Base %d, PerModel %v", e.Base, e.PerModel)
	}
	// In linear it is a model as the others.
	p, _ = ms.warned(t, "merge_method: linear\nbase_model: a\nmodels: [{model: b, parameters: {weight: 0.7}}]\nparameters: {weight: 0.2}\n")
	e = call(t, p, "model.norm.weight").Args
	if e.Base != -1 || e.PerModel[0]["weight"] != 0.7 || e.PerModel[1]["weight"] != 0.2 {
		t.Errorf("linear: Base %d, PerModel %v", e.Base, e.PerModel)
	}
}

// A parameter whose cases leave tensors out is told at the cases, once for each model, with a tensor that it lacks.
func TestNoValue(t *testing.T) {
	ms := models{"a": llama(1), "b": llama(1), "c": llama(1)}
	equalLines(t, "faults", ms.refused(t, `merge_method: linear
models:
  - model: a
    parameters: {weight: [{filter: mlp, value: 1}, {filter: embed, value: 1}]}
  - model: b
    parameters: {weight: 1}
  - model: c
    parameters:
      weight:
        - {filter: layers, value: 1}
`), []string{
		"4:26: linear needs weight of a, but it has no value for model.layers.0.self_attn.q_proj.weight; end its list with a case without a filter",
		"10:9: linear needs weight of c, but it has no value for model.embed_tokens.weight; end its list with a case without a filter",
	})
	equalLines(t, "faults", ms.refused(t, `merge_method: slerp
base_model: a
models: [{model: a}, {model: b}]
parameters:
  t: [{filter: norm, value: 1}]
`), []string{"5:6: slerp needs t, but it has no value for model.embed_tokens.weight; end its list with a case without a filter"})
}

// Values that are wrong together are told once for the first few tensors, where filters keep the recipe from telling it.
func TestValuesTogether(t *testing.T) {
	equalLines(t, "faults", models{"a": llama(1), "b": llama(1)}.refused(t, `merge_method: linear
models:
  - {model: a, parameters: {weight: [{filter: x, value: 3}, {value: 1}]}}
  - {model: b, parameters: {weight: -1}}
`), []string{
		"1:15: model.embed_tokens.weight: the weights sum to 0, and normalize divides by that sum; change a weight or set normalize: false",
		"1:15: model.layers.0.mlp.down_proj.weight: the weights sum to 0, and normalize divides by that sum; change a weight or set normalize: false",
		"1:15: model.layers.0.self_attn.q_proj.weight: the weights sum to 0, and normalize divides by that sum; change a weight or set normalize: false",
		"1:15: the same goes for 2 more tensors",
	})
}

// How often the inputs are read first follows from the parameters of each tensor.
func TestScans(t *testing.T) {
	p := models{"a": llama(1), "b": llama(1)}.plan(t, `merge_method: ties
base_model: a
models: [{model: a}, {model: b, parameters: {weight: 1, density: [{filter: norm, value: 1}, {value: 0.5}]}}]
`)
	norm, head := call(t, p, "model.norm.weight").Work, call(t, p, "lm_head.weight").Work
	if norm.Worst != 0 || head.Usual == 0 || head.Worst < head.Usual {
		t.Errorf("%+v at density 1 and %+v at density 0.5, want no passes and some", norm, head)
	}
}
