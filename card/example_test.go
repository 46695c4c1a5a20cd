package card_test

import (
	"fmt"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A card of a small template, which says only what the facts say.
func ExampleRender() {
	facts := card.Facts{
		Repo:       "alice/calm",
		Method:     card.Method{Name: "linear", Title: "Linear", Result: recipe.Mean, Gist: "Each weight is the {mean} of the corresponding weights of the models."},
		Parameters: 7_241_732_096,
		DType:      "bfloat16",
		Models: []card.Model{
			{Repo: "alice/calm-a", License: "mit", Share: new(0.5)},
			{Repo: "bob/no", License: "mit", Share: new(0.5)},
		},
		Config: "merge_method: linear\n",
	}
	readme, err := card.Render("---\n{{frontmatter .}}\n---\n# {{text .Title}}\n\n{{intro .}}\n\n{{config .}}\n", facts)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(readme))
	// Output:
	// ---
	// base_model:
	// - alice/calm-a
	// - bob/no
	// base_model_relation: merge
	// license: mit
	// tags:
	// - merge
	// - mergekit
	// - lazymerge
	// - linear
	// ---
	// # calm
	//
	// A merge of two models with linear: 7.24 B parameters, bfloat16. Each weight is the weighted average of the corresponding weights of the models: 50 % calm-a and 50 % no.
	//
	// ```yaml
	// merge_method: linear
	// ```
}

// The config of a card, to make the merge again.
func ExampleConfig() {
	readme := "# calm\n\n```yaml\nmerge_method: linear\n```\n"
	config, err := card.Config([]byte(readme))
	fmt.Printf("%q %v\n", config, err)
	// Output: "merge_method: linear\n" <nil>
}

// The license of a merge is settled only where all of its sources state the same one.
func ExampleLicense() {
	a, b, c := card.Model{License: "apache-2.0"}, card.Model{License: "apache-2.0"}, card.Model{}
	fmt.Println(card.License([]card.Model{a, b}).License)
	fmt.Println(len(card.License([]card.Model{a, b, c}).Sources), "to read")
	// Output:
	// apache-2.0
	// 3 to read
}

// The fields that the Hub reads, and the text below them.
func ExampleFrontMatter() {
	meta, body, err := card.FrontMatter([]byte("---\nlicense: mit\nbase_model: alice/calm\n---\n# calm\n"))
	fmt.Printf("%s, %s, %q, %v\n", meta.Text("license"), meta.Strings("base_model"), body, err)
	// Output: mit, [alice/calm], "# calm\n", <nil>
}

// The values of t for six tensors of a result of two layers.
func ExampleGroups() {
	t := map[string]float64{
		"model.embed_tokens.weight":              0.5,
		"model.layers.0.self_attn.q_proj.weight": 0,
		"model.layers.0.mlp.up_proj.weight":      1,
		"model.layers.1.self_attn.q_proj.weight": 1,
		"model.layers.1.mlp.up_proj.weight":      0,
		"model.norm.weight":                      0.5,
	}
	values := func(yield func(string, float64) bool) {
		for name, v := range t {
			if !yield(name, v) {
				return
			}
		}
	}
	for _, g := range card.Groups(2, values) {
		fmt.Println(g.Name, g.Values)
	}
	// Output:
	// attention [0 1]
	// MLP [1 0]
	// norms, embeddings [0.5]
}
