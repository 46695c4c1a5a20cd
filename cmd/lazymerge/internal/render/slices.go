package render

import (
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// slices are the layers of a result, unless they are whole models in place.
func (m Merge) slices() []card.Slice {
	if m.Recipe.Form != recipe.FormSlices {
		return nil
	}
	index := map[string]int{}
	for i, src := range m.Sources {
		index[src.Ref.String()] = i
	}
	var out []card.Slice
	at := 0
	for _, s := range m.Recipe.Slices {
		n := s.Sources[0].Layers.End - s.Sources[0].Layers.First
		one := card.Slice{First: at, End: at + n}
		for _, src := range s.Sources {
			one.Parts = append(one.Parts, card.Part{Model: index[src.Model.String()], First: src.Layers.First, End: src.Layers.End})
		}
		out = append(out, one)
		at += n
	}
	if len(out) == 1 && m.inPlace(out[0]) {
		return nil
	}
	return out
}

// inPlace reports whether a slice covers all layers of every model in it.
func (m Merge) inPlace(s card.Slice) bool {
	return !slices.ContainsFunc(s.Parts, func(p card.Part) bool {
		return p.First != 0 || p.End != m.Sources[p.Model].Model.Config.Layers
	})
}
