package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// complete fills in what stands for a tensor in the sources that lack it, so that there is one input for each
// source, in their order. A tied head is read from the embedding, and a tensor that two names share from the other
// name; anything else that is missing is a fault. Poolers do not come here.
func (b *builder) complete(s *slice, name string, have []input, own func(i int) string) ([]input, bool) {
	var all []input
	ok := true
	for i := range s.sources {
		src := &s.sources[i]
		at := slices.IndexFunc(have, func(in input) bool { return in.source == src })
		if at >= 0 {
			all = append(all, have[at])
			continue
		}
		if t, found := standIn(src, name); found {
			all = append(all, input{src, t, name})
			continue
		}
		ok = false
		if !b.unfit[src.index] && !b.unfit[have[0].source.index] {
			b.missing(src.Model, own(i), have[0].source.Model)
		}
	}
	return all, ok
}

// sharedNames are tensors of which some files have both names and others one, as they are one tensor.
var sharedNames = [][2]string{
	{"predictions.decoder.bias", "predictions.bias"},
	{"lm_head.decoder.bias", "lm_head.bias"},
	{"encoder.embed_tokens.weight", "shared.weight"},
	{"decoder.embed_tokens.weight", "shared.weight"},
}

// standIn is the tensor that src uses in the place of name, which it lacks.
func standIn(src *source, name string) (Stored, bool) {
	if isHead(name) {
		if !src.model.Config.Tied {
			return Stored{}, false
		}
		for _, pre := range src.layout.pre {
			if isEmbedding(pre) {
				return src.model.Tensors[pre], true
			}
		}
		return Stored{}, false
	}
	for _, pair := range sharedNames {
		for i := range pair {
			if head, ok := strings.CutSuffix(name, pair[i]); ok && (head == "" || strings.HasSuffix(head, ".")) {
				if t, ok := src.model.Tensors[head+pair[1-i]]; ok {
					return t, true
				}
			}
		}
	}
	return Stored{}, false
}

// missing reports a tensor that ref lacks and owner has.
func (b *builder) missing(ref recipe.Ref, name string, owner recipe.Ref) {
	b.note(tallyKey{pos: ref.Pos, code: "missing-tensor", about: ref.String()},
		func() string { return fmt.Sprintf("%s has no tensor for %s, which %s has", ref, name, owner) },
		func(n int) (string, string) {
			return fmt.Sprintf("%s lacks %s", ref, more(n)), fmt.Sprintf("leave %s out, or name a model that has the same tensors as %s", ref, owner)
		})
}
