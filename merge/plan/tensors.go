package plan

import (
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// input is one source of an output tensor.
type input struct {
	source *source
	stored Stored
	name   string // as filters see it: the output's, with the source's own layer number
}

// tensors plans every output tensor, in output order: what the first slice has before its layers, the
// layers, what the last slice has after them. Inside each the order is that of the leading source's files.
func (b *builder) tensors() {
	first, last := b.slices[0], b.slices[len(b.slices)-1]
	b.outside(first, func(l *layout) []string { return l.pre })
	out := 0
	for _, s := range b.slices {
		for k := range s.layers {
			if !s.broken {
				b.layer(s, out, k)
			}
			out++
		}
	}
	b.plan.Layers = out
	b.outside(last, func(l *layout) []string { return l.post })
	b.lastHead(last)
	b.beyond()
	if len(b.plan.Outputs) == 0 {
		b.tell()
		if len(b.faults.Errors()) == 0 {
			b.fault(b.recipe.MethodPos, "empty", "", "the models have no tensor in common")
		}
	}
}

// outside plans the tensors before or after the layers: those of the leading source, then what
// only the others have.
func (b *builder) outside(s *slice, names func(*layout) []string) {
	done := make([]map[string]bool, len(s.sources))
	for i := range done {
		done[i] = map[string]bool{}
	}
	for i := range inOrder(len(s.sources), s.lead) {
		from := s.sources[i].layout
		for _, name := range names(from) {
			if done[i][name] {
				continue
			}
			out := b.outputName(name, from)
			var inputs []input
			for j := range s.sources {
				t, ok := from.model.Tensors[name], true
				if j != i {
					t, ok = s.sources[j].layout.outside(name, from)
				}
				if ok && !done[j][t.Name] {
					done[j][t.Name] = true
					inputs = append(inputs, input{&s.sources[j], t, out})
				}
			}
			b.tensor(s, out, from.depth(name), inputs, func(int) string { return out })
		}
	}
}

// inOrder yields the indices of n sources with lead first.
func inOrder(n, lead int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if !yield(lead) {
			return
		}
		for i := range n {
			if i != lead && !yield(i) {
				return
			}
		}
	}
}

// outputName is what the donor calls a tensor outside the layers, as its config goes with the result; where
// it has none of that name it is the name in from.
func (b *builder) outputName(name string, from *layout) string {
	if t, ok := b.layouts[b.donor].outside(name, from); ok {
		return t.Name
	}
	return name
}

// layer plans output layer out, which is layer k of slice s.
func (b *builder) layer(s *slice, out, k int) {
	donor := b.layouts[b.donor]
	lead := s.sources[s.lead]
	b.origins = append(b.origins, layerOrigin{lead.index, lead.first + k})
	t := layerDepth(k, s.layers)
	prefix := donor.layer(out)
	own := make([]string, len(s.sources))   // up to the suffix, in each model
	shown := make([]string, len(s.sources)) // the same, in the output's words
	for i, src := range s.sources {
		own[i], shown[i] = src.layout.layer(src.first+k), donor.layer(src.first+k)
	}
	done := map[string]bool{}
	for i := range inOrder(len(s.sources), s.lead) {
		for _, p := range s.sources[i].layout.within[s.sources[i].first+k] {
			if done[p.suffix] {
				continue
			}
			suffix := b.outputSuffix(p.suffix)
			var inputs []input
			for j := range s.sources {
				if stored, ok := s.sources[j].layout.inLayer(own[j], p.suffix); ok {
					inputs = append(inputs, input{&s.sources[j], stored, shown[j] + suffix})
				}
			}
			for _, spelling := range spellings(p.suffix) {
				done[spelling] = true
			}
			b.tensor(s, prefix+suffix, t, inputs, func(j int) string { return own[j] + p.suffix })
		}
	}
}

// outputSuffix is how the donor spells a name inside a layer.
func (b *builder) outputSuffix(suffix string) string {
	both := spellings(suffix)
	if len(both) == 1 {
		return suffix
	}
	for _, parts := range b.layouts[b.donor].within {
		for _, p := range parts {
			if slices.Contains(both, p.suffix) {
				return p.suffix
			}
		}
	}
	return suffix
}

// beyond carries over what lies beyond the layers that the donor's config counts. Slices say which layers
// there are, so they leave it out.
func (b *builder) beyond() {
	whole := b.recipe.Form == recipe.FormModels
	donor := b.layouts[b.donor]
	what := "they are copied, not merged"
	if !whole {
		what = "slices leave them out"
	}
	if len(donor.beyond) > 0 {
		b.warn(b.refs[b.donor].Pos, "extra-layers", "", "%s has tensors beyond its %d layers, such as %s: %s", b.refs[b.donor], donor.layers, donor.beyond[0], what)
	}
	if whole {
		for _, name := range donor.beyond {
			b.copy(name, b.donor, donor.model.Tensors[name])
		}
	}
}

