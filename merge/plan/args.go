package plan

import (
	"errors"
	"fmt"
	"maps"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// arguments resolves the method's parameters for one output tensor. Shared parameters are looked
// up under the output's name, those of a model under that name with the model's own layer number.
// The levels, highest first: the model's own, the slice's, the recipe's, the default. Values are checked
// against each other where the inputs are complete.
//
// Source: mergekit 0.1.5, config.py, ConfigReader.parameter.
func (b *builder) arguments(s *slice, name string, depth float64, inputs []input, complete bool) (recipe.Args, bool) {
	args := recipe.Args{PerModel: make([]map[string]float64, len(inputs)), Base: -1}
	if b.method.Base != recipe.BaseIgnored && s.base >= 0 {
		for i, in := range inputs {
			if in.source == &s.sources[s.base] {
				args.Base = i
			}
		}
	}
	var ok bool
	args.Shared, ok = b.scope(recipe.Shared, -1, func(p *recipe.Param) (float64, bool) {
		return b.value(p, name, depth, s.Pos, nil, s.Parameters, b.recipe.Parameters)
	})
	for j, in := range inputs {
		if j == args.Base {
			continue
		}
		var valued bool
		args.PerModel[j], valued = b.scope(recipe.PerModel, j, func(p *recipe.Param) (float64, bool) {
			return b.value(p, in.name, depth, in.source.Pos, &in.source.Model, in.source.Parameters, s.Parameters, b.recipe.Parameters)
		})
		ok = ok && valued
	}
	if ok && complete && b.method.Check != nil {
		if err := b.method.Check(args); err != nil && !isWarning(err) {
			b.note(tallyKey{pos: b.recipe.MethodPos, code: "values"},
				func() string { return fmt.Sprintf("%s: %v", name, err) },
				func(n int) (string, string) { return "the same goes for " + more(n), "" })
			return args, false
		}
	}
	return args, ok
}

// isWarning tells whether err is one that does not stop a merge; the recipe has told it.
func isWarning(err error) bool {
	f, ok := errors.AsType[*recipe.Fault](err)
	return ok && f.Warning
}

// scope returns the values of all parameters of a scope, and whether all that the method needs have one. Tensors
// with the same values as the one before share a map; input is the input's number, -1 for shared parameters.
func (b *builder) scope(scope recipe.Scope, input int, value func(p *recipe.Param) (float64, bool)) (map[string]float64, bool) {
	clear(b.values)
	ok := true
	for i := range b.method.Params {
		p := &b.method.Params[i]
		if p.Scope != scope || p.Inert || p.Silent { // what has no effect is no part of a plan
			continue
		}
		v, found := value(p)
		if found {
			b.values[p.Name] = v
		}
		ok = ok && (found || p.Optional)
	}
	if last, has := b.last[input]; !has || !maps.Equal(last, b.values) {
		b.last[input] = maps.Clone(b.values)
	}
	return b.last[input], ok
}

// value looks p up through levels. The second result is false where nothing gives a value, which
// is reported unless p may be absent: at the setting that has no case for name, else at pos.
func (b *builder) value(p *recipe.Param, name string, depth float64, pos recipe.Pos, model *recipe.Ref, levels ...recipe.Params) (float64, bool) {
	b.meet(p, name, levels)
	written := false
	for _, level := range levels {
		setting, has := level.Get(p.Name)
		if !has {
			continue
		}
		if !written {
			written, pos = true, setting.Pos
		}
		v, has, err := setting.At(p, name, depth)
		if err != nil {
			f, isFault := errors.AsType[*recipe.Fault](err)
			if !isFault {
				f = &recipe.Fault{Pos: setting.Pos, Code: "value", Message: err.Error()}
			}
			f.File = b.recipe.File
			b.once(fmt.Sprintf("value of %s at %d:%d", p.Name, f.Pos.Line, f.Pos.Col), func() { b.report(f) })
			return 0, false
		}
		if has {
			return v, true
		}
	}
	if !p.Required {
		return p.Default, !p.Optional
	}
	of, hint := "", "give it under parameters"
	if model != nil {
		of = " of " + model.String()
	}
	if written {
		hint = "end its list with a case without a filter"
	}
	b.once(fmt.Sprintf("no value for %s%s at %d:%d", p.Name, of, pos.Line, pos.Col), func() {
		b.fault(pos, "missing-parameter", hint, "%s needs %s%s, but it has no value for %s", b.method.Name, p.Name, of, name)
	})
	return 0, false
}
