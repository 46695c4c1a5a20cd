package recipe

import "testing"

// madeUp is a table that shares no name with the engine's: what is said of a config follows from it alone.
var madeUp = []Method{
	{
		Name: "medley", Aliases: []string{"potpourri", "ragout"}, Base: BaseRequired, Models: Count{Min: 1},
		Params: []Param{
			{Name: "share", Scope: PerModel, Required: true, Role: Weight, Ends: []End{{At: 0, Leaves: Others}}},
			{Name: "loss", Scope: PerModel, Min: 0, Max: 1, Ends: []End{{At: 1, Leaves: Others}}},
			{Name: "residue", Scope: PerModel, Default: 1, Min: 0, Max: 1, Role: Density, Ends: []End{{At: 0, Leaves: Others}}},
			{Name: "gain", Default: 3, Ends: []End{{At: 0, Leaves: BaseAlone, Hint: "take it out for 3"}}},
			{Name: "heat", Inert: true, Scope: PerModel, Ends: []End{{At: 0, Leaves: Others}}},
			{Name: "shelf", Silent: true, Type: Bool},
		},
	},
	{
		Name: "between", Aliases: []string{"halfway"}, Base: BaseRequired, Models: Count{Min: 1, Max: 1},
		Params: []Param{{
			Name: "angle", Required: true, Usual: Range{From: 10, To: 20, Why: "it is one of degrees"},
			Ends: []End{{At: 10, Leaves: BaseAlone, Hint: "write one above 10"}, {At: 20, Leaves: OtherAlone, Hint: "write one below 20"}},
		}},
	},
	{
		Name: "pile", Base: BaseIgnored, Models: Count{Min: 1, Max: 1}, Result: Stack,
		Params: []Param{{Name: "times", Type: Int, Scope: PerModel, Required: true, Min: 1, Max: 9}},
	},
	{
		Name: "melt", Base: BaseRequired, Models: Count{Min: 1, Max: 1},
		Params: []Param{{Name: "flame", Required: true, Above: true}, {Name: "stir", Default: 1, Max: 1, Above: true}, {Name: "frost", Default: -1, Min: -3, Above: true}},
	},
	{Name: "later", Aliases: []string{"eventually"}, Unbuilt: true, Params: []Param{{Name: "knob"}, {Name: "share"}}},
}

