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
	ShardSize   int64 // bytes of tensors a shard holds at most, unless one tensor is larger; 0 means 5 GB, negative means no limit
	AllowCrimes bool  // models of different architectures may meet where their tensors fit
}

// DefaultShardSize is mergekit's.
const DefaultShardSize = 5_000_000_000

// Build makes the plan of r from models, which has one entry for each of r.Models(). It
// reports every fault at once; the plan is nil unless all of them are warnings.
func Build(r *recipe.Recipe, methods []recipe.Method, models []*Model, opts Options) (*Plan, recipe.Faults) {
	b := &builder{
		recipe: r,
		method: recipe.Find(methods, r.Method),
		models: models,
		opts:   opts,
		plan:   &Plan{Numeric: Numeric, Method: r.Method},
		seen:   map[string]bool{},
		index:  map[string]int{},
	}
	for i, ref := range r.Models() {
		b.index[ref.String()] = i
		b.layouts = append(b.layouts, newLayout(models[i]))
	}
	b.donor = b.source(r.Donor())
	b.checkModels()
	b.checkLayers()
	if len(b.faults.Errors()) > 0 {
		return nil, b.faults // the tensors would only say the same again
	}
	b.tensors()
	if len(b.faults.Errors()) > 0 {
		return nil, b.faults
	}
	p := b.plan
	b.describe()
	p.Files = b.files()
	if b.opts.ShardSize == 0 {
		b.opts.ShardSize = DefaultShardSize
	}
	if err := p.layOut(b.opts.ShardSize); err != nil {
		b.fault(recipe.Pos{}, "layout", "", "%v", err)
		return nil, b.faults
	}
	p.Hash = p.hash()
	return p, b.faults
}

// builder holds what Build works on.
type builder struct {
	recipe  *recipe.Recipe
	method  *recipe.Method
	models  []*Model
	layouts []*layout
	opts    Options
	index   map[string]int // of models by reference
	donor   int
	plan    *Plan
	faults  recipe.Faults
	seen    map[string]bool // faults that were reported, so that each is told once
	untied  bool            // a merged head was written although the donor ties it
	layers  []layerOrigin   // of the result, in a slices form
}

// layerOrigin tells where an output layer's place in per-layer config lists comes from.
type layerOrigin struct{ model, layer int }

func (b *builder) source(ref recipe.Ref) int { return b.index[ref.String()] }

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

// checkModels compares the models as wholes.
func (b *builder) checkModels() {
	refs := b.recipe.Models()
	first := b.models[b.donor]
	for i, m := range b.models {
		if m.Config.Architecture != "" && first.Config.Architecture != "" && m.Config.Architecture != first.Config.Architecture {
			f := b.fault
			if b.opts.AllowCrimes {
				f = b.warn
			}
			f(refs[i].Pos, "architecture", "add --allow-crimes if their tensors are known to fit",
				"%s is a %s and %s a %s", refs[i], m.Config.Architecture, refs[b.donor], first.Config.Architecture)
		}
		for _, name := range m.Order {
			if t := m.Tensors[name]; packed(t.DType) {
				b.fault(refs[i].Pos, "quantised", "name the model it was made from instead",
					"the weights of %s are quantised: %s is %s", refs[i], name, t.DType)
				break
			}
		}
	}
}

// packed tells whether d is a type that quantised checkpoints keep weights in. Plain
// checkpoints have I64 and BOOL buffers, and U8 only as masks, which isBuffer knows.
func packed(d dtype.DType) bool {
	return d == dtype.F8E4M3 || d == dtype.F8E5M2
}

// checkLayers compares layer ranges with the models' layer counts, and the counts of a
// models form with each other.
func (b *builder) checkLayers() {
	for _, s := range b.recipe.Slices {
		first := -1
		for _, src := range s.Sources {
			i := b.source(src.Model)
			n := b.layouts[i].layers
			if src.Layers != nil {
				if src.Layers.End > n {
					b.fault(src.Layers.Pos, "layer-range", "",
						"layers %d to %d of %s, which has %d: the last is %d", src.Layers.First, src.Layers.End-1, src.Model, n, n-1)
				}
				continue
			}
			if first >= 0 && b.layouts[first].layers != n {
				b.fault(src.Model.Pos, "layer-count", "use slices with a layer_range to say which layers meet",
					"%s has %d layers and %s has %d", src.Model, n, b.recipe.Models()[first], b.layouts[first].layers)
			}
			if first < 0 {
				first = i
			}
		}
	}
	if b.recipe.Form != recipe.FormSlices {
		return
	}
	for i, l := range b.layouts {
		if len(l.other) > 0 {
			b.fault(b.recipe.Models()[i].Pos, "several-stacks", "use the models form",
				"%s has a second stack of layers, %s0 to %d, and slices would not say what becomes of it",
				b.recipe.Models()[i], l.other[0].prefix, l.other[0].layers-1)
		}
		if l.stack == "" {
			b.fault(b.recipe.Models()[i].Pos, "no-layers", "use the models form", "no tensor of %s is numbered by layer", b.recipe.Models()[i])
		}
	}
}

