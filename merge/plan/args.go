package plan

import (
	"errors"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// arguments resolves the method's parameters for one output tensor. Shared parameters are looked
// up under the output's name, those of a model under the name that the tensor has there.
// The levels, highest first: the model's own, the slice's, the recipe's, the default.
//
// Source: mergekit 0.1.5, config.py, ConfigReader.parameter.
func (b *builder) arguments(s recipe.Slice, name string, depth float64, inputs []input) (recipe.Args, bool) {
	args := recipe.Args{Shared: map[string]float64{}, PerModel: make([]map[string]float64, len(inputs)), Base: -1}
	if b.method.Base != recipe.BaseIgnored {
		if base := b.base(s); base != nil {
			for i, in := range inputs {
				if in.source.Model.Same(*base) {
					args.Base = i
				}
			}
		}
	}
	ok := true
	for i := range b.method.Params {
		p := &b.method.Params[i]
		if p.Scope == recipe.Shared {
			if v, has := b.value(p, name, depth, b.recipe.MethodPos, "", s.Parameters, b.recipe.Parameters); has {
				args.Shared[p.Name] = v
			} else if !p.Optional {
				ok = false
			}
			continue
		}
		for j, in := range inputs {
			if j == args.Base {
				continue
			}
			if args.PerModel[j] == nil {
				args.PerModel[j] = map[string]float64{}
			}
			v, has := b.value(p, in.name, depth, in.source.Pos, in.source.Model.String(), in.source.Parameters, s.Parameters, b.recipe.Parameters)
			if has {
				args.PerModel[j][p.Name] = v
			} else if !p.Optional {
				ok = false
			}
		}
	}
	if ok && b.method.Check != nil {
		if err := b.method.Check(args); err != nil {
			b.once(err.Error(), func() { b.fault(b.recipe.MethodPos, "values", "", "%s: %v", name, err) })
			return args, false
		}
	}
	return args, ok
}

// value looks p up through levels. The second result is false where nothing gives a value, which
// is reported at pos unless p may be absent.
func (b *builder) value(p *recipe.Param, name string, depth float64, pos recipe.Pos, model string, levels ...recipe.Params) (float64, bool) {
	written := false
	for _, level := range levels {
		setting, has := level.Get(p.Name)
		if !has {
			continue
		}
		written = true
		v, has, err := setting.At(p, name, depth)
		if err != nil {
			f, isFault := errors.AsType[*recipe.Fault](err)
			if !isFault {
				f = &recipe.Fault{Pos: setting.Pos, Code: "value", Message: err.Error()}
			}
			f.File = b.recipe.File
			b.report(f)
			return 0, false
		}
		if has {
			return v, true
		}
	}
	if p.Required {
		of := ""
		if model != "" {
			of = " of " + model
		}
		hint := "give it under parameters"
		if written {
			hint = "end its list with a case that has no filter"
		}
		b.missingValue(pos, p.Name+of, hint, name)
		return 0, false
	}
	return p.Default, !p.Optional
}

// missingValue reports a parameter without a value once, with the first tensor that lacks it.
func (b *builder) missingValue(pos recipe.Pos, what, hint, tensor string) {
	b.once("no value for "+what, func() {
		b.fault(pos, "missing-parameter", hint, "%s needs %s, and nothing gives a value for %s", b.method.Name, what, tensor)
	})
}