func TestMadeUpMethods(t *testing.T) {
	const medley = "merge_method: medley\nbase_model: z\nmodels:\n"
	const melt = "merge_method: melt\nbase_model: z\nmodels: [{model: a}]\n"
	const between = "merge_method: between\nbase_model: z\nmodels: [{model: a}]\n"
	for _, tt := range []struct{ name, config, want string }{
		{"a value that leaves a model out", medley + "- {model: a, parameters: {share: 0}}\n- {model: b, parameters: {share: 1}}\n",
			`m.yaml:4:34: warning: a has share 0 everywhere, so it takes no part in the merge; take the model out, or give it a share`},
		{"one that is not 0", medley + "- {model: a, parameters: {share: 2, loss: 1}}\n- {model: b, parameters: {share: 1, loss: 0}}\n",
			`m.yaml:4:43: warning: a has loss 1 everywhere, so it takes no part in the merge; take the model out, or give it a loss`},
		{"a parameter without effect leaves nothing out", medley + "- {model: a, parameters: {share: 2, heat: 0}}\n",
			`m.yaml:4:37: warning: "heat" has no effect on medley; take it out`},
		{"a gradient that comes to an end leaves nothing out", medley + "- {model: a, parameters: {share: [0, 1]}}\n", ``},
		{"a value that leaves the base alone", medley + "- {model: a, parameters: {share: 2}}\nparameters: {gain: 0}\n",
			`m.yaml:5:20: warning: gain is 0 everywhere, so the result is the base alone; take it out for 3`},
		{"the near end", between + "parameters: {angle: 10}\n", `m.yaml:4:21: warning: angle is 10 everywhere, so the result is the base alone; write one above 10`},
		{"the far end", between + "parameters: {angle: 20}\n", `m.yaml:4:21: warning: angle is 20 everywhere, so the result has nothing of the base; write one below 20`},
		{"0 is no end where the table does not say so", between + "parameters: {angle: 0}\n", `m.yaml:4:21: warning: angle 0 is outside 10 to 20; it is one of degrees`},
		{"a share that is kept", medley + "- {model: a, parameters: {share: 1, residue: 7}}\n", `m.yaml:4:46: residue 7 is above 1; 0.53 keeps 53 % of the entries`},
		{"an empty list of whole numbers", "merge_method: pile\nmodels: [{model: a}]\nparameters: {times: []}\n",
			`m.yaml:3:21: the list of "times" is empty, and pile needs it; write a number instead`},
		{"what is read in silence", medley + "- {model: a, parameters: {share: 1}}\nparameters: {shelf: true}\n", ``},
		{"what is read in silence, outside of its place", medley + "- {model: a, parameters: {share: 1}}\nshelf: true\n",
			`m.yaml:5:1: warning: the parameter "shelf" has no effect outside "parameters:"; write it under "parameters:"`},
		{"a model twice, with a share", medley + "- {model: a, parameters: {share: 1}}\n- {model: a, parameters: {share: 1}}\n",
			`m.yaml:5:11: a is listed twice, first in line 4; take one of them out, or add their weights up`},
		{"values that are more than a limit", melt + "parameters: {flame: [1e-300, 1e300], stir: 1, frost: -2.9}\n", ``},
		{"the limit itself, in the case of a filter", melt + "parameters: {flame: [{filter: mlp, value: [1, 0]}, {value: 2}], stir: 1}\n",
			`m.yaml:4:47: flame 0 is not above 0; write a value above 0`},
		{"values beyond limits", melt + "parameters: {flame: -1, stir: 0, frost: -3}\n", `
m.yaml:4:21: flame -1 is not above 0; write a value above 0
m.yaml:4:31: stir 0 is not above 0; write a value above 0, up to 1
m.yaml:4:41: frost -3 is not above -3; write a value above -3, up to 0`},
		{"more than the largest", melt + "parameters: {flame: 1, stir: 1.5}\n", `m.yaml:4:30: stir 1.5 is above 1; write a value above 0, up to 1`},
		{"two models in a pile", "merge_method: pile\nmodels: [{model: a}, {model: b}]\nparameters: {times: 1}\n",
			`m.yaml:2:1: pile takes exactly 1 model, not 2; give each a slice of its own, to stack their layers`},
		{"what people write for a method", "merge_method: Halfway\nbase_model: z\nmodels: [{model: a}]\nparameters: {angle: 15, share: 1}\n", `
m.yaml:1:15: unknown merge method "Halfway"; did you mean "between"?
m.yaml:4:25: warning: "share" has no effect on between (it belongs to medley and later); "lazymerge methods between" lists what it reads`},
		{"what people write for one that is not built", "merge_method: eventually\nmodels: [{model: a}]\n",
			`m.yaml:1:15: unknown merge method "eventually"; did you mean "later"? (not supported yet)`},
		{"one that is not built", "merge_method: later\nmodels: [{model: a, parameters: {knob: 1, konb: 2}}]\n", `
m.yaml:1:15: merge method later is not supported yet; "lazymerge methods" lists those that are
m.yaml:2:43: unknown parameter "konb"; did you mean "knob"?`},
		{"a parameter of one that is not built", "merge_method: between\nbase_model: z\nmodels: [{model: a}]\nparameters: {angle: 15, knob: 1}\n",
			`m.yaml:4:25: warning: "knob" has no effect on between (it belongs to later); "lazymerge methods between" lists what it reads`},
		{"no method, where none makes a mean", "base_model: z\nmodels: [{model: a}]\n", `m.yaml:1:1: merge_method is missing; "lazymerge methods" lists what there is`},
		{"a parameter without its colon", medley + "- model: a\n  parameters:\n    share 1\n    gain: 2\n", `m.yaml:6:5: there is no ": " after "share"; write "share: 1"`},
		{"another program's stack", "layer_slices: [{model: a}]\n",
			`m.yaml:1:1: this is not a merge config: it has "layer_slices", but neither merge_method nor models; give a config with merge_method and models`},
		{"the engine's names are strange here", "merge_method: lerp\nmodels: [{model: a, parameters: {density: 0}}]\n", `
m.yaml:1:15: unknown merge method "lerp"; "lazymerge methods" lists what there is
m.yaml:2:34: warning: unknown parameter "density": no method has it; take it out`},
	} {
		t.Run(tt.name, func(t *testing.T) { checkWith(t, madeUp, tt.config, tt.want) })
	}
}
