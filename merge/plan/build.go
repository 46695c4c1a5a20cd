package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Options change the result and so the hash.
type Options struct {
	ShardSize   int64  // bytes of tensors a shard holds at most, unless one output is larger; 0 follows from the result, see Plan.ShardSize, negative means no limit
	AllowCrimes bool   // models of different architectures may meet where their tensors fit
	Seed        uint64 // of methods that draw at random; the others do not look at it

	TruncateVocabulary bool // vocabularies of different sizes are cut to the rows that all have
}

// Build makes the plan of r from models, which has one entry for each of r.Models(). It
// reports every fault at once, in the order of their places; the plan is nil unless all of
// them are warnings.
func Build(r *recipe.Recipe, methods []recipe.Method, models []*Model, opts Options) (*Plan, recipe.Faults) {
	b := newBuilder(r, recipe.Find(methods, r.Method), models, opts)
	b.checkModels()
	b.checkLayers()
	b.rows = b.commonRows()
	b.plan.CutRows = b.rows
	b.tensors()
	b.checkVocabulary()
	b.unmet()
	b.tell()
	if len(b.faults.Errors()) > 0 {
		return nil, b.faults
	}
	b.describe()
	if b.method.Random {
		b.plan.Seed = b.opts.Seed
	}
	b.plan.Files = b.files()
	b.plan.ShardSize = b.opts.ShardSize
	if b.plan.ShardSize == 0 {
		b.plan.ShardSize = b.plan.usualShardSize()
	}
	if err := b.plan.layOut(b.plan.ShardSize); err != nil {
		b.fault(r.Donor().Pos, "layout", "", "the result cannot be written: %v", err)
	}
	b.faults.Sort()
	if len(b.faults.Errors()) > 0 {
		return nil, b.faults
	}
	b.plan.Hash = b.plan.hash()
	return b.plan, b.faults
}

// builder holds what Build works on.
type builder struct {
	recipe  *recipe.Recipe
	method  *recipe.Method
	refs    []recipe.Ref // of the models
	models  []*Model
	layouts []*layout
	slices  []*slice
	opts    Options
	donor   int
	plan    *Plan

	unfit   []bool                     // models whose tensors are not compared, as a fault says already why they do not fit
	origins []layerOrigin              // of the output layers
	rows    int64                      // that vocabularies are cut to; 0 means they are not
	heads   int                        // heads that were planned
	values  map[string]float64         // of the parameters that are being looked up
	last    map[int]map[string]float64 // of the tensor before, by input
	filters map[recipe.Pos]*filter     // of the parameters, by the place of their case
	untied  bool                       // a head was planned, and some of the models tie theirs

	faults  recipe.Faults
	seen    map[string]bool // what was reported, so that each is told once
	tallies map[tallyKey]*tally
	tallied []*tally // the same, in order
}

// A slice is an output slice with its models at hand.
type slice struct {
	recipe.Slice
	sources []source
	lead    int  // the source whose tensors and names lead: the base where the slice has it, else the first
	base    int  // index of the base among the sources; -1 where it is none of them
	layers  int  // of the output
	broken  bool // the layers cannot be planned, as a fault says
}

// A source is one model of a slice.
type source struct {
	recipe.Source
	index  int // of the model
	model  *Model
	layout *layout
	first  int // layer
}

func newBuilder(r *recipe.Recipe, method *recipe.Method, models []*Model, opts Options) *builder {
	b := &builder{
		recipe: r,
		method: method,
		refs:   r.Models(),
		models: models,
		opts:   opts,
		plan:   &Plan{Numeric: Numeric, Method: r.Method},
		unfit:  make([]bool, len(models)),
		seen:   map[string]bool{},
		values: map[string]float64{},
		last:   map[int]map[string]float64{},

		filters: map[recipe.Pos]*filter{},

		tallies: map[tallyKey]*tally{},
	}
	index := map[string]int{}
	for i, ref := range b.refs {
		index[ref.String()] = i
		b.layouts = append(b.layouts, newLayout(models[i]))
	}
	b.donor = index[r.Donor().String()]
	for _, s := range r.Slices {
		out := &slice{Slice: s, base: -1}
		base := r.Base
		if s.Base != nil {
			base = s.Base
		}
		for i, src := range s.Sources {
			m := index[src.Model.String()]
			one := source{Source: src, index: m, model: models[m], layout: b.layouts[m]}
			n := one.layout.layers
			if src.Layers != nil {
				one.first, n = src.Layers.First, src.Layers.End-src.Layers.First
			}
			if base != nil && src.Model.Same(*base) {
				out.base, out.lead = i, i
			}
			if i == 0 || n < out.layers {
				out.layers = n
			}
			out.sources = append(out.sources, one)
		}
		b.slices = append(b.slices, out)
	}
	return b
}

// describe fills the summary fields.
func (b *builder) describe() {
	p := b.plan
	p.Donor = b.donor
	by := map[dtype.DType]int64{}
	used := make([]map[string]bool, len(b.models))
	for i := range used {
		used[i] = map[string]bool{}
	}
	wide := ""
	for t := range p.Tensors() {
		n := t.Elements()
		p.Params += n
		if t.DType.Float() {
			by[t.DType] += n
		}
	}
	for i := range p.Outputs {
		o := &p.Outputs[i]
		for leaf := range o.Expr.Leaves() {
			used[leaf.Source][leaf.File] = true
			if wide == "" && leaf.DType == dtype.F64 && o.Call() != nil {
				wide = o.Name()
			}
		}
	}
	p.DType = most(by).Torch()
	for i, m := range b.models {
		d := m.DType()
		s := Source{Repo: m.Repo, Commit: m.Commit, Digest: m.Digest, DType: d.Torch(), Bytes: m.Bytes()}
		if s.DType == "" {
			s.DType = strings.ToLower(d.String())
		}
		s.Shards = slices.Sorted(maps.Keys(used[i]))
		p.Sources = append(p.Sources, s)
	}
	if wide != "" {
		b.warn(b.recipe.Donor().Pos, "float64", "write dtype: float32; a float64 result is no more precise", "float64 weights, such as those of %s, are converted to float32 before they are merged", wide)
	}
}

func (b *builder) fault(pos recipe.Pos, code, hint, format string, args ...any) {
	b.report(&recipe.Fault{File: b.recipe.File, Pos: pos, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (b *builder) warn(pos recipe.Pos, code, hint, format string, args ...any) {
	b.report(&recipe.Fault{File: b.recipe.File, Pos: pos, Code: code, Warning: true, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (b *builder) report(f *recipe.Fault) {
	b.once(f.Error(), func() { b.faults = append(b.faults, f) })
}

// once calls f the first time that key comes up: what is wrong with a thousand tensors is told once.
func (b *builder) once(key string, f func()) {
	if !b.seen[key] {
		b.seen[key] = true
		f()
	}
}
