package compat

import (
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// An Aspect is something that the models of a merge should have in common. What the models have is
// compared with what the result takes from one of them.
type Aspect struct {
	What   string         `json:"what"`             // "architecture", "vocabulary", "bos and eos", "rope", "tied embeddings", "chat template", "context length", "config"
	Value  string         `json:"value"`            // of the result, in a few words; may be empty
	Others []AspectSource `json:"others,omitempty"` // the sources that have something else
}

// AspectSource is a source that differs from the result.
type AspectSource struct {
	Source int    `json:"source"` // index into the plan's sources
	Value  string `json:"value"`  // what it has; may be empty
}

// aspects compares all sources with the donor; matches has how their tokenizers compare. What cannot be compared is left
// out, and so is all of a merge of one model.
func (m Models) aspects(matches map[*source.Source]match) []Aspect {
	donor := m.donor()
	if len(m.Sources) < 2 {
		return nil
	}
	of := func(what, value string, other func(*source.Source) (string, bool)) Aspect {
		a := Aspect{What: what, Value: value}
		for i, src := range m.Sources {
			if src == donor {
				continue
			}
			if value, differs := other(src); differs {
				a.Others = append(a.Others, AspectSource{i, value})
			}
		}
		return a
	}
	key := func(what string, value func(plan.Config) string) Aspect {
		has := value(donor.Model.Config)
		return of(what, has, func(s *source.Source) (string, bool) {
			v := value(s.Model.Config)
			return v, v != has
		})
	}
	all := []Aspect{key("architecture", func(c plan.Config) string { return c.Architecture })}
	if !slices.ContainsFunc(m.Sources, func(s *source.Source) bool { return s != donor && matches[s].kind == notCompared }) {
		all = append(all, of("vocabulary", vocabularySize(donor), func(s *source.Source) (string, bool) { return vocabularySize(s), matches[s].kind == unlike }))
	}
	for _, k := range comparedKeys {
		all = append(all, key(k.what, k.of))
	}
	all = append(all, m.tied())
	all = append(all, of("chat template", templateWord(donor), func(s *source.Source) (string, bool) { return templateWord(s), s.Chat != donor.Chat }))
	if lengths := key("context length", contextLength); len(lengths.Others) > 0 { // seldom, and not worth a word where it is the same
		all = append(all, lengths)
	}
	config := of("config", "", func(s *source.Source) (string, bool) {
		differ := m.differingSettings(s)
		var words []string
		for _, d := range differ {
			words = append(words, strings.TrimSpace(d.key+" "+d.b))
		}
		return strings.Join(words, ", "), len(differ) > 0
	})
	if len(config.Others) > 0 {
		all = append(all, config)
	}
	return all
}

// tied compares the sources with the result, which is tied like the donor unless it has a head of its own.
func (m Models) tied() Aspect {
	word := map[bool]string{true: "yes", false: "no"}
	tied := m.donor().Model.Config.Tied && !m.Plan.HasHead()
	a := Aspect{What: "tied embeddings", Value: word[tied]}
	for i, src := range m.Sources {
		if src.Model.Config.Tied != tied {
			a.Others = append(a.Others, AspectSource{i, word[!tied]})
		}
	}
	return a
}

func vocabularySize(s *source.Source) string {
	return firstOf(s.Model.Config, "vocab_size", "text_config.vocab_size")
}

func templateWord(s *source.Source) string {
	if s.Chat == "" {
		return "none"
	}
	return "one"
}
