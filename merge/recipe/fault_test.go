package recipe

import (
	"strings"
	"testing"
)

// check is checkWith the methods of table.
func check(t *testing.T, config, want string) *Recipe {
	t.Helper()
	return checkWith(t, table, config, want)
}

// checkWith parses config and compares the faults with want, one line each. The file is called m.yaml.
func checkWith(t *testing.T, methods []Method, config, want string) *Recipe {
	t.Helper()
	r, faults := Parse("m.yaml", []byte(config), methods)
	if got, want := faults.Error(), strings.TrimSpace(want); got != want {
		t.Errorf("Parse(\n%s) reports\n%s\nwant\n%s", config, got, want)
	}
	for _, f := range faults {
		if f.Code == "" || f.Pos.Line == 0 {
			t.Errorf("fault %q has code %q and place %v; want both", f.Message, f.Code, f.Pos)
		}
	}
	if r == nil && len(faults.Errors()) == 0 {
		t.Errorf("Parse(\n%s) gives neither a recipe nor an error", config)
	}
	return r
}

func TestTopLevelFaults(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"an empty text is no config", "", `m.yaml:1:1: the config is empty; a config starts with "merge_method:"`},
		{"comments alone are no config", "# nothing\n", `m.yaml:1:1: the config is empty; a config starts with "merge_method:"`},
		{"a null is no config", "~\n", `m.yaml:1:1: the config is empty; a config starts with "merge_method:"`},
		{"a list is no config", "- a\n", `m.yaml:1:1: a config must be a mapping, not a list; write "models:" above the list, and "merge_method:" beside it`},
		{"text is no config", "slerp of a and b\n", `m.yaml:1:1: a config must be a mapping, not text; a config has keys such as "merge_method:" and "models:"`},
		{"everything that is missing is said at once", "dtype: float32\n", `
m.yaml:1:1: merge_method is missing; for example "merge_method: linear"
m.yaml:1:1: there is neither "models" nor "slices"; list the models to merge under one of them`},
		{"a null key is as good as absent", "merge_method:\nmodels: ~\n", `
m.yaml:1:1: merge_method is missing; for example "merge_method: linear"
m.yaml:2:1: "models" is empty; list what to merge under it`},
		{"an empty list is no list of models", "merge_method: karcher\nmodels: []\n", `m.yaml:2:1: "models" is empty; list what to merge under it`},
		{"one form at a time", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\nslices: [{sources: [{model: a, layer_range: [0, 1]}]}]\n",
			`m.yaml:3:1: "slices" stands beside "models"; a config has one of them`},
		{"models must be a list", "merge_method: karcher\nmodels: {model: a}\n", `m.yaml:2:9: "models" must be a list, not a mapping; start each entry with "- model:"`},
		{"a bare string is no entry", "merge_method: karcher\nmodels:\n  - a/a\n  - model: a/b\n", `m.yaml:3:5: a models entry must be a mapping, not text; write "- model: a/a"`},
		{"an entry needs a model", "merge_method: karcher\nmodels: [{model: a}, {parameters: {}}]\n", `m.yaml:2:22: a models entry has no "model"; write "model: ..." in it`},
		{"a method in capitals", "merge_method: TIES\nbase_model: b\nmodels: [{model: a, parameters: {weight: 1, density: 2}}]\n", `
m.yaml:1:15: unknown merge method "TIES"; names are lower case: "ties"
m.yaml:3:54: density 2 is above 1; 0.53 keeps 53 % of the entries`},
		{"a method in capitals that is not built", "merge_method: DELLA\nmodels: [{model: a}]\n", `m.yaml:1:15: unknown merge method "DELLA"; names are lower case: "della" (not supported yet)`},
		{"a misspelled method", "merge_method: sler\nbase_model: a\nmodels: [{model: b}]\n", `
m.yaml:1:15: unknown merge method "sler"; did you mean "slerp"?
m.yaml:1:15: slerp needs t; write "t: ..." under parameters, at the top level`},
		{"a method with a dash", "merge_method: task-arithmetic\nbase_model: b\nmodels: [{model: a, parameters: {weight: 1}}]\n", `m.yaml:1:15: unknown merge method "task-arithmetic"; did you mean "task_arithmetic"?`},
		{"a name that is far too long", "merge_method: " + strings.Repeat("slerp", 20) + "\nmodels: [{model: a}]\n",
			`m.yaml:1:15: unknown merge method "` + strings.Repeat("slerp", 12) + `..."; "lazymerge methods" lists what there is`},
		{"the start of a name", "merge_method: dare\nmodels: [{model: a}]\n", `m.yaml:1:15: unknown merge method "dare"; did you mean "dare_ties"? (not supported yet)`},
		{"a method that nobody has", "merge_method: alchemy\nmodels: [{model: a}]\n", `m.yaml:1:15: unknown merge method "alchemy"; "lazymerge methods" lists what there is`},
		{"a method of mergekit that is not built", "merge_method: dare_ties\nmodels: [{model: a, parameters: {wieght: 1}}]\n", `
m.yaml:1:15: merge method dare_ties is not supported yet; "lazymerge methods" lists those that are
m.yaml:2:34: unknown parameter "wieght"; did you mean "weight"?`},
		{"a number is no method", "merge_method: 1\nmodels: [{model: a}]\n", `m.yaml:1:15: merge_method must be text, not the number 1; put it in quotes`},
		{"a list is no method", "merge_method: [ties]\nmodels: [{model: a}]\n", `m.yaml:1:15: merge_method must be text, not a list; write it without brackets or a dash`},

		{"an unknown key", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndype: float32\n", `m.yaml:3:1: unknown key "dype" at the top level; did you mean "dtype"?`},
		{"an unknown key like no other", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndescription:\n", `m.yaml:3:1: warning: unknown key "description" at the top level has no effect; take it out, or make it a comment with "#"`},
		{"a seed", "random_seed: 7\nmerge_method: karcher\nmodels: [{model: a}, {model: b}]\n", `m.yaml:1:1: warning: "random_seed" has no effect at the top level; the seed is not part of a config: give it with --seed`},
		{"the name of a stage is no fault", "name: first\nmerge_method: karcher\nmodels: [{model: a}, {model: b}]\n", ``},
		{"a key of the top level in a slice", "merge_method: passthrough\nslices:\n  - dtype: float16\n    sources: [{model: a, layer_range: [0, 1], depth: 3}]\n    source: 1\n", `
m.yaml:3:5: warning: "dtype" has no effect in a slice; it belongs at the top level
m.yaml:4:47: warning: unknown key "depth" in a source has no effect; take it out, or make it a comment with "#"
m.yaml:5:5: unknown key "source" in a slice; did you mean "sources"?`},
		{"a layer range in a models entry", "merge_method: karcher\nmodels: [{model: a, layer_range: [0, 4]}, {model: b}]\n",
			`m.yaml:2:21: warning: "layer_range" has no effect in a models entry; layers belong to the sources of "slices:"`},
		{"residual weights", "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 1]}], residual_weight: 0.5}]\n",
			`m.yaml:2:55: warning: unknown key "residual_weight" in a slice has no effect; take it out, or make it a comment with "#"`},
		{"a key that is written twice", "merge_method: slerp\nmodels: [{model: a}, {model: b}]\nmerge_method: karcher\n", `m.yaml:3:1: warning: "merge_method" is written twice, first in line 1; this one counts; take one of them out`},
		{"a key that is a list", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\n? [a]\n: b\n", `m.yaml:3:3: a key must be text, not a list; take it out`},

		{"a short dtype", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndtype: bf16\nout_dtype: torch.half\n", `
m.yaml:3:8: unknown dtype "bf16"; did you mean "bfloat16"?
m.yaml:4:12: unknown out_dtype "torch.half"; did you mean "float16"?`},
		{"a dtype that no merge has", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndtype: int64\nout_dtype: float8_e4m3fn\n", `
m.yaml:3:8: unknown dtype "int64"; write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models
m.yaml:4:12: unknown out_dtype "float8_e4m3fn"; write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models`},
		{"dtype auto", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndtype: auto\n", `m.yaml:3:8: unknown dtype "auto"; write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models`},
		{"a number is no dtype", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndtype: 16\n", `m.yaml:3:8: unknown dtype "16"; write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models`},

		{"modules", "merge_method: karcher\nmodules: {default: {models: [{model: a}]}}\n", `m.yaml:2:1: "modules" is not supported yet; for a model of one module write its "models" or "slices" at the top level`},
		{"a tokenizer, a template", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ntokenizer_source: base\ntokenizer: {}\nchat_template: auto\n", `
m.yaml:3:1: "tokenizer_source" is not supported yet; without it the tokenizer of the base, else of the first model, is copied
m.yaml:4:1: "tokenizer" is not supported yet; without it the tokenizer of the base, else of the first model, is copied
m.yaml:5:1: "chat_template" is not supported yet; without it the chat template of the base, else of the first model, is copied`},
		{"a null tokenizer is none", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\ntokenizer_source:\n", ``},
		{"a mixture of experts", "base_model: a\ngate_mode: random\nexperts: [{source_model: a}]\n", `m.yaml:3:1: this is a mixture-of-experts config, which is not supported yet (it has "experts"); use mergekit-moe`},
		{"a gate without experts", "base_model: a\ngate_mode: random\n", `m.yaml:2:1: this is a mixture-of-experts config, which is not supported yet (it has "gate_mode"); use mergekit-moe`},
		{"several stages", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\n---\nmerge_method: x\n",
			`m.yaml:3:1: a second document starts here, and configs of several stages are not supported yet; run the stages one by one, each in a file of its own`},
		{"several empty documents", "---\n---\n", `
m.yaml:1:1: the config is empty; a config starts with "merge_method:"
m.yaml:2:1: a second document starts here, and it is empty; take the "---" out`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.config, tt.want) })
	}
}

func TestReferenceFaults(t *testing.T) {
	for _, tt := range []struct{ name, ref, want string }{
		{"a number", "123", `m.yaml:4:10: model must be text, not the number 123; put it in quotes`},
		{"a float", "1.5", `m.yaml:4:10: model must be text, not the number 1.5; put it in quotes`},
		{"a bool", "yes", `m.yaml:4:10: model must be text, not true or false; put it in quotes`},
		{"nothing", "~", `m.yaml:4:10: model must be text, not nothing; write it after the colon`},
		{"a list", "[a]", `m.yaml:4:10: model must be text, not a list; write it without brackets or a dash`},
		{"a number in quotes is a name", "'123'", ``},
		{"no path", "'@main'", `m.yaml:4:10: model "@main" names no model; write it as in "alice/model" or "alice/model@main"`},
		{"empty text", "''", `m.yaml:4:10: model "" names no model; write it as in "alice/model" or "alice/model@main"`},
		{"two revisions", "a@b@c", `m.yaml:4:10: model "a@b@c" has more than one "@"; write it as in "alice/model" or "alice/model@main"`},
		{"an empty revision", "a@", `m.yaml:4:10: warning: model "a@" has no revision after the "@": the default branch is taken; take the "@" out or name a branch, tag or commit`},
		{"an adapter", "a+b", `m.yaml:4:10: "a+b" names an adapter after the "+", and adapters are not supported yet; merge the adapter into its model first, or write {model: {path: ...}} for a folder with a "+" in its name`},
		{"two adapters", "a+b+c", `m.yaml:4:10: model "a+b+c" has more than one "+"; a model takes one adapter`},
		{"a space at the end", "'a '", `m.yaml:4:10: model "a " starts or ends with a space; write it as in "alice/model" or "alice/model@main"`},
		{"a line break", `"a\nb"`, `m.yaml:4:10: model "a\nb" holds a line break or another control character; write it as in "alice/model" or "alice/model@main"`},
		{"a mapping", "{model: a@b, lora: ~}", ``},
		{"a mapping of path and revision", "{model: {path: a+c, revision: b}}", ``},
		{"a path alone", "{path: a}", `
m.yaml:4:10: model has no "model"; write {model: {path: ...}}
m.yaml:4:11: warning: unknown key "path" in a model reference has no effect; take it out, or make it a comment with "#"`},
		{"a mapping of a number", "{model: 7}", `m.yaml:4:18: model must be text, not the number 7; put it in quotes`},
		{"a path that is a number", "{model: {path: 7}}", `m.yaml:4:25: path must be text, not the number 7; put it in quotes`},
		{"a null revision", "{model: {path: a, revision: ~}}", ``},
		{"a strange key beside the path", "{model: {path: a, revsion: b}}", `m.yaml:4:28: warning: unknown key "revsion" in a model reference has no effect; did you mean "revision"?`},
		{"no path in the mapping", "{model: {revision: b}}", `m.yaml:4:18: model has no "path"; write it as in "alice/model" or "alice/model@main"`},
		{"an @ in a path", "{model: {path: a@b}}", `m.yaml:4:25: a path with "@" cannot be read; write the revision under "revision"`},
		{"an @ in a revision", "{model: {path: a, revision: b@c}}", `m.yaml:4:18: model "a@b@c" has more than one "@"; write it as in "alice/model" or "alice/model@main"`},
		{"a revision that is a number", "{model: {path: a, revision: 7}}", `m.yaml:4:38: revision must be text, not the number 7; put it in quotes`},
		{"a revision in the wrong place", "{model: a, revision: b}", `m.yaml:4:21: warning: "revision" has no effect in a model reference; write it after the model, as in "alice/model@revision"`},
		{"an adapter in a mapping", "{model: a, lora: b}", `m.yaml:4:21: "lora" is not supported yet; merge the adapter into its model first`},
		{"another architecture", "{model: a, override_architecture: X}", `m.yaml:4:21: "override_architecture" is not supported yet; take it out: tensors are matched by name and shape`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, "merge_method: karcher\nmodels:\n- model: z\n- model: "+tt.ref+"\n", tt.want)
		})
	}
	check(t, "merge_method: linear\nbase_model: 7\nmodels: [{model: a}]\n", `m.yaml:2:13: base_model must be text, not the number 7; put it in quotes`)
}

func TestSliceFaults(t *testing.T) {
	for _, tt := range []struct{ name, slices, want string }{
		{"slices must be a list", "{sources: []}", `m.yaml:2:9: "slices" must be a list, not a mapping; start each entry with "- sources:"`},
		{"null keys are absent", "[{sources: [{model: a, layer_range: [0, 1], parameters: ~}], base_model: ~}]", ``},
		{"a layer with the wrong tag", "[{sources: [{model: a, layer_range: [!!int x, 1]}]}]", `m.yaml:2:46: "x" cannot be read as a whole number; take !!int out, or write what it says`},
		{"a slice must be a mapping", "[a]", `m.yaml:2:10: a slice must be a mapping, not text; start it with "- sources:"`},
		{"a slice needs sources", "[{parameters: {}}]", `m.yaml:2:10: this slice has no "sources"; list its models under "sources:"`},
		{"sources may not be empty", "[{sources: []}]", `m.yaml:2:20: "sources" is empty; list the models of the slice under it`},
		{"sources must be a list", "[{sources: {model: a}}]", `m.yaml:2:20: "sources" must be a list, not a mapping; start each entry with "- model:"`},
		{"a source needs its layers", "[{sources: [{model: a}]}]", `m.yaml:2:21: this source has no "layer_range"; for example "layer_range: [0, 32]"`},
		{"layers are a list", "[{sources: [{model: a, layer_range: 0-32}]}]", `m.yaml:2:45: layer_range must be a list, not text; write [0, 32]`},
		{"layers are two numbers", "[{sources: [{model: a, layer_range: [0, 1, 2]}]}]", `m.yaml:2:45: layer_range has 3 values and takes 2; write the first layer and the one after the last, such as [0, 32]`},
		{"half a layer", "[{sources: [{model: a, layer_range: [0.5, x]}]}]", `
m.yaml:2:46: layer 0.5 is not a whole number; write the first layer and the one after the last, such as [0, 32]
m.yaml:2:51: layer "x" is not a whole number; write the first layer and the one after the last, such as [0, 32]`},
		{"layers that are no numbers", "[{sources: [{model: a, layer_range: [no, [1]]}]}]", `
m.yaml:2:46: layer no is not a whole number; write the first layer and the one after the last, such as [0, 32]
m.yaml:2:50: layer_range takes two whole numbers, not a list; write the first layer and the one after the last, such as [0, 32]`},
		{"layers beyond reason", "[{sources: [{model: a, layer_range: [-1, 1.0e+300]}]}]", `
m.yaml:2:46: no model has a layer -1; layers count from 0, as in [0, 32]
m.yaml:2:50: no model has a layer 1.0e+300; layers count from 0, as in [0, 32]`},
		{"no layer at all", "[{sources: [{model: a, layer_range: [4, 4]}]}]", `m.yaml:2:45: layer_range [4, 4] contains no layer; the second number is the layer after the last`},
		{"layers backwards", "[{sources: [{model: a, layer_range: [8, 4]}]}]", `m.yaml:2:45: layer_range [8, 4] contains no layer; write [4, 8]`},
		{"whole floats and text are layers too", "[{sources: [{model: a, layer_range: [0.0, '4']}]}]", ``},
		{"every slice is looked at", "[{sources: []}, {}, {sources: [{model: a, layer_range: [1, 1]}]}]", `
m.yaml:2:20: "sources" is empty; list the models of the slice under it
m.yaml:2:25: this slice has no "sources"; list its models under "sources:"
m.yaml:2:64: layer_range [1, 1] contains no layer; the second number is the layer after the last`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, "merge_method: passthrough\nslices: "+tt.slices+"\n", tt.want) })
	}
}

func TestModelCounts(t *testing.T) {
	const (
		needsBase = `add "base_model:" with the model that the others are compared with`
	)
	for _, tt := range []struct{ name, config, want string }{
		{"slerp of the base and one more", "merge_method: slerp\nbase_model: b\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n", ``},
		{"slerp with the base appended", "merge_method: slerp\nbase_model: b\nmodels: [{model: a}]\nparameters: {t: 0.5}\n", ``},
		{"slerp without a base", "merge_method: slerp\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n", `m.yaml:1:15: slerp needs a base_model; ` + needsBase},
		{"slerp of three", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}, {model: c}]\nparameters: {t: 0.5}\n", `m.yaml:3:1: slerp takes exactly 1 model beside the base, not 2; linear, task_arithmetic, ties and others take any number`},
		{"slerp of two and a base that is neither", "merge_method: slerp\nbase_model: c\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n",
			`m.yaml:2:13: the base c is not among the models, so it is added to them, and slerp takes exactly 1 model beside the base, not 2; name one of the listed models as base_model`},
		{"slerp of the base alone", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}]\nparameters: {t: 0.5}\n", `m.yaml:3:1: slerp takes exactly 1 model beside the base, not 0; a is the base and does not count`},
		{"a revision makes another model", "merge_method: slerp\nbase_model: a\nmodels: [{model: a@main}, {model: b}]\nparameters: {t: 0.5}\n",
			`m.yaml:2:13: the base a is not among the models, so it is added to them, and slerp takes exactly 1 model beside the base, not 2; name one of the listed models as base_model`},
		{"model_stock of one", "merge_method: model_stock\nbase_model: a\nmodels: [{model: b}]\n", `m.yaml:3:1: model_stock takes at least 2 models beside the base, not 1`},
		{"model_stock that lists its base", "merge_method: model_stock\nbase_model: a\nmodels: [{model: a}, {model: b}]\n", `m.yaml:3:1: model_stock takes at least 2 models beside the base, not 1; a is the base and does not count`},
		{"nuslerp of two, with any base", "merge_method: nuslerp\nbase_model: c\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 0.5}\n", ``},
		{"nuslerp of two without a base", "merge_method: nuslerp\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 0.5}\n", ``},
		{"nuslerp whose base is one of two", "merge_method: nuslerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {weight: 0.5}\n", `m.yaml:3:1: nuslerp takes exactly 2 models beside the base, not 1; a is the base and does not count`},
		{"karcher takes the appended base in", "merge_method: karcher\nbase_model: c\nmodels: [{model: a}, {model: b}]\n",
			`m.yaml:2:13: warning: base_model c is not among the models, so karcher merges it as one more; take base_model out unless you want to merge it`},
		{"passthrough cannot have the appended base", "merge_method: passthrough\nbase_model: b\nmodels: [{model: a}]\n",
			`m.yaml:3:1: the base b is not among the models, so it is added to them, and passthrough takes exactly 1 model, not 2; take base_model out, or write "slices:"`},
		{"passthrough of two", "merge_method: passthrough\nmodels: [{model: a}, {model: b}]\n", `m.yaml:2:1: passthrough takes exactly 1 model, not 2; give each a slice of its own, to stack their layers`},
		{"passthrough slices with a base elsewhere", "merge_method: passthrough\nbase_model: b\nslices: [{sources: [{model: a, layer_range: [0, 1]}]}]\n", ``},
		{"a model twice", "merge_method: karcher\nmodels:\n- model: a\n- model: b\n- model: a\n", `m.yaml:5:10: a is listed twice, first in line 3; take one of them out`},
		{"a model with a weight twice", "merge_method: linear\nmodels:\n- model: a\n- model: b\n- model: a\nparameters: {weight: 1}\n", `m.yaml:5:10: a is listed twice, first in line 3; take one of them out, or add their weights up`},
		{"a model twice in two slices", "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 2]}]}, {sources: [{model: a, layer_range: [1, 3]}]}]\n", ``},
		{"sources of unequal length", "merge_method: karcher\nslices:\n- sources:\n  - {model: a, layer_range: [0, 2]}\n  - {model: b, layer_range: [1, 4]}\n",
			`m.yaml:5:29: [1, 4] is 3 layers, and the first source of this slice gives 2; all sources of a slice give the same number of layers`},
		{"a slice without the base", "merge_method: slerp\nbase_model: c\nparameters: {t: 0.5}\nslices:\n- sources:\n  - {model: a, layer_range: [0, 2]}\n  - {model: b, layer_range: [0, 2]}\n",
			`m.yaml:2:13: the base c is not among the sources, and slerp needs it in every slice; list it among the sources with its layer_range`},
		{"a slice with a base of its own", "merge_method: slerp\nbase_model: c\nparameters: {t: 0.5}\nslices:\n- base_model: a\n  sources:\n  - {model: a, layer_range: [0, 2]}\n  - {model: b, layer_range: [0, 2]}\n", ``},
		{"a base of a slice that nothing uses", "merge_method: karcher\nslices:\n- base_model: c\n  sources:\n  - {model: a, layer_range: [0, 2]}\n  - {model: b, layer_range: [0, 2]}\n",
			`m.yaml:3:15: warning: base_model c of this slice is not among its sources, so it has no effect on karcher; list it among the sources, or take it out`},
		{"an unknown method does not hide a model written twice", "merge_method: alchemy\nmodels: [{model: a}, {model: a}]\n", `
m.yaml:1:15: unknown merge method "alchemy"; "lazymerge methods" lists what there is
m.yaml:2:30: a is listed twice, first in line 2; take one of them out, or add their weights up`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.config, tt.want) })
	}
}

func TestParameterFaults(t *testing.T) {
	// Each is the parameters of model a in a ties merge with base b.
	const head = "merge_method: ties\nbase_model: b\nmodels:\n- model: b\n- model: a\n  parameters:\n    "
	for _, tt := range []struct{ name, params, want string }{
		{"a density above 1", "{weight: 1, density: 1.3}", `m.yaml:7:26: density 1.3 is above 1; 0.53 keeps 53 % of the entries`},
		{"a density below 0", "{weight: 1, density: -1}", `m.yaml:7:26: density -1 is below 0; 0.53 keeps 53 % of the entries`},
		{"a value inside a gradient", "{weight: 1, density: [0, 0.5, 53]}", `m.yaml:7:35: density 53 is above 1; 0.53 keeps 53 % of the entries`},
		{"a value inside a case", "{weight: 1, density: [{filter: mlp, value: [0, 2]}, {value: 3}]}", `
m.yaml:7:52: density 2 is above 1; 0.53 keeps 53 % of the entries
m.yaml:7:65: density 3 is above 1; 0.53 keeps 53 % of the entries`},
		{"a value that is not finite", "{weight: .inf, density: .nan}", `
m.yaml:7:14: weight .inf is not a finite number; write a number such as 0.5
m.yaml:7:29: density .nan is not a finite number; write a number such as 0.5`},
		{"a number too large for a float", "{weight: 1" + strings.Repeat("0", 400) + "}", `m.yaml:7:14: weight 1` + strings.Repeat("0", 59) + `... is not a finite number; write a number such as 0.5`},
		{"text that is no number", "{weight: much, density: 0x}", `
m.yaml:7:14: weight "much" is not a number; write a number such as 0.5
m.yaml:7:29: density "0x" is not a number; 0.53 keeps 53 % of the entries`},
		{"a value that does not fit its tag", "{weight: !!float x}", `m.yaml:7:14: "x" cannot be read as a number; take !!float out, or write what it says`},
		{"a value of a gradient that does not fit its tag", "{weight: [1, !!float x]}", `m.yaml:7:18: "x" cannot be read as a number; take !!float out, or write what it says`},
		{"a name without a value", "{weight: }", `m.yaml:7:14: weight has no value; write one after it, or take it out`},
		{"weights may be negative or large", "{weight: [-1, 100]}", ``},
		{"text that is a number", "{weight: 1e-5, density: '0.5'}", ``},
		{"a shared parameter under a model", "{weight: 1, lambda: 0.5}", `m.yaml:7:17: warning: "lambda" is one value for all models of ties and has no effect under a model; move it to parameters at the top level`},
		{"a parameter of another method", "{weight: 1, t: 0.5, select_topk: 0.5}", `
m.yaml:7:17: warning: "t" has no effect on ties (it belongs to slerp and nearswap); "lazymerge methods ties" lists what it reads
m.yaml:7:25: warning: "select_topk" has no effect on ties (it belongs to sce); "lazymerge methods ties" lists what it reads`},
		{"a misspelled parameter", "{wieght: 1, weight: 1}", `m.yaml:7:6: unknown parameter "wieght" for ties; did you mean "weight"?`},
		{"a misspelled parameter that was needed", "{wieght: 1}", `m.yaml:7:6: unknown parameter "wieght" for ties; did you mean "weight"?`},
		{"a list inside a list", "{weight: [0, [1]]}", `m.yaml:7:18: "weight" has a list inside a list; a gradient is a flat list of numbers`},
		{"cases and numbers mixed", "{weight: [0.5, {value: 1}]}", `m.yaml:7:15: "weight" mixes cases with plain values; write "value:" before it`},
		{"a case without a value", "{weight: [{filter: mlp}, {value: 1}]}", `m.yaml:7:15: this case of "weight" has no "value"; write "value: ..." in it, beside the filter if it has one`},
		{"a case inside a case", "{weight: {value: {value: 1}}}", `m.yaml:7:22: the value of a case of "weight" must be a number or a list of numbers, not a mapping; write a number, or a list in brackets such as [0, 0.5, 1]`},
		{"a filter that is no text", "{weight: [{filter: 3, value: 1}]}", `m.yaml:7:24: filter must be text, not the number 3; put it in quotes`},
		{"an unknown key in a case", "{weight: [{filtre: mlp, value: 1}, {value: 2}]}", `m.yaml:7:16: unknown key "filtre" in a case of "weight"; did you mean "filter"?`},
		{"a case that is never reached", "{weight: [{value: 1}, {filter: mlp, value: 2}, {value: 3}]}", `m.yaml:7:27: warning: this case of "weight" is never used: the one in line 7 takes the same tensors; move it in front of that one`},
		{"an empty list", "{weight: 1, density: []}", `m.yaml:7:26: warning: the list of "density" is empty; write a number instead`},
		{"an empty list where a value is needed", "{weight: []}", `m.yaml:7:14: the list of "weight" is empty, and ties needs it; write a number instead`},
		{"a single case without a list", "{weight: {filter: weight, value: 1}}", ``},
		{"parameters must be a mapping", "[weight]", `m.yaml:7:5: parameters must be a mapping, not a list; write "name: value" under it`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, head+tt.params+"\n", tt.want) })
	}
}

func TestParameterPlaces(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"parameters of the base are never read", "merge_method: ties\nbase_model: b\nmodels:\n- {model: b, parameters: {weight: x, density: 7}}\n- {model: a, parameters: {weight: 1}}\n", `
m.yaml:4:27: warning: "weight" has no effect under the base of ties; take it out; how much of the base stays follows from the other models
m.yaml:4:38: warning: "density" has no effect under the base of ties; take it out; how much of the base stays follows from the other models`},
		{"a base that is merged like the others has its parameters read", "merge_method: linear\nbase_model: b\nmodels:\n- {model: b, parameters: {weight: x}}\n- {model: a, parameters: {weight: 1}}\n",
			`m.yaml:4:35: weight "x" is not a number; write a number such as 0.5`},
		{"parameters beside parameters", "merge_method: ties\nbase_model: b\nnormalize: true\ndensity: 0.5\nt: 1\nmodels:\n- {model: a, weight: 1, lambda: 1, parameters: {weight: 1}}\n", `
m.yaml:3:1: warning: the parameter "normalize" has no effect outside "parameters:"; write it under "parameters:"
m.yaml:4:1: warning: the parameter "density" has no effect outside "parameters:"; write it under "parameters:"
m.yaml:5:1: warning: "t" has no effect on ties (it belongs to slerp and nearswap); "lazymerge methods ties" lists what it reads
m.yaml:7:14: warning: the parameter "weight" has no effect outside "parameters:"; write it under "parameters:"
m.yaml:7:25: warning: the parameter "lambda" has no effect outside "parameters:"; write it under "parameters:" at the top level`},
		{"a bool that is none", "merge_method: linear\nmodels: [{model: a}]\nparameters: {weight: 1, normalize: 0.5}\n", `m.yaml:3:36: normalize 0.5 is neither true nor false; write true or false`},
		{"bools of all kinds", "merge_method: linear\nmodels: [{model: a}]\nparameters: {weight: true, normalize: [on, 'T', 0, 1.0, \"no\"]}\n", ``},
		{"whole numbers", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\nparameters: {max_iter: [2.0, '3', 2.5, 0, x]}\n", `
m.yaml:3:35: max_iter 2.5 is not a whole number; write one such as 3
m.yaml:3:40: max_iter 0 is below 1; write a value from 1 to 1000
m.yaml:3:43: max_iter "x" is not a number; write a whole number such as 1`},
		{"a range that starts at 0", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\nparameters: {tol: [-0.1, 0, 1, 2]}\n", `
m.yaml:3:20: tol -0.1 is below 0; write a value from 0 to 1
m.yaml:3:32: tol 2 is above 1; write a value from 0 to 1`},
		{"density does nothing in task_arithmetic", "merge_method: task_arithmetic\nbase_model: b\nmodels: [{model: a}]\nparameters: {weight: 1, density: 0.5}\n",
			`m.yaml:4:25: warning: "density" has no effect on task_arithmetic (it belongs to ties, dare_ties, dare_linear and others); take it out`},

		{"t is missing", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\n", `m.yaml:1:15: slerp needs t; write "t: ..." under parameters, at the top level`},
		{"t under a model does not count", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b, parameters: {t: 0.5}}]\n", `m.yaml:3:46: "t" is one value for all models of slerp and has no effect under a model, and slerp needs it; move it to parameters at the top level`},
		{"t under a filter counts", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: [{filter: mlp, value: 1}, {value: 0}]}\n", ``},
		{"t in one slice of two", "merge_method: slerp\nbase_model: a\nslices:\n- sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]\n  parameters: {t: 0.5}\n- sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]\n",
			`m.yaml:6:3: slerp needs t, and this slice has none; write "t: ..." under parameters, of this slice or at the top level`},
		{"t under a source", "merge_method: slerp\nbase_model: a\nparameters: {t: 0.5}\nslices:\n- sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1], parameters: {t: 0.5}}]\n",
			`m.yaml:5:91: warning: "t" is one value for all models of slerp and has no effect under a model; move it to parameters at the top level`},
		{"one weight of two", "merge_method: linear\nmodels:\n- model: a\n- model: b\n  parameters: {weight: 1}\n", `m.yaml:3:3: linear needs weight, and a has none; add "weight: ..." to its parameters`},
		{"no weight at all", "merge_method: linear\nmodels:\n- model: a\n- model: b\n", `m.yaml:1:15: linear needs weight; write "weight: ..." under the parameters of each model, or at the top level for all`},
		{"weights of all but the appended base", "merge_method: linear\nbase_model: c\nmodels:\n- model: a\n  parameters: {weight: 1}\n",
			`m.yaml:2:13: linear needs weight, and the base c has none; list it among the models with its weight, or take base_model out`},
		{"a global weight takes the appended base in", "merge_method: linear\nbase_model: c\nmodels: [{model: a}]\nparameters: {weight: 1}\n",
			`m.yaml:2:13: warning: base_model c is not among the models, so linear merges it as one more; take base_model out unless you want to merge it`},
		{"a base needs no weight", "merge_method: ties\nbase_model: c\nmodels: [{model: a, parameters: {weight: 1}}, {model: c}]\n", ``},
		{"without a base no model is short of weight", "merge_method: ties\nmodels: [{model: a, parameters: {weight: 1}}, {model: c}]\n", `m.yaml:1:15: ties needs a base_model; add "base_model:" with the model that the others are compared with`},
		{"one fault does not make others", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: 5}]\nparameters: {t: 0.5}\n", `m.yaml:3:30: model must be text, not the number 5; put it in quotes`},
		{"a value that cannot be read is not missing too", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: [[1]]}\n", `m.yaml:4:18: "t" has a list inside a list; a gradient is a flat list of numbers`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.config, tt.want) })
	}
}

func TestAliasesAndMergeKeys(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"a fault in an anchored value is reported once, where it stands",
			"merge_method: ties\nbase_model: b\nmodels:\n- {model: a, parameters: &p {weight: 1, density: 2}}\n- {model: c, parameters: *p}\n- {model: d, parameters: {<<: *p}}\n",
			`m.yaml:4:50: density 2 is above 1; 0.53 keeps 53 % of the entries`},
		{"what is written wins over what is merged in", "merge_method: ties\nbase_model: b\nmodels:\n- {model: a, parameters: &p {weight: 1, density: 2}}\n- {model: c, parameters: {density: 0.5, <<: *p}}\n",
			`m.yaml:4:50: density 2 is above 1; 0.53 keeps 53 % of the entries`},
		{"a merge key in quotes is a key", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\n'<<': {dtype: x}\n", `m.yaml:3:1: warning: unknown key "<<" at the top level has no effect; take it out, or make it a comment with "#"`},
		{"only mappings can be merged in", "merge_method: karcher\nmodels: [{model: a}, {model: b}]\n<<: [{name: x}, 3]\n", `m.yaml:3:17: "<<" takes a mapping or a list of mappings, not the number 3; write <<: *name for what is marked &name above`},
		{"an alias inside what it names", "merge_method: karcher\nmodels: &m [{model: a}, *m]\n", `m.yaml:2:25: *m is used inside the value that it stands for; write out what is meant there`},
		{"a merge key inside what it names", "&c\nmerge_method: karcher\n<<: *c\n", `m.yaml:3:5: *c is used inside the value that it stands for; write out what is meant there`},
		{"an unknown tag", "merge_method: !secret karcher\nmodels: !!python/tuple [1]\n", `m.yaml:1:15: the tag !secret cannot be read here; take it out, or put the value in quotes`},
		{"a tag that changes nothing", "!!map\nmerge_method: !!str karcher\nmodels: !!seq [{model: a}, {model: b}]\n", ``},
		{"a tag that does not fit its value", "merge_method: !!int x\nmodels: [{model: !!bool x}]\ndtype: !!float x\n", `
m.yaml:1:15: "x" cannot be read as a whole number; take !!int out, or write what it says
m.yaml:2:18: "x" cannot be read as true or false; take !!bool out, or write what it says
m.yaml:3:8: unknown dtype "x"; write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models`},
		{"a tag of the wrong kind", "merge_method: !!map karcher\n", `m.yaml:1:15: the tag !!map cannot be read here; take it out, or put the value in quotes`},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.config, tt.want) })
	}
}

func TestFaults(t *testing.T) {
	_, faults := Parse("m.yaml", []byte("merge_method: karcher\nmodels: [{model: a}, {model: b}]\ndtype: x\ncomment: x\n"), table)
	if errs, warnings := faults.Errors(), faults.Warnings(); len(errs) != 1 || errs[0].Code != "dtype" || len(warnings) != 1 || warnings[0].Code != "unknown-key" {
		t.Errorf("Parse reports the errors %v and the warnings %v, want one of each", errs, warnings)
	}
	for _, tt := range []struct {
		fault Fault
		want  string
	}{
		{Fault{File: "m.yaml", Message: "too short"}, "m.yaml: too short"},
		{Fault{File: "m.yaml", Pos: Pos{3, 7}, Message: "odd", Hint: "even it out"}, "m.yaml:3:7: odd; even it out"},
		{Fault{Message: "source a/b: gated", Warning: true}, "warning: source a/b: gated"},
	} {
		if got := tt.fault.Error(); got != tt.want {
			t.Errorf("Error() = %q, want %q", got, tt.want)
		}
	}
}

func TestCountString(t *testing.T) {
	for _, tt := range []struct {
		count Count
		want  string
	}{
		{Count{Min: 1}, "at least 1 model"},
		{Count{Min: 2}, "at least 2 models"},
		{Count{Min: 1, Max: 1}, "exactly 1 model"},
		{Count{Min: 2, Max: 2}, "exactly 2 models"},
		{Count{Min: 1, Max: 3}, "1 to 3 models"},
	} {
		if got := tt.count.String(); got != tt.want {
			t.Errorf("%#v.String() = %q, want %q", tt.count, got, tt.want)
		}
	}
}