// input is one source of an output tensor.
type input struct {
	source recipe.Source
	model  int
	name   string // of the tensor in that model, or of the one that stands for it
}

// tensors plans every output tensor, in output order.
func (b *builder) tensors() {
	slc := b.recipe.Slices
	whole := b.recipe.Form == recipe.FormModels
	stack := b.layouts[b.donor].stack

	first := slc[0]
	b.outside(first, func(l *layout) []string { return l.pre })
	out := 0
	for _, s := range slc {
		n := b.layouts[b.source(s.Sources[0].Model)].layers
		if !whole {
			n = s.Sources[0].Layers.End - s.Sources[0].Layers.First
		}
		for k := range n {
			b.layer(s, stack, out, k, n)
			out++
		}
	}
	b.plan.Layers = out
	b.outside(slc[len(slc)-1], func(l *layout) []string { return l.post })
	if whole {
		b.beyond()
	}
}

// leader is the source of s whose tensors lead: the base where s has it, else the first.
func (b *builder) leader(s recipe.Slice) int {
	if base := b.base(s); base != nil {
		for i, src := range s.Sources {
			if src.Model.Same(*base) {
				return i
			}
		}
	}
	return 0
}

func (b *builder) base(s recipe.Slice) *recipe.Ref {
	if s.Base != nil {
		return s.Base
	}
	return b.recipe.Base
}

// inOrder returns the indices of n sources with lead first.
func inOrder(n, lead int) []int {
	order := []int{lead}
	for i := range n {
		if i != lead {
			order = append(order, i)
		}
	}
	return order
}

// outside plans the tensors before or after the layers: those of the leading source, then what
// only the others have.
func (b *builder) outside(s recipe.Slice, names func(*layout) []string) {
	done := map[string]bool{}
	for _, i := range inOrder(len(s.Sources), b.leader(s)) {
		m := b.source(s.Sources[i].Model)
		for _, name := range names(b.layouts[m]) {
			if done[name] {
				continue
			}
			inputs := b.gather(s, func(int) string { return name })
			for _, in := range inputs {
				done[in.name] = true
			}
			done[name] = true
			b.tensor(s, name, b.layouts[m].depth(name), inputs)
		}
	}
}

// layer plans output layer out, which is layer k of the n of slice s.
func (b *builder) layer(s recipe.Slice, stack string, out, k, n int) {
	first := func(i int) int { // of source i, its layer's number in its own model
		if r := s.Sources[i].Layers; r != nil {
			return r.First + k
		}
		return k
	}
	lead := b.leader(s)
	b.layers = append(b.layers, layerOrigin{b.source(s.Sources[0].Model), first(0)})
	done := map[string]bool{}
	for _, i := range inOrder(len(s.Sources), lead) {
		l := b.layouts[b.source(s.Sources[i].Model)]
		for _, p := range l.within[first(i)] {
			if done[p.suffix] {
				continue
			}
			done[p.suffix] = true
			inputs := b.gather(s, func(j int) string {
				return fmt.Sprintf("%s%d.%s", b.layouts[b.source(s.Sources[j].Model)].stack, first(j), p.suffix)
			})
			name := fmt.Sprintf("%s%d.%s", stack, out, p.suffix)
			b.tensor(s, name, layerDepth(k, n), inputs)
		}
	}
}

// gather finds the tensor in every source of s; name gives what source i should call it. Sources
// that lack it are left out.
func (b *builder) gather(s recipe.Slice, name func(i int) string) []input {
	var out []input
	for i, src := range s.Sources {
		m := b.source(src.Model)
		if t, ok := b.models[m].lookup(name(i)); ok {
			out = append(out, input{src, m, t.Name})
		}
	}
	return out
}

// beyond carries over what lies beyond the layers that the donor's config counts.
func (b *builder) beyond() {
	l := b.layouts[b.donor]
	for _, name := range l.beyond {
		t := b.models[b.donor].Tensors[name]
		b.warn(b.recipe.Donor().Pos, "extra-layers", "", "%s has tensors beyond its %d layers, such as %s: they are copied and not merged",
			b.recipe.Donor(), l.layers, l.beyond[0])
		b.emit(name, t.DType, t.Shape, b.leaf(Copy, b.donor, t, dtype.Invalid))
	}
}

