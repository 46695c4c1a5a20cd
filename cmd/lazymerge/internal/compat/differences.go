package compat

import (
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// differences warns of what the sources have otherwise than the donor. matches has how their tokenizers compare with its.
func (m Models) differences(matches map[*source.Source]match) recipe.Faults {
	donor := m.donor()
	var all recipe.Faults
	if !slices.ContainsFunc([]string{"tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json"}, donor.Has) {
		all = append(all, m.warning(donor, "no-tokenizer", "name a model that has one as base_model", "%s has no tokenizer, so the merge will have none and most loaders refuse it", donor.Name()))
	}
	for _, src := range m.Sources {
		if src == donor {
			continue
		}
		if how := matches[src]; how.kind == unlike {
			all = append(all, m.warning(src, "tokenizer", "merge models that share a tokenizer, or make the vocabularies one first",
				"tokenizer: %s and %s differ in %s; the merge has that of %s, and what %s learned for other tokens is lost or garbled",
				src.Name(), donor.Name(), how.what, donor.Name(), src.Name()))
		}
		all = append(all, m.compareTemplates(src)...)
		all = append(all, m.compareLengths(src)...)
		all = append(all, m.compareSettings(src)...)
		for _, k := range comparedKeys {
			a, b := k.of(donor.Model.Config), k.of(src.Model.Config)
			if a != b {
				all = append(all, m.warning(src, k.code, m.instead(src, k.what, k.otherwise), "%s: %s in %s and %s in %s; the merge has %s. %s", k.what, a, donor.Name(), b, src.Name(), a, k.consequence))
			}
		}
	}
	return all
}

// compareTemplates warns where the result's chat template is not the one that src was tuned with.
func (m Models) compareTemplates(src *source.Source) recipe.Faults {
	donor := m.donor()
	switch {
	case src.Chat == donor.Chat || src.Chat == "":
		return nil
	case donor.Chat == "":
		return recipe.Faults{m.warning(src, "chat-template", "name a model that has the template as base_model, or add the template to the repo afterwards",
			"chat template: %s has one and %s has none, so the merge will have none", src.Name(), donor.Name())}
	}
	return recipe.Faults{m.warning(src, "chat-template", m.instead(src, "chat template", "write prompts in the form that "+donor.Name()+" was tuned with"),
		"chat template: %s and %s have different ones; the merge has that of %s, and the turn markers of %s are foreign to it",
		donor.Name(), src.Name(), donor.Name(), src.Name())}
}

// compareLengths warns where the result is said to read another number of tokens than src.
func (m Models) compareLengths(src *source.Source) recipe.Faults {
	donor := m.donor()
	a, b := contextLength(donor.Model.Config), contextLength(src.Model.Config)
	if a == b {
		return nil
	}
	return recipe.Faults{m.warning(src, "context-length", m.instead(src, "context length", "keep prompts within the shorter of the two"),
		"context length: %s in %s and %s in %s; the merge has %s, and may not understand what lies beyond the shorter", a, donor.Name(), b, src.Name(), a)}
}
