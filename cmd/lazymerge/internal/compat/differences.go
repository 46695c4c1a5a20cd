package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// comparedKeys are settings that the weights were trained with and that a merge takes from one model.
var comparedKeys = []struct {
	code, what, consequence, hint string
	of                            func(plan.Config) string
}{
	{"context-length", "context length", "It may not understand text beyond the shorter length.", "keep prompts within the shorter of the two", func(c plan.Config) string {
		return say.OrNone(configText(c, "max_position_embeddings", "text_config.max_position_embeddings", "n_positions"))
	}},
	{"rope", "rope", "The other model encodes positions differently.", "merge models with the same rope", func(c plan.Config) string {
		theta := configText(c, "rope_parameters.rope_theta", "rope_theta", "text_config.rope_theta")
		scaling := configText(c, "rope_parameters.rope_type", "rope_scaling.rope_type", "rope_scaling.type", "text_config.rope_scaling.rope_type")
		if theta == "" && scaling == "" {
			return "none"
		}
		if scaling == "" || scaling == "default" {
			return "theta " + theta
		}
		return "theta " + theta + ", scaling " + scaling
	}},
	{"bos-eos", "bos and eos", "Generation may never stop, or stop at once.", "set both ids in the result's generation_config.json", func(c plan.Config) string {
		return say.OrNone(configText(c, "bos_token_id", "text_config.bos_token_id")) + " and " + say.OrNone(configText(c, "eos_token_id", "text_config.eos_token_id"))
	}},
}

// configText returns the first key that is set, as compact JSON; strings without quotes.
func configText(c plan.Config, keys ...string) string {
	for _, key := range keys {
		v := gjson.GetBytes(c.Raw, key)
		switch v.Type {
		case gjson.Null: // or absent
		case gjson.Number:
			return strconv.FormatFloat(v.Num, 'f', -1, 64) // 10000 and 10000.0 are equal
		default:
			return canonical(v)
		}
	}
	return ""
}

// differences warns of everything in which a source differs from the donor. matches says how their tokenizers compare.
func (m Models) differences(matches map[*source.Source]match) recipe.Faults {
	donor := m.donor()
	var all recipe.Faults
	warn := func(src *source.Source, code, hint, format string, args ...any) {
		all = append(all, m.warning(src, code, hint, format, args...))
	}
	if !slices.ContainsFunc([]string{"tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json"}, donor.Has) {
		warn(donor, "no-tokenizer", "set base_model to a model that has one", "%s has no tokenizer, so the merge will not have one and most loaders will reject it", donor.Name())
	}
	ours := donor.Name()
	for _, src := range m.Sources {
		theirs := src.Name()
		if what := matches[src].what; what != "" {
			warn(src, "tokenizer", "merge models that share a tokenizer, or unify the vocabularies first",
				"tokenizer: %s and %s differ in %s; the merge uses %s's, so what %s learned for other tokens is lost or garbled", theirs, ours, what, ours, theirs)
		}
		switch {
		case src.Chat == donor.Chat || src.Chat == "":
		case donor.Chat == "":
			warn(src, "chat-template", "set base_model to a model that has the template, or add the template to the repo afterward",
				"chat template: %s has one but %s does not, so the merge will not have one", theirs, ours)
		default:
			warn(src, "chat-template", m.instead(src, "chat template", "write prompts in the format of "+ours),
				"chat template: %s and %s have different ones; the merge uses %s's and ignores the turn markers of %s", ours, theirs, ours, theirs)
		}
		if differ := m.differingSettings(src); len(differ) > 0 {
			var keys, means []string
			for _, d := range differ {
				if d.a != "" && d.b != "" {
					d.key += fmt.Sprintf(" (%s and %s)", d.a, d.b)
				}
				keys = append(keys, d.key)
				if !slices.Contains(means, d.means) {
					means = append(means, d.means)
				}
			}
			warn(src, "config", m.instead(src, "config", "merge models with the same settings"), "config: %s and %s differ in %s; the merge uses the values of %s. %s",
				ours, theirs, firstOf(keys, 6), ours, strings.Join(means, " "))
		}
		for _, k := range comparedKeys {
			if a, b := k.of(donor.Model.Config), k.of(src.Model.Config); a != b {
				warn(src, k.code, m.instead(src, k.what, k.hint), "%s: %s in %s, but %s in %s; the merge uses %s. %s", k.what, a, ours, b, theirs, a, k.consequence)
			}
		}
	}
	return all
}
