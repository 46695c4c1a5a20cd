package recipe

// table is a small version of the engine's: one method of each kind that the checks tell apart.
var table = []Method{
	{
		Name: "linear", Base: BaseIgnored, Models: Count{Min: 1},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true},
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
			{Name: "weight", Scope: PerModel, Required: true},
			{Name: "nuslerp_flatten", Type: Bool, Default: 1},
		},
	},
	{
		Name: "task_arithmetic", Base: BaseRequired, Models: Count{Min: 1},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true},
			{Name: "normalize", Type: Bool},
			{Name: "lambda", Default: 1},
			{Name: "int8_mask", Type: Bool},
		},
	},
	{
		Name: "ties", Base: BaseRequired, Models: Count{Min: 1},
		Params: []Param{
			{Name: "weight", Scope: PerModel, Required: true},
			{Name: "density", Scope: PerModel, Default: 1, Min: 0, Max: 1},
			{Name: "normalize", Type: Bool, Default: 1},
			{Name: "rescale", Type: Bool},
			{Name: "lambda", Default: 1},
			{Name: "int8_mask", Type: Bool},
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
		Name: "passthrough", Base: BaseIgnored, Models: Count{Min: 1, Max: 1},
		Params: []Param{{Name: "scale", Scope: PerModel, Optional: true}},
	},
}
