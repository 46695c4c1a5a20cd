package truth

import "math"

var linear = reference{
	method: "linear",
	settings: []setting{
		{per: parameters{"weight": {0.5, 0.3, 0.4}}, base: none},
		{per: parameters{"weight": {1, -0.3, 0.4, 2, 0}}, shared: map[string]float64{"normalize": 0}, base: none},
		{per: parameters{"weight": {0.5, 0.5}}, base: none},
	},
	// Σ wᵢxᵢ / Σ wᵢ, or without the division.
	values: func(in input) []value {
		weights, divisor := in.each("weight"), 1.0
		if in.shared("normalize", 1) != 0 {
			divisor = sum(weights)
		}
		return in.elements(func(i int) (v value) {
			for j, w := range weights {
				v.add(exactly(w).times(exactly(in.rows[j][i])).over(exactly(divisor)))
			}
			return v
		})
	},
}

var passthrough = reference{
	method: "passthrough",
	settings: []setting{
		{per: parameters{"scale": {-0.3}}, base: none},
		{per: parameters{"scale": {1}}, base: none},
	},
	// scale·x
	values: func(in input) []value {
		return in.elements(func(i int) (v value) {
			v.add(exactly(in.each("scale")[0]).times(exactly(in.rows[0][i])))
			return v
		})
	},
}

var taskArithmetic = reference{
	method: "task_arithmetic",
	settings: []setting{
		{per: parameters{"weight": {0.6}}, base: 0},
		{per: parameters{"weight": {0.5, -0.3, 0.4}}, base: 3, shared: map[string]float64{"normalize": 1, "lambda": 0.8}},
		{per: parameters{"weight": {1, -1}}, base: 1, shared: map[string]float64{"normalize": 1}},
	},
	// b + λ · Σ wᵢ(xᵢ − b) / D, where D is Σ wᵢ under normalize, but 1 where that is nearly 0.
	values: func(in input) []value {
		weights, factor := in.each("weight"), exactly(in.shared("lambda", 1))
		if s := sum(weights); in.shared("normalize", 0) != 0 && math.Abs(s) >= 1e-8 {
			factor = factor.over(exactly(s))
		}
		return in.elements(func(i int) (v value) {
			v.add(exactly(in.rows[in.base][i]))
			for j, x := range in.others() {
				v.add(factor.times(exactly(weights[j])).times(exactly(x[i]).minus(exactly(in.rows[in.base][i]))))
			}
			return v
		})
	},
}
