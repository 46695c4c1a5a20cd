package compat

import (
	"maps"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// An Aspect is something the models of a merge should have in common. Each model is compared with what the result takes from one of them.
type Aspect struct {
	What   string         `json:"what"`             // "architecture", "vocabulary", "bos and eos", "rope", "tied embeddings", "chat template", "context length", "config"
	Value  string         `json:"value"`            // of the result, in a few words; may be empty
	Others []AspectSource `json:"others,omitempty"` // the sources that differ
}

// AspectSource is a source that differs from the result.
type AspectSource struct {
	Source int    `json:"source"` // index into the plan's sources
	Value  string `json:"value"`  // may be empty
}

// aspects compares all sources with the result; matches says how their tokenizers compare. It leaves out what cannot be compared,
// and everything for a single model.
func (m Models) aspects(matches map[*source.Source]match) []Aspect {
	donor := m.donor()
	if len(m.Sources) < 2 {
		return nil
	}
	var all []Aspect
	add := func(what, value string, other func(*source.Source) (value string, differs bool)) {
		a := Aspect{What: what, Value: value}
		for i, src := range m.Sources {
			if value, differs := other(src); differs {
				a.Others = append(a.Others, AspectSource{i, value})
			}
		}
		if len(a.Others) > 0 || what != "context length" && what != "config" { // only worth a word where they differ
			all = append(all, a)
		}
	}
	key := func(what string, value func(plan.Config) string) {
		ours := value(donor.Model.Config)
		add(what, ours, func(s *source.Source) (string, bool) {
			v := value(s.Model.Config)
			return v, v != ours
		})
	}
	key("architecture", func(c plan.Config) string { return c.Architecture })
	if !slices.ContainsFunc(slices.Collect(maps.Values(matches)), func(m match) bool { return !m.compared }) {
		add("vocabulary", vocabularySize(donor), func(s *source.Source) (string, bool) { return vocabularySize(s), matches[s].what != "" })
	}
	for _, k := range comparedKeys {
		key(k.what, k.of)
	}
	word := map[bool]string{true: "yes", false: "no"}
	tied := donor.Model.Config.Tied && !m.Plan.HasHead() // a result with its own head is never tied
	add("tied embeddings", word[tied], func(s *source.Source) (string, bool) { return word[!tied], s.Model.Config.Tied != tied })
	add("chat template", templateWord(donor), func(s *source.Source) (string, bool) { return templateWord(s), s.Chat != donor.Chat })
	add("config", "", func(s *source.Source) (string, bool) {
		var words []string
		for _, d := range m.differingSettings(s) {
			words = append(words, strings.TrimSpace(d.key+" "+d.b))
		}
		return strings.Join(words, ", "), len(words) > 0
	})
	return all
}

func vocabularySize(s *source.Source) string {
	return configText(s.Model.Config, "vocab_size", "text_config.vocab_size")
}

func templateWord(s *source.Source) string {
	return map[bool]string{false: "none", true: "one"}[s.Chat != ""]
}