// tensor plans one output tensor called name from its inputs.
func (b *builder) tensor(s recipe.Slice, name string, depth float64, inputs []input) {
	if len(inputs) < len(s.Sources) {
		var ok bool
		if inputs, ok = b.complete(s, name, inputs); !ok {
			return
		}
	}
	lead := inputs[0]
	if base := b.base(s); base != nil {
		for _, in := range inputs {
			if in.source.Model.Same(*base) {
				lead = in
			}
		}
	}
	model := b.models[lead.model]
	t := model.Tensors[lead.name]
	if !b.sameShapes(name, lead, inputs) {
		return
	}
	for _, in := range inputs {
		if other := b.models[in.model].Tensors[in.name]; !other.DType.Float() {
			b.integer(name, lead, inputs)
			return
		}
	}
	to := b.resultType(inputs)
	args, ok := b.arguments(s, name, depth, inputs)
	if !ok {
		return
	}
	if b.method.Identity != nil && b.method.Identity(args) {
		b.emit(name, to, t.Shape, b.through(lead, to))
		return
	}
	e := Expr{Op: Method, Method: b.method.Name, Params: args.Shared, PerModel: args.PerModel, Base: args.Base + 1}
	if b.method.Scans != nil {
		e.Scans = b.method.Scans(args)
	}
	for _, in := range inputs {
		stored := b.models[in.model].Tensors[in.name]
		e.Inputs = append(e.Inputs, b.leaf(Read, in.model, stored, b.rounding(stored.DType)))
	}
	b.emit(name, to, t.Shape, e)
}

// through is a tensor that is passed on: a copy where its type stays, else a read.
func (b *builder) through(in input, to dtype.DType) Expr {
	t := b.models[in.model].Tensors[in.name]
	round := b.rounding(t.DType)
	if t.DType == to && round == dtype.Invalid {
		return b.leaf(Copy, in.model, t, dtype.Invalid)
	}
	return b.leaf(Read, in.model, t, round)
}

// integer plans a tensor of integers or bools, which is never cast or merged.
func (b *builder) integer(name string, lead input, inputs []input) {
	t := b.models[lead.model].Tensors[lead.name]
	if len(inputs) > 1 {
		b.warn(recipe.Pos{}, "integers", "", "%s is %s and cannot be merged: it is copied from %s", name, t.DType, lead.source.Model)
	}
	b.emit(name, t.DType, t.Shape, b.leaf(Copy, lead.model, t, dtype.Invalid))
}

// complete says what becomes of a tensor that some sources lack. A tied head is read from the
// embedding; a buffer that loaders recompute is dropped; the rest is a fault.
func (b *builder) complete(s recipe.Slice, name string, have []input) ([]input, bool) {
	if isBuffer(name) {
		b.warn(recipe.Pos{}, "buffer", "", "%s is only in some of the models: it is left out, loaders recompute it", name)
		return nil, false
	}
	found := map[string]input{}
	for _, in := range have {
		found[in.source.Model.String()] = in
	}
	var all []input
	var lacking []recipe.Ref
	for _, src := range s.Sources {
		in, ok := found[src.Model.String()]
		if !ok && isHead(name) {
			in, ok = b.tiedHead(src)
		}
		if ok {
			all = append(all, in)
		} else {
			lacking = append(lacking, src.Model)
		}
	}
	if len(lacking) == 0 {
		if b.models[b.donor].Config.Tied && !b.untied {
			b.untied = true
			b.warn(recipe.Pos{}, "untied", "", "%s is tied to the embedding in some models and not in others: it is merged, and config.json gets tie_word_embeddings: false", name)
		}
		return all, true
	}
	for _, ref := range lacking {
		b.missing(ref, name, s)
	}
	return nil, false
}

// tiedHead is the embedding of src where it stands for a head that the file leaves out.
func (b *builder) tiedHead(src recipe.Source) (input, bool) {
	m := b.source(src.Model)
	if !b.models[m].Config.Tied {
		return input{}, false
	}
	for _, name := range b.layouts[m].pre {
		if isEmbedding(name) {
			return input{src, m, name}, true
		}
	}
	return input{}, false
}

// missing reports a tensor that ref lacks, the first few by name.
func (b *builder) missing(ref recipe.Ref, name string, s recipe.Slice) {
	const shown = 3
	n := 0
	for _, f := range b.faults {
		if f.Code == "missing-tensor" && f.Pos == ref.Pos {
			n++
		}
	}
	switch {
	case n < shown:
		owner := ""
		for _, src := range s.Sources {
			if !src.Model.Same(ref) {
				owner = src.Model.String()
				break
			}
		}
		b.fault(ref.Pos, "missing-tensor", "", "%s has no tensor for %s, which %s has", ref, name, owner)
	case n == shown:
		b.fault(ref.Pos, "missing-tensor", "the models do not share an architecture", "%s lacks more tensors than these", ref)
	}
}

