package recipe_test

import (
	"fmt"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Read a config, and what a parameter is for one tensor in the middle of the model.
func ExampleParse() {
	methods := []recipe.Method{{
		Name: "slerp", Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1},
		Params: []recipe.Param{{Name: "t", Required: true}},
	}}
	text := `
merge_method: slerp
base_model: alice/a
models:
  - model: alice/a
  - model: bob/b@v2
parameters:
  t:
    - filter: self_attn
      value: [0, 0.5, 1]
    - value: 0.5
dtpye: bfloat16
`
	r, faults := recipe.Parse("merge.yaml", []byte(text), methods)
	fmt.Println(faults)
	fmt.Println(r.Models())
	t, _ := r.Parameters.Get("t")
	v, _, _ := t.At(methods[0].Param("t"), "model.layers.3.self_attn.q_proj.weight", 0.75)
	fmt.Println(v)
	// Output:
	// merge.yaml:12:1: unknown key "dtpye" at the top level; did you mean "dtype"?
	// [alice/a bob/b@v2]
	// 0.75
}