// tensor plans one output tensor called name from what the sources of s have of it, which is one input at
// least; own is its name in source i.
func (b *builder) tensor(s *slice, name string, depth float64, inputs []input, own func(i int) string) {
	if isBuffer(inputs[0].stored) {
		b.buffer(s, name, inputs)
		return
	}
	if b.passedOver(name) {
		return
	}
	if len(inputs) < len(s.sources) && isPooler(name) {
		b.pooler(s, name, inputs)
		return
	}
	inputs = b.asLoaded(inputs)
	ok := true
	if len(inputs) < len(s.sources) {
		inputs, ok = b.complete(s, name, inputs, own)
	}
	inputs = b.cut(name, inputs)
	lead := s.leading(inputs)
	comparable := !slices.ContainsFunc(inputs, func(in input) bool { return b.unfit[in.source.index] })
	if comparable {
		ok = b.sameKinds(name, lead, inputs) && b.sameShapes(name, lead, inputs) && ok
	}
	if !lead.stored.DType.Float() {
		if ok {
			b.integer(name, lead, inputs)
		}
		return
	}
	// Parameters are looked up all the same, so that what is wrong with them is told together.
	args, valued := b.arguments(s, name, depth, inputs, ok)
	if !ok || !valued || !comparable {
		return
	}
	to := b.resultType(inputs)
	if isHead(name) {
		b.head(name, (&Tensor{Shape: lead.stored.Shape, DType: to}).bytes())
	}
	if b.method.Identity != nil && b.method.Identity(args) {
		b.through(name, lead, to)
		return
	}
	if !b.keepsDigits(name, inputs) {
		return
	}
	b.emit(name, to, lead.stored.Shape, Cast, Expr{Op: b.call(name, lead.stored.Shape, args, inputs)})
}

// keepsDigits tells whether a method can give what the config asks for. Its rows are float32, which lose digits of float64
// weights that a result in float64 would seem to have.
func (b *builder) keepsDigits(name string, inputs []input) bool {
	asked := b.recipe.DType
	if b.recipe.OutDType.Name != "" {
		asked = b.recipe.OutDType
	}
	if asked.Name != dtype.F64.Torch() {
		return true
	}
	at := slices.IndexFunc(inputs, func(in input) bool { return in.stored.DType == dtype.F64 })
	if at < 0 {
		return true
	}
	b.once("float64", func() {
		b.fault(asked.Pos, "float64", "write float32",
			"%s has float64 weights, such as %s, but methods read their inputs as float32, so the extra digits are lost", inputs[at].source.Model, name)
	})
	return false
}

// call is the recipe's method over inputs of this shape.
func (b *builder) call(name string, shape []int64, args recipe.Args, inputs []input) *Call {
	c := &Call{Method: b.method.Name, Args: args, Work: workOf(b.method, shape, args)}
	if b.method.Random {
		c.Draw = &Draw{Seed: b.opts.Seed, Name: name}
	}
	for _, in := range inputs {
		c.Inputs = append(c.Inputs, Input{in.source.index, in.stored.expr(in.source.index, b.rounding(in.stored.DType))})
	}
	return c
}

// workOf asks the method's table what a tensor of this shape takes.
func workOf(m *recipe.Method, shape []int64, args recipe.Args) Work {
	w := Work{Unit: m.UnitOf(shape, args), Looked: m.LookedOf(shape, args), Keeps: m.KeepsOf(shape, args)}
	w.Usual, w.Worst = m.PassesOf(shape, args)
	if w.Usual < 0 || w.Worst < w.Usual || w.Usual == 0 && w.Worst > 0 || w.Looked < 0 || w.Looked > w.Usual || w.Unit < 1 {
		panic(fmt.Sprintf("plan: the table of %s says %+v of shape %v", m.Name, w, shape)) // which package mergetest refuses
	}
	return w
}

// leading is the input whose shape the others must have: the base, else the leading source's, else the first.
func (s *slice) leading(inputs []input) input {
	for _, in := range inputs {
		if in.source == &s.sources[s.lead] {
			return in
		}
	}
	return inputs[0]
}

// through passes a tensor on: as a copy where it is stored in the type of the result.
func (b *builder) through(name string, in input, to dtype.DType) {
	round, codec := b.rounding(in.stored.DType), Cast
	if in.stored.DType == to && round == dtype.Invalid && in.stored.Make == nil {
		codec = Copy
	}
	b.emit(name, to, in.stored.Shape, codec, in.stored.expr(in.source.index, round))
}

