package card

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// bare is a method of the engine without the names that people have for it.
func bare(name string) Method { return titled(name, "", "") }

func titled(name, title, summary string) Method {
	m := method(name, "", "")
	m.Title, m.Summary, m.Phrase = title, summary, ""
	return m
}

// TestGist tells of methods that the card has never heard of. What they make and the roles of their parameters decide how.
func TestGist(t *testing.T) {
	tepid := Method{Name: "tepid", Gist: "{base} is warmed by {models}, {other} above all, to a {mean}.", Weight: "warmth", Mix: "warmth", Factor: "crust", Normalize: "even",
		MixTo: 1, FactorEnd: new(0.0)}
	of := func(r recipe.Result) Method { m := tepid; m.Result = r; return m }
	a, b, c, base := Model{Repo: "x/a"}, Model{Repo: "x/b"}, Model{Repo: "x/c"}, Model{Repo: "x/dough", Base: true}
	shared := func(m Model, share float64, s ...Setting) Model { m.Share, m.Settings = &share, s; return m }
	for _, tt := range []struct {
		name string
		f    Facts
		want string
	}{
		{"two models and a base", Facts{Method: of(recipe.Other), Models: []Model{a, base, b}}, "dough is warmed by a and b, the other model above all, to a weighted average."},
		{"one model and a base", Facts{Method: of(recipe.Other), Models: []Model{base, b}}, "dough is warmed by b, b above all, to a weighted average."},
		{"a base that is not on the Hub", Facts{Method: of(recipe.Changes), Models: []Model{{Local: true, Base: true}, b}}, "the base model is warmed by b, b above all, to a weighted average."},
		{"a name that is markup", Facts{Method: Method{Name: "m", Gist: "Of {models}"}, Models: []Model{{Repo: "x/*a*"}}}, `Of \*a\*.`},
		{"a factor of 0 in changes", Facts{Method: of(recipe.Changes), Models: []Model{base, b}, Settings: []Setting{constant("crust", 0)}},
			"As crust is 0, nothing of what the other models changed is added: the weights are those of dough."},
		{"a factor that ends elsewhere", Facts{Method: Method{Result: recipe.Changes, Factor: "crust", FactorEnd: new(1.5)}, Models: []Model{base, b}, Settings: []Setting{constant("crust", 1.5)}},
			"As crust is 1.5, nothing of what the other models changed is added: the weights are those of dough."},
		{"a factor of 0 that is no end", Facts{Method: Method{Result: recipe.Changes, Summary: "bread", Factor: "crust", FactorEnd: new(1.5)}, Models: []Model{base, b}, Settings: []Setting{constant("crust", 0)}}, "Bread."},
		{"an interpolation without ends", Facts{Method: Method{Result: recipe.Interpolation, Summary: "bread", Mix: "crust"}, Models: []Model{base, b}, Settings: []Setting{constant("crust", 0)}}, "Bread."},
		{"a factor of 0 in anything else", Facts{Method: of(recipe.Other), Models: []Model{base, b}, Settings: []Setting{constant("crust", 0)}},
			"dough is warmed by b, b above all, to a weighted average."},
		{"a parameter of 0 that is not the factor", Facts{Method: of(recipe.Changes), Models: []Model{base, b}, Settings: []Setting{constant("lambda", 0)}},
			"dough is warmed by b, b above all, to a weighted average."},
		{"an interpolation", Facts{Method: of(recipe.Interpolation), Models: []Model{base, b}, Settings: []Setting{constant("warmth", 0.25)}},
			"The mix is 25 % of the way from dough to b in every tensor."},
		{"an interpolation beyond the other", Facts{Method: of(recipe.Interpolation), Models: []Model{base, b}, Settings: []Setting{constant("warmth", 1.25)}},
			"dough is warmed by b, b above all, to a weighted average."},
		{"a mean with shares", Facts{Method: of(recipe.Mean), Models: []Model{shared(a, 0.25), shared(b, 0.75)}},
			"the base model is warmed by a and b, the other model above all, to a weighted average: 25 % a and 75 % b."},
		{"a mean with shares that vary", Facts{Method: of(recipe.Mean), Models: []Model{
			shared(a, 0.25, Setting{Name: "warmth", Groups: []Group{{Values: []float64{0, 0.5}}}}), shared(b, 0.75)}},
			"the base model is warmed by a and b, the other model above all, to a weighted average, with shares that differ between tensors: over all of them 25 % a and 75 % b."},
		{"a sum", Facts{Method: of(recipe.Mean), Models: []Model{shared(a, 0.25), shared(b, 0.75)}, Settings: []Setting{boolean("even", 0)}},
			"the base model is warmed by a and b, the other model above all, to a weighted sum."},
		{"a stack that is scaled", Facts{Method: of(recipe.Stack), Models: []Model{shared(a, 1, constant("crust", 0.5)), b},
			Slices: []Slice{{0, 2, []Part{{0, 0, 2}}}, {2, 3, []Part{{1, 1, 2}}}}}, "It has layers 0 to 1 of a, then layer 1 of b, some of them scaled."},
		{"the summary where there is no gist", Facts{Method: Method{Name: "m", Summary: "bread", Result: recipe.Mean}, Models: []Model{shared(a, 0.5), shared(b, 0.25), shared(c, 0.25)}},
			"Bread: 50 % a, 25 % b and 25 % c."},
	} {
		if got := gist(tt.f); got != tt.want {
			t.Errorf("%s: gist = %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestGistsOfTheEngine finds no placeholder left in what a card says of any method.
func TestGistsOfTheEngine(t *testing.T) {
	for _, m := range merge.Methods() {
		s := gist(Facts{Method: NewMethod(&m), Models: []Model{{Repo: "x/a", Base: true}, {Repo: "x/b"}, {Repo: "x/c"}}})
		if strings.ContainsAny(s, "{}") || !strings.HasSuffix(s, ".") || strings.HasSuffix(s, "..") {
			t.Errorf("%s: the Gist is no sentence, or has a word in braces that stands for nothing: %s", m.Name, s)
		}
		if m.Result == recipe.Changes && (strings.Count(s, "from a ") != 1 || !strings.HasSuffix(s, "added to a.")) {
			t.Errorf(`%s: the Gist of a method that makes Changes says "from {base}" once and ends with "added to {base}.": %s`, m.Name, s)
		}
	}
}

func TestIntro(t *testing.T) {
	a, b, c := Model{Repo: "x/a"}, Model{Repo: "x/b"}, Model{Repo: "y/a"}
	base := func(m Model) Model { m.Base = true; return m }
	child := func(m Model) Model { m.Parent = "m/base"; return m }
	with := func(m Model, s ...Setting) Model { m.Settings = s; return m }
	share := func(m Model, x float64) Model { m.Share = new(x); return m }
	groups := func(gs ...Group) []Setting { return []Setting{{Name: "t", Groups: gs}} }
	run := func(model, first, end int) Slice { return Slice{Parts: []Part{{model, first, end}}} }

	tests := []struct {
		name string
		f    Facts
		want string
	}{
		{"figures that are not known are left out", Facts{Method: Method{Name: "karcher"}, Models: []Model{a, b}, Layers: 1},
			"A merge of two models with karcher: 1 layer."},
		{"another method has its summary", Facts{Method: Method{Name: "karcher", Summary: "Riemannian mean of the models."}, Models: []Model{a, b}},
			"A merge of two models with karcher. Riemannian mean of the models."},
		{"a causal model is a language model", Facts{Method: Method{Name: "karcher"}, Architecture: "GPT2LMHeadModel", Models: []Model{a, b}},
			"A merge of two language models with karcher."},
		{"a summary begins a sentence", Facts{Method: titled("slerp", "SLERP", "spherical interpolation"), Models: []Model{base(a), b}},
			"A merge of two models with SLERP. Spherical interpolation."},
		{"a title that is a word", Facts{Method: titled("linear", "Linear", ""), Models: []Model{share(a, 1)}},
			"A model made from one model with linear. Its weights are those of a."},
		{"a phrase of its own", Facts{Method: method("linear", "https://x.org", ""), Models: []Model{a, b}},
			"A merge of two models by [linear averaging](https://x.org). Each weight is the weighted average of the corresponding weights of the models."},
		{"one model that is multiplied", Facts{Method: bare("linear"), Models: []Model{a}},
			"A model made from one model with linear. Its weights are those of a, multiplied as the config says."},
		{"nothing is added to the base", Facts{Method: titled("ties", "TIES", ""), Models: []Model{base(Model{Repo: "m/base"}), child(a), child(b)}, Settings: []Setting{constant("lambda", 0)}},
			"A copy of one of three models, the base, to which TIES adds nothing here. As lambda is 0, nothing of what the other models changed is added: the weights are those of base."},

		{"slerp, one way all over", Facts{Method: bare("slerp"), Models: []Model{base(a), b}, Settings: groups(Group{Name: "", Values: []float64{0, 1}})},
			"A merge of two models with slerp. From the first layer to the last, the mix moves from a to b."},
		{"slerp, the base listed last", Facts{Method: bare("slerp"), Models: []Model{b, base(a)}, Settings: groups(Group{Name: "", Values: []float64{1, 0}})},
			"A merge of two models with slerp. From the first layer to the last, the mix moves from b to a."},
		{"slerp, half and half", Facts{Method: bare("slerp"), Models: []Model{base(a), b}, Settings: groups(Group{Name: "", Values: []float64{0.5}})},
			"A merge of two models with slerp. The mix is half and half in every tensor."},
		{"slerp, constants by part", Facts{Method: bare("slerp"), Models: []Model{base(a), b}, Settings: groups(Group{Name: "attention", Values: []float64{0.25}}, Group{Name: "MLP, norms", Values: []float64{0.5}})},
			"A merge of two models with slerp. The mix is 25 % of the way from a to b in attention, and is half and half in MLP and norms."},
		{"slerp, down then up", Facts{Method: bare("slerp"), Models: []Model{base(a), b}, Settings: groups(
			Group{Name: "attention", Values: []float64{1, 0}}, Group{Name: "MLP", Values: []float64{0, 1}}, Group{Name: "norms", Values: []float64{0, 1, 0}}, Group{Name: "lm_head", Values: []float64{math.NaN()}})},
			"A merge of two models with slerp. From the first layer to the last, the mix moves from b to a in attention, moves the opposite way in MLP, and moves back and forth between 0 % and 100 % of the way from a to b in norms."},
		{"slerp of models with one name", Facts{Method: bare("slerp"), Models: []Model{base(a), c}, Settings: groups(Group{Name: "", Values: []float64{0, 1}})},
			"A merge of two models with slerp. From the first layer to the last, the mix moves from x/a to y/a."},
		{"slerp without its facts has the summary", Facts{Method: titled("slerp", "", "Along the arc"), Models: []Model{base(a), b}},
			"A merge of two models with slerp. Along the arc."},
		{"slerp of too many parts has the summary", Facts{Method: titled("slerp", "", "Along the arc"), Models: []Model{base(a), b}, Settings: groups(
			Group{Name: "a", Values: []float64{.1}}, Group{Name: "b", Values: []float64{.2}}, Group{Name: "c", Values: []float64{.3}}, Group{Name: "d", Values: []float64{.4}}, Group{Name: "e", Values: []float64{.6}})},
			"A merge of two models with slerp. Along the arc."},

		{"linear, with shares", Facts{Method: bare("linear"), Models: []Model{share(a, 0.5), share(b, 0.3), share(c, 0.2)}},
			"A merge of three models with linear. Each weight is the weighted average of the corresponding weights of the models: 50 % x/a, 30 % b and 20 % y/a."},
		{"linear, with shares that vary", Facts{Method: bare("linear"), Models: []Model{
			{Repo: "x/a", Share: new(0.5), Settings: []Setting{{Name: "weight", Groups: []Group{{Name: "", Values: []float64{0, 1}}}}}}, share(b, 0.5)}},
			"A merge of two models with linear. Each weight is the weighted average of the corresponding weights of the models, with shares that differ between tensors: over all of them 50 % a and 50 % b."},
		{"linear, not normalized", Facts{Method: bare("linear"), Models: []Model{share(a, 0.5), share(b, 0.5)}, Settings: []Setting{boolean("normalize", 0)}},
			"A merge of two models with linear. Each weight is the weighted sum of the corresponding weights of the models."},

		{"task arithmetic", Facts{Method: titled("task_arithmetic", "Task Arithmetic", ""), Models: []Model{base(a), b}},
			"A merge of two models with Task Arithmetic. Each model's changes from a are multiplied by its weight, and the sum is added to a."},
		{"ties with a base that is not on the Hub", Facts{Method: bare("ties"), Models: []Model{{Local: true, Ref: "/secret", Base: true}, b}},
			"A merge of two models with ties. Only the largest of each model's changes from the base model are kept. Where signs conflict, the weaker side is dropped, and the rest is added to the base model."},
		{"a common parent that is the base", Facts{Method: Method{Name: "karcher"}, Models: []Model{base(Model{Repo: "m/base"}), child(a), child(b)}},
			"A merge of two models derived from [m/base](https://huggingface.co/m/base) with karcher."},
		{"a common parent that is no source", Facts{Method: Method{Name: "karcher"}, Models: []Model{child(a), child(b), child(c)}},
			"A merge of three models derived from [m/base](https://huggingface.co/m/base) with karcher."},
		{"parents that differ", Facts{Method: Method{Name: "karcher"}, Models: []Model{child(a), {Repo: "x/b", Parent: "m/other"}}},
			"A merge of two models with karcher."},
		{"a local model says nothing of its parent", Facts{Method: Method{Name: "karcher"}, Models: []Model{child(a), child(b), {Local: true, Parent: "m/base"}}},
			"A merge of three models with karcher."},

		{"passthrough, a copy", Facts{Method: bare("passthrough"), Models: []Model{a}},
			"A copy of one model made with passthrough. Its tensors are those of the source."},
		{"passthrough, a scaled copy", Facts{Method: bare("passthrough"), Models: []Model{with(a, constant("scale", 0))}},
			"A model made from one model with passthrough. Its tensors are those of the source, some of them scaled."},
		{"passthrough, a cut", Facts{Method: bare("passthrough"), Models: []Model{a}, Slices: []Slice{run(0, 0, 8)}},
			"A model stacked from layers of one model with passthrough. It has layers 0 to 7 of a."},
		{"passthrough, a stack with one scaled", Facts{Method: bare("passthrough"), Models: []Model{a, with(b, constant("scale", 0.5))}, Slices: []Slice{run(0, 0, 8), run(1, 7, 8), run(0, 8, 16)}},
			"A model stacked from layers of two models with passthrough. It has layers 0 to 7 of a, then layer 7 of b, then layers 8 to 15 of a, some of them scaled."},
		{"passthrough, a tall stack", Facts{Method: bare("passthrough"), Models: []Model{a}, Slices: slices.Repeat([]Slice{run(0, 0, 8)}, 5)},
			"A model stacked from layers of one model with passthrough. It has 5 runs of layers, in the order of the table below."},
		{"passthrough of slices with two sources", Facts{Method: bare("passthrough"), Models: []Model{a, b}, Slices: []Slice{{Parts: []Part{{0, 0, 1}, {1, 0, 1}}}}},
			"A model stacked from layers of two models with passthrough. The table of layers below says where each one comes from."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.f.Title = "t"
			f, err := tt.f.Prepare()
			if err != nil {
				t.Fatal(err)
			}
			if got := intro(f); got != tt.want {
				t.Errorf("intro = %s\nwant    %s", got, tt.want)
			}
		})
	}
}

func TestChat(t *testing.T) {
	m := func(repo string, use TemplateUse) Model { return Model{Repo: repo, Template: use} }
	tests := []struct {
		name     string
		template bool
		models   []Model
		want     string
	}{
		{"none at all", false, []Model{m("x/a", "")}, "The model has no chat template; the cards of the models above may say how to write prompts."},
		{"two have one that is not taken", false, []Model{m("x/a", TemplateOther), m("x/b", TemplateOther)}, "The model has no chat template, although a and b have one; the cards of the models above may say how to write prompts."},
		{"all have the same", true, []Model{m("x/a", TemplateTaken), m("x/b", TemplateSame)}, "The chat template is that of a."},
		{"two others", true, []Model{m("x/a", TemplateTaken), m("x/b", TemplateOther), m("x/c", TemplateOther)}, "The chat template is that of a; those of b and c differ and are not used."},
		{"from the config", true, []Model{m("x/a", "")}, "The chat template is set by the config."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := chat(Facts{ChatTemplate: tt.template, Models: tt.models}); got != tt.want {
				t.Errorf("chat = %s\nwant   %s", got, tt.want)
			}
		})
	}
}

func TestDonor(t *testing.T) {
	for want, models := range map[string][]Model{
		"":                                  {{Repo: "x/a"}},
		"the base.":                         {{Repo: "x/a", Base: true, Donor: true}},
		"x/b.":                              {{Repo: "x/a"}, {Repo: "x/b", Donor: true}},
		"the model that is not on the Hub.": {{Repo: "x/a"}, {Ref: "/secret", Local: true, Donor: true}},
		"model 2 (not on the Hub).":         {{Ref: "/other", Local: true}, {Ref: "/secret", Local: true, Donor: true}},
	} {
		if want != "" {
			want = "Tokenizer, config and generation settings come from " + want
		}
		if got := donor(Facts{Models: models}); got != want {
			t.Errorf("donor = %q, want %q", got, want)
		}
	}
}

func TestTask(t *testing.T) {
	for _, tt := range []struct {
		f    Facts
		want string
	}{
		{Facts{}, ""},
		{Facts{Architecture: "LlamaForCausalLM"}, "text-generation"},
		{Facts{Architecture: "BertModel"}, ""},
		{Facts{Architecture: "LlamaForCausalLM", PipelineTag: "image-text-to-text"}, "image-text-to-text"},
		{Facts{LibraryName: "transformers", PipelineTag: "fill-mask"}, "fill-mask"},
		{Facts{LibraryName: "diffusers", PipelineTag: "text-to-image"}, ""},
	} {
		if got := task(tt.f); got != tt.want {
			t.Errorf("task(%+v) = %q, want %q", tt.f, got, tt.want)
		}
	}
}
