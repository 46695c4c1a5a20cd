package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// isPooler tells whether name belongs to a pooler, which lies on top of an encoder and which one of two models of an architecture
// may lack.
func isPooler(name string) bool { return slices.Contains(strings.Split(name, "."), "pooler") }

// pooler plans a tensor of a pooler that some of the models lack. The donor decides, as its config goes with the result: a pooler
// that it lacks is left out, and one that it has is copied.
func (b *builder) pooler(s *slice, name string, inputs []input) {
	from := s.leading(inputs)
	for _, in := range inputs {
		if in.source.index == b.donor {
			from = in
		}
	}
	has := func(index int) bool {
		return slices.ContainsFunc(inputs, func(in input) bool { return in.source.index == index })
	}
	lacking := s.sources[slices.IndexFunc(s.sources, func(src source) bool { return !has(src.index) })]
	part := name[:max(strings.LastIndexByte(name, '.'), 0)] // weight and bias are told together
	_, kept := b.models[b.donor].Tensors[name]
	becomes, hint := fmt.Sprintf("left out, as %s has none", b.refs[b.donor]), fmt.Sprintf("write \"base_model: %s\" to keep it", from.source.Model)
	if kept {
		becomes, hint = fmt.Sprintf("copied from %s", from.source.Model), fmt.Sprintf("write \"base_model: %s\" to leave it out", lacking.Model)
	}
	if b.method.Base != recipe.BaseIgnored { // the base does more there than to give config and tokenizer
		hint = ""
	}
	b.warn(lacking.Model.Pos, "pooler", hint, "%s has a pooler, %s, and %s has none: it is %s", inputs[0].source.Model, part, lacking.Model, becomes)
	if !kept {
		return
	}
	if !from.stored.DType.Float() {
		b.copy(name, from.source.index, from.stored)
		return
	}
	b.through(name, from, b.resultType([]input{from}))
}