// buffer plans a constant that loaders recompute: it is copied where all models have it, so that no
// frequency is rounded to the dtype of the weights, and left out otherwise.
func (b *builder) buffer(s *slice, name string, inputs []input) {
	pos := b.refs[b.donor].Pos
	if len(inputs) < len(s.sources) {
		b.note(tallyKey{pos: pos, code: "buffer", warning: true},
			func() string {
				return name + " is in only some of the models; it is left out, and loaders recompute it"
			},
			func(n int) (string, string) {
				return fmt.Sprintf("%s of that kind %s left out", more(n), verb(n, "is", "are")), ""
			})
		return
	}
	lead := s.leading(inputs)
	b.copy(name, lead.source.index, lead.stored)
}

// integer plans a tensor of integers or bools, which is never cast or merged.
func (b *builder) integer(name string, lead input, inputs []input) {
	if len(inputs) > 1 {
		b.note(tallyKey{pos: lead.source.Model.Pos, code: "integers", warning: true},
			func() string {
				return fmt.Sprintf("%s is %s and cannot be merged, so it is copied from %s", name, lead.stored.DType, lead.source.Model)
			},
			func(n int) (string, string) {
				return fmt.Sprintf("%s of integers %s copied from %s", more(n), verb(n, "is", "are"), lead.source.Model), ""
			})
	}
	b.copy(name, lead.source.index, lead.stored)
}

// sameKinds reports inputs that are integers where the leading one is not, or the other way around.
func (b *builder) sameKinds(name string, lead input, inputs []input) bool {
	ok := true
	for _, in := range inputs {
		if in.stored.DType.Float() == lead.stored.DType.Float() {
			continue
		}
		ok = false
		b.note(tallyKey{pos: in.source.Model.Pos, code: "dtype"},
			func() string {
				return fmt.Sprintf("%s is %s in %s and %s in %s", name, in.stored.DType, in.source.Model, lead.stored.DType, lead.source.Model)
			},
			func(n int) (string, string) {
				return fmt.Sprintf("%s of %s %s integers where %s has none, or the other way around", more(n), in.source.Model, verb(n, "is", "are"), lead.source.Model), ""
			})
	}
	return ok
}

// sameShapes reports inputs whose shape differs from the leading one's.
func (b *builder) sameShapes(name string, lead input, inputs []input) bool {
	ok := true
	want := lead.stored.Shape
	for _, in := range inputs {
		got := in.stored.Shape
		if slices.Equal(got, want) {
			continue
		}
		ok = false
		pos := in.source.Model.Pos
		if isVocabulary(name) && len(got) == len(want) && len(got) > 0 && slices.Equal(got[1:], want[1:]) {
			b.fault(pos, "vocabulary", truncateHint,
				"%s has %d rows in %s and %d in %s", name, got[0], in.source.Model, want[0], lead.source.Model)
			continue
		}
		b.note(tallyKey{pos: pos, code: "shape"},
			func() string {
				return fmt.Sprintf("%s is %s in %s and %s in %s", name, shape(got), in.source.Model, shape(want), lead.source.Model)
			},
			func(n int) (string, string) {
				return fmt.Sprintf("%s of %s %s in shape from %s's", more(n), in.source.Model, verb(n, "differs", "differ"), lead.source.Model), "only models of the same size can be merged"
			})
	}
	return ok
}

func more(n int) string {
	if n == 1 {
		return "1 more tensor"
	}
	return fmt.Sprintf("%d more tensors", n)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
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
		types[i] = in.stored.DType
	}
	return dtype.Promote(types...)
}

// rounding is the config's dtype where it cannot hold every value of a source stored as d:
// mergekit casts sources on load, so such values are rounded before the arithmetic.
func (b *builder) rounding(d dtype.DType) dtype.DType {
	to := dtype.FromTorch(b.recipe.DType.Name)
	if to == dtype.Invalid || dtype.Holds(to, d) || to == dtype.F64 || to == dtype.F32 {
		return dtype.Invalid // methods read float32 in any case, and what is passed on is rounded once, as it is written
	}
	return to
}

func (b *builder) copy(name string, model int, t Stored) {
	b.emit(name, t.DType, t.Shape, Copy, t.expr(model, dtype.Invalid))
}

// emit plans an output of one tensor, which has the shape of its expression.
func (b *builder) emit(name string, d dtype.DType, shape []int64, codec Codec, e Expr) {
	if made := e.Op.Shape(); !slices.Equal(made, shape) {
		panic(fmt.Sprintf("plan: %s has shape %v, and what it is made of %v", name, shape, made))
	}
	b.plan.Outputs = append(b.plan.Outputs, Output{Expr: e, Codec: codec, Tensors: []Tensor{{Name: name, DType: d, Shape: shape}}})
}