// sameShapes reports inputs whose shape differs from the leading one's.
func (b *builder) sameShapes(name string, lead input, inputs []input) bool {
	want := b.models[lead.model].Tensors[lead.name].Shape
	ok := true
	for _, in := range inputs {
		got := b.models[in.model].Tensors[in.name].Shape
		if slices.Equal(got, want) {
			continue
		}
		ok = false
		if isVocabulary(name) && len(got) == len(want) && len(got) > 0 && slices.Equal(got[1:], want[1:]) {
			b.fault(in.source.Model.Pos, "vocabulary", "their vocabularies have to be made one first, and that is not built yet",
				"%s has %d rows in %s and %d in %s", name, got[0], in.source.Model, want[0], lead.source.Model)
			continue
		}
		b.shapeFault(in, name, got, lead, want)
	}
	return ok
}

// shapeFault reports differing shapes, the first few by name.
func (b *builder) shapeFault(in input, name string, got []int64, lead input, want []int64) {
	const shown = 3
	n := 0
	for _, f := range b.faults {
		if f.Code == "shape" && f.Pos == in.source.Model.Pos {
			n++
		}
	}
	switch {
	case n < shown:
		b.fault(in.source.Model.Pos, "shape", "", "%s is %s in %s and %s in %s", name, shape(got), in.source.Model, shape(want), lead.source.Model)
	case n == shown:
		b.fault(in.source.Model.Pos, "shape", "only models of one size can be merged", "more tensors of %s differ in shape from %s's", in.source.Model, lead.source.Model)
	}
}

func shape(dims []int64) string {
	s := make([]string, len(dims))
	for i, d := range dims {
		s[i] = fmt.Sprint(d)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// resultType is out_dtype, else dtype, else what PyTorch promotes the inputs to.
func (b *builder) resultType(inputs []input) dtype.DType {
	for _, d := range []recipe.DType{b.recipe.OutDType, b.recipe.DType} {
		if d.Name != "" {
			return dtype.FromTorch(d.Name)
		}
	}
	types := make([]dtype.DType, len(inputs))
	for i, in := range inputs {
		types[i] = b.models[in.model].Tensors[in.name].DType
	}
	return dtype.Promote(types...)
}

// rounding is the config's dtype where it cannot hold every value of a source stored as d:
// mergekit casts sources on load, so such values are rounded before the arithmetic.
func (b *builder) rounding(d dtype.DType) dtype.DType {
	to := dtype.FromTorch(b.recipe.DType.Name)
	if to == dtype.Invalid || dtype.Holds(to, d) || to == dtype.F64 || to == dtype.F32 {
		return dtype.Invalid // the engine reads float32 in any case
	}
	return to
}

func (b *builder) leaf(op Op, model int, t Stored, round dtype.DType) Expr {
	return Expr{Op: op, Source: model, File: t.File, Tensor: t.Name, DType: t.DType, Begin: t.Begin, End: t.End, Round: round}
}

func (b *builder) emit(name string, d dtype.DType, shape []int64, e Expr) {
	b.plan.Tensors = append(b.plan.Tensors, Tensor{Name: name, DType: d, Shape: shape, Expr: e})
}

// describe fills the summary fields.
func (b *builder) describe() {
	p := b.plan
	p.Donor = b.donor
	by := map[dtype.DType]int64{}
	used := make([]map[string]bool, len(b.models))
	wide := false
	for i := range used {
		used[i] = map[string]bool{}
	}
	for _, t := range p.Tensors {
		n := t.elements()
		p.Params += n
		by[t.DType] += n
		for _, leaf := range t.Expr.Leaves() {
			used[leaf.Source][leaf.File] = true
			wide = wide || leaf.DType == dtype.F64 && leaf.Op == Read
		}
	}
	p.DType = most(by).Torch()
	for i, m := range b.models {
		s := Source{Repo: m.Repo, Commit: m.Commit, Digest: m.Digest, DType: m.DType().Torch(), Bytes: m.Bytes()}
		if s.DType == "" {
			s.DType = strings.ToLower(m.DType().String())
		}
		s.Shards = slices.Sorted(maps.Keys(used[i]))
		p.Sources = append(p.Sources, s)
	}
	if wide {
		b.warn(recipe.Pos{}, "float64", "", "float64 weights are read as float32 before they are merged")
	}
}
