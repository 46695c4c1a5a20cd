package recipe

// table is a small version of the engine's: one method of each kind that the checks tell apart, and some that are not
// built.
var table = []Method{
	{
		Name: "linear", Base: BaseIgnored, Models: Count{Min: 1}, Result: Mean,
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true, Role: Weight},
			{Name: "normalize", Type: Bool, Default: 1},
		},
	},
	{
		Name: "slerp", Base: BaseRequired, Models: Count{Min: 1, Max: 1},
		Params: []Param{{Name: "t", Required: true}},
	},
	{
		Name: "nuslerp", Base: BaseOptional, Models: Count{Min: 2, Max: 2},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true, Role: Weight},
			{Name: "nuslerp_flatten", Type: Bool, Default: 1},
			{Name: "nuslerp_row_wise", Type: Bool},
		},
	},
	{
		Name: "task_arithmetic", Base: BaseRequired, Models: Count{Min: 1},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true, Role: Weight},
			{Name: "density", Inert: true, Scope: PerModel, Default: 1, Min: 0, Max: 1},
			{Name: "normalize", Type: Bool},
			{Name: "lambda", Default: 1},
			{Name: "int8_mask", Silent: true, Type: Bool},
		},
	},
	{
		Name: "ties", Base: BaseRequired, Models: Count{Min: 1},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true, Role: Weight},
			{Name: "density", Scope: PerModel, Default: 1, Min: 0, Max: 1, Role: Density},
			{Name: "normalize", Type: Bool, Default: 1},
			{Name: "rescale", Type: Bool},
			{Name: "lambda", Default: 1},
			{Name: "int8_mask", Silent: true, Type: Bool},
		},
	},
	{
		Name: "karcher", Base: BaseIgnored, Models: Count{Min: 2},
		Params: []Param{
			{Name: "max_iter", Type: Int, Default: 10, Min: 1, Max: 1000},
			{Name: "tol", Default: 1e-5, Min: 0, Max: 1},
		},
	},
	{
		Name: "model_stock", Base: BaseRequired, Models: Count{Min: 2},
		Params: []Param{{Name: "filter_wise", Type: Bool}},
	},
	{
		Name: "passthrough", Base: BaseIgnored, Models: Count{Min: 1, Max: 1}, Result: Stack,
		Params: []Param{{Name: "scale", Scope: PerModel, Optional: true}},
	},
	{Name: "multislerp", Unbuilt: true, Params: []Param{{Name: "weight"}}},
	{Name: "dare_ties", Aliases: []string{"dare"}, Unbuilt: true, Params: []Param{{Name: "weight"}, {Name: "density"}}},
	{Name: "dare_linear", Unbuilt: true, Params: []Param{{Name: "weight"}, {Name: "density"}}},
	{Name: "breadcrumbs", Unbuilt: true, Params: []Param{{Name: "weight"}, {Name: "density"}, {Name: "gamma"}}},
	{Name: "breadcrumbs_ties", Unbuilt: true, Params: []Param{{Name: "weight"}, {Name: "density"}, {Name: "gamma"}}},
	{Name: "della", Unbuilt: true, Params: []Param{{Name: "weight"}, {Name: "density"}, {Name: "epsilon"}}},
	{Name: "sce", Unbuilt: true, Params: []Param{{Name: "select_topk"}}},
	{Name: "arcee_fusion", Unbuilt: true},
	{Name: "nearswap", Unbuilt: true, Params: []Param{{Name: "t"}}},
	{Name: "ram", Unbuilt: true, Params: []Param{{Name: "epsilon"}}},
}
