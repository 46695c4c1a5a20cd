package truth

import (
	"cmp"
	"math"
	"slices"
)

var ties = reference{
	method: "ties",
	settings: []setting{
		{per: parameters{"weight": {0.5, 0.3, 0.4}, "density": {0.5, 0.4, 0.7}}, base: 0},
		{per: parameters{"weight": {0.5, 0.3, -0.4}, "density": {0.5, 0.4, 1}}, base: 2, shared: map[string]float64{"rescale": 1, "normalize": 0, "lambda": 0.7}},
		{per: parameters{"weight": {1, 1}}, base: 0},
	},
	values: func(in input) []value {
		return in.vote(in.deltas(keepLargest, in.shared("rescale", 0) != 0), in.shared("normalize", 1) != 0)
	},
}

var dareTIES = reference{
	method: "dare_ties",
	settings: []setting{
		{per: parameters{"weight": {0.5, 0.3, 0.4}, "density": {0.53, 0.4, 0.7}}, base: 0},
		{per: parameters{"weight": {0.5, 0.3, -0.4}, "density": {0.53, 0.4, 1}}, base: 2, shared: map[string]float64{"rescale": 0, "normalize": 1, "lambda": 0.7}},
	},
	values: func(in input) []value {
		return in.vote(in.deltas(keepDrawn, in.shared("rescale", 1) != 0), in.shared("normalize", 0) != 0)
	},
}

var dareLinear = reference{
	method: "dare_linear",
	settings: []setting{
		{per: parameters{"weight": {0.5, 0.3, 0.4}, "density": {0.53, 0.4, 0.7}}, base: 0},
		{per: parameters{"weight": {0.5, -0.3}, "density": {0.1, 0.9}}, base: 1, shared: map[string]float64{"normalize": 1, "lambda": 0.7}},
	},
	// b + λ · Σ wⱼdⱼ / D, where D is Σ wⱼ under normalize, but 1 where that is nearly 0.
	values: func(in input) []value {
		deltas, factor := in.deltas(keepDrawn, in.shared("rescale", 1) != 0), exactly(in.shared("lambda", 1))
		if s := sum(in.each("weight")); in.shared("normalize", 0) != 0 && math.Abs(s) >= 1e-8 {
			factor = factor.over(exactly(s))
		}
		return in.elements(func(i int) (v value) {
			v.add(exactly(in.rows[in.base][i]))
			for _, d := range deltas {
				v.add(factor.times(d.entry(i)))
			}
			return v
		})
	},
}

// A delta is what is left of a model's task vector.
type delta struct {
	weight float64
	factor number // weight, rescaled
	d      []number
	kept   []bool
}

// entry returns entry i times the factor.
func (d *delta) entry(i int) number {
	if !d.kept[i] {
		return number{}
	}
	return d.factor.times(d.d[i])
}

// deltas returns dⱼ = xⱼ − b, of which keep says what stays, times wⱼ and, to rescale, the L1 norm of all entries over that of
// those that stay, 1 where either is below 1e-7.
func (in input) deltas(keep func(in input, j int, density float64, d *delta), rescale bool) []delta {
	weights, densities := in.each("weight"), in.each("density")
	var out []delta
	for j, x := range in.others() {
		d := delta{weight: weights[j], factor: exactly(weights[j]), kept: make([]bool, len(x))}
		for i := range x {
			d.d = append(d.d, exactly(x[i]).minus(exactly(in.rows[in.base][i])))
		}
		density := 1.0
		if densities != nil {
			density = densities[j]
		}
		keep(in, j, density, &d)
		if rescale {
			var all, kept number
			for i, e := range d.d {
				all = all.add(e.abs())
				if d.kept[i] {
					kept = kept.add(e.abs())
				}
			}
			if all.float() >= 1e-7 && kept.float() >= 1e-7 {
				d.factor = d.factor.times(all).over(kept)
			}
		}
		out = append(out, d)
	}
	return out
}

// keepLargest keeps the max(1, ⌊density·n⌋) entries of largest magnitude, those of equal magnitude by their index. The
// magnitude of an entry is that of x − b as float32, so that there is always one answer.
func keepLargest(in input, j int, density float64, d *delta) {
	x, base := in.others()[j], in.rows[in.base]
	n := len(x)
	k := n
	switch {
	case density <= 0:
		k = 0
	case density < 1:
		k = max(1, int(math.Floor(density*float64(n))))
	}
	magnitudes, order := make([]float64, n), make([]int, n)
	for i := range x {
		magnitudes[i], order[i] = math.Abs(float64(float32(x[i])-float32(base[i]))), i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(magnitudes[j], magnitudes[i]), i-j) })
	for _, i := range order[:k] {
		d.kept[i] = true
	}
}

// voteRounding is what a float64 sum of a few votes may be off by, as a share of their magnitudes.
const voteRounding = 0x1p-50

// vote elects for each element s = +1 if Σ wⱼdⱼ ≥ 0, else −1, and merges b + λ · Σ wⱼdⱼ / D over the j with
// sign(wⱼdⱼ) = s, where D is Σ wⱼ over the same j under normalize, and 1 without or where that is 0.
//
// A tie is an element whose sum of votes is no more than voteRounding of their magnitudes, for the votes are rounded. It is none
// where two models cancel each other with no rescaling, for then the sum is 0 in any arithmetic, and + is elected.
func (in input) vote(deltas []delta, normalize bool) []value {
	lambda := exactly(in.shared("lambda", 1))
	rescaled := false
	for _, d := range deltas {
		rescaled = rescaled || d.factor != exactly(d.weight)
	}
	return in.elements(func(i int) (v value) {
		var votes, magnitude number
		voters := 0
		for _, d := range deltas {
			e := d.entry(i)
			votes, magnitude = votes.add(e), magnitude.add(e.abs())
			if e.high != 0 {
				voters++
			}
		}
		cancel := votes.high == 0 && voters <= 2 && !rescaled
		v.tie = voters > 0 && !cancel && votes.abs().high <= voteRounding*magnitude.high
		elected := 1.0
		if votes.high < 0 {
			elected = -1
		}
		divisor := 0.0
		for _, d := range deltas {
			if d.entry(i).high*elected > 0 {
				divisor += d.weight
			}
		}
		if divisor == 0 || !normalize {
			divisor = 1
		}
		v.add(exactly(in.rows[in.base][i]))
		for _, d := range deltas {
			if e := d.entry(i); e.high*elected > 0 {
				v.add(lambda.times(e).over(exactly(divisor)))
			}
		}
		return v
	})
}
