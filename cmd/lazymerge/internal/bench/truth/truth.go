package truth

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// references are all there are, one for each method.
var references = []*reference{&dareLinear, &dareTIES, &linear, &passthrough, &slerp, &taskArithmetic, &ties}

// A reference is the formula of a method, and settings to try it with.
type reference struct {
	method   string
	settings []setting
	values   func(input) []value // of every element of a tensor, in order
}

// A setting is what a config says for a method.
type setting struct {
	inputs int // models, with the base; 0 is as many as the parameters of models tell
	base   int // which of them is the base, or none
	shared map[string]float64
	per    parameters
}

const none = -1

// parameters have one value for each input but the base, in input order.
type parameters map[string][]float64

// models is the number of inputs.
func (s setting) models() int {
	n := s.inputs
	for _, values := range s.per {
		n = len(values)
		if s.base != none {
			n++
		}
	}
	return n
}

// An input is one tensor of every model, with what is to be done to it.
type input struct {
	setting
	seed uint64
	name string      // of the output tensor
	rows [][]float64 // of every model
}

// shared returns a parameter that all inputs have in common, or what it is without a word in the config.
func (in input) shared(name string, otherwise float64) float64 {
	if v, has := in.setting.shared[name]; has {
		return v
	}
	return otherwise
}

// each returns a parameter of the inputs but the base; nil where the config does not say it.
func (in input) each(name string) []float64 { return in.per[name] }

// others returns the rows but the base's.
func (in input) others() [][]float64 {
	if in.base == none {
		return in.rows
	}
	return slices.Delete(slices.Clone(in.rows), in.base, in.base+1)
}

func (in input) elements(of func(i int) value) []value {
	out := make([]value, len(in.rows[0]))
	for i := range out {
		out[i] = of(i)
	}
	return out
}

// A value is what an element should be.
type value struct {
	number
	terms float64 // the sum of the magnitudes of the terms that make it
	tie   bool    // which of two values it is hangs on less than float64 rounds off
}

func (v *value) add(x number) {
	v.number = v.number.add(x)
	v.terms += x.abs().high
}

// share is the part of the terms' magnitudes that float64 may be off by, beside the one rounding.
const share = 0x1p-40

// A Row is what was found for one method and one type of the result.
type Row struct {
	Method   string
	DType    dtype.DType
	Elements int
	Ties     int     // of them, which count for nothing below
	Max, RMS float64 // error less 2⁻⁴⁰ of the terms, in units of the last place of DType at the true value
	Terms    float64 // the largest error less half a unit, as a share of the terms: what float64 cost
	Beyond   int     // elements that break the rule
	Worst    string  // the one that breaks it most, in words; "" for none

	squares, excess float64
}

// compare adds the elements of one tensor to the row.
func (r *Row) compare(where string, got []float64, want []value) {
	for i, v := range want {
		r.Elements++
		if v.tie {
			r.Ties++
			continue
		}
		unit := unitOf(v.high, r.DType)
		off := exactly(got[i]).minus(v.number).abs().float()
		units := max(0, off-share*v.terms) / unit
		r.Max = max(r.Max, units)
		r.squares += units * units
		if v.terms > 0 {
			r.Terms = max(r.Terms, (off-unit/2)/v.terms)
		}
		if allowed := unit/2 + share*v.terms; !(off <= allowed) {
			r.Beyond++
			if excess := off / allowed; r.Worst == "" || excess > r.excess {
				r.excess = excess
				r.Worst = fmt.Sprintf("%s: element %d is %v, want %v, off by %.4g units of the last place", where, i, got[i], v.high, off/unit)
			}
		}
	}
	r.RMS = math.Sqrt(r.squares / float64(max(1, r.Elements-r.Ties)))
}

// unitOf returns the unit of the last place of x in d.
func unitOf(x float64, d dtype.DType) float64 {
	bits, least := 53, -1074
	switch d {
	case dtype.F16:
		bits, least = 11, -24
	case dtype.BF16:
		bits, least = 8, -133
	case dtype.F32:
		bits, least = 24, -149
	}
	_, e := math.Frexp(x)
	if x == 0 {
		e = least
	}
	return math.Ldexp(1, max(e-bits, least))
}

// DTypes are the types of results that are measured.
var DTypes = []dtype.DType{dtype.BF16, dtype.F16, dtype.F32, dtype.F64}

// Measure merges small models with a method of the table in every setting of its reference and with sources of every type, and
// compares what is written as d with the formula. repeat, at least 1, is how many times
// as many elements the large tensors have. The error is one of the merge, or tells that the method has no reference.
func Measure(ctx context.Context, m recipe.Method, d dtype.DType, repeat int) (Row, error) {
	rows, err := measure(ctx, m, []dtype.DType{d}, repeat)
	return rows[0], err
}

// measure is Measure for several types, which have most of the formula's values in common.
func measure(ctx context.Context, m recipe.Method, as []dtype.DType, repeat int) ([]Row, error) {
	rows := make([]Row, len(as))
	for i, d := range as {
		rows[i] = Row{Method: m.Name, DType: d}
	}
	at := slices.IndexFunc(references, func(r *reference) bool { return r.method == m.Name })
	if at < 0 {
		return rows, fmt.Errorf("%s has no reference: write its formula in a file of cmd/lazymerge/internal/bench/truth, as slerp.go does, and add it to the list in truth.go", m.Name)
	}
	ref := references[at]
	for n, s := range ref.settings {
		sources := map[dtype.DType]*models{}
		type tensor struct {
			source, rounded dtype.DType // rounded is what the entries are rounded to first; the source where they are not
			name            string
		}
		known := map[tensor][]value{}
		for i, d := range as {
			for _, c := range castsTo(d) {
				if sources[c.source] == nil {
					sources[c.source] = newModels(s.models(), c.source, repeat)
				}
				models := sources[c.source]
				config := s.config(m, c.key, d)
				result, err := models.merge(ctx, config)
				if err != nil {
					return rows, fmt.Errorf("%s: %w\n%s", m.Name, err, config)
				}
				for _, name := range models.tensors() {
					got, err := result.values(name)
					if err != nil {
						return rows, fmt.Errorf("%s: %w", m.Name, err)
					}
					t := tensor{c.source, c.source, name}
					if c.key == "dtype" && !dtype.Holds(d, c.source) {
						t.rounded = d
					}
					if known[t] == nil {
						in := input{setting: s, seed: seed, name: name, rows: models.rows(name)}
						if t.rounded != t.source {
							for _, x := range in.rows {
								dtype.Round(x, t.rounded)
							}
						}
						known[t] = ref.values(in)
					}
					rows[i].compare(fmt.Sprintf("setting %d, %v, %s: %s, %s", n, c.source, c.key, d.Torch(), name), got, known[t])
				}
			}
		}
	}
	return rows, nil
}

// A cast is a way from sources to a result: their type, and the key of the config that says the result's.
type cast struct {
	source dtype.DType
	key    string
}

// castsTo returns the ways to d. out_dtype leaves the sources as they are; dtype rounds them first, where d does not
// hold them, and float64 is computed with where it says so.
func castsTo(d dtype.DType) []cast {
	if d == dtype.F64 {
		return []cast{{dtype.F32, "dtype"}, {dtype.BF16, "dtype"}}
	}
	return []cast{{dtype.F32, "out_dtype"}, {dtype.BF16, "out_dtype"}, {dtype.F32, "dtype"}}
}
