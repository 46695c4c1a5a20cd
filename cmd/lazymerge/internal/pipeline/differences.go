package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// differences compares every source with the one that config and tokenizer come from, in what a
// merge of weights does not reconcile. Such a merge often loads, runs and talks garbage.
func (m *Merge) differences(ctx context.Context, reader *tokenizers) (recipe.Faults, error) {
	donor := m.Sources[m.Plan.Donor]
	var all recipe.Faults
	if !slices.ContainsFunc([]string{"tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json"}, donor.Has) {
		all = append(all, &recipe.Fault{File: m.Recipe.File, Pos: donor.Ref.Pos, Warning: true, Code: "no-tokenizer",
			Message: donor.Name() + " has no tokenizer, so the merge will have none and most loaders refuse it", Hint: "name a model that has one as base_model"})
	}
	matches := map[*source.Source]match{}
	for _, src := range m.Sources {
		if src == donor {
			continue
		}
		warn := func(code, hint, format string, args ...any) {
			all = append(all, &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Warning: true, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
		}
		what, how, err := reader.compare(ctx, donor, src)
		if err != nil {
			return nil, err
		}
		matches[src] = how
		if how == unlike {
			warn("tokenizer", "merge models that share a tokenizer, or make the vocabularies one first",
				"tokenizer: %s and %s differ in %s; the merge has that of %s, and what %s learned for other tokens is lost or garbled",
				src.Name(), donor.Name(), what, donor.Name(), src.Name())
		}
		m.compareTemplates(donor, src, warn)
		m.compareLengths(donor, src, warn)
		m.compareSettings(donor, src, warn)
		for _, k := range comparedKeys {
			a, b := k.of(donor.Model.Config), k.of(src.Model.Config)
			if a != b {
				warn(k.code, m.instead(src, k.what, k.otherwise), "%s: %s in %s and %s in %s; the merge has %s. %s", k.what, a, donor.Name(), b, src.Name(), a, k.consequence)
			}
		}
	}
	m.Aspects = m.aspects(donor, matches)
	return all, nil
}

// compareTemplates warns where the result's chat template is not the one that src was tuned with.
func (m *Merge) compareTemplates(donor, src *source.Source, warn func(code, hint, format string, args ...any)) {
	switch {
	case src.Chat == donor.Chat || src.Chat == "":
	case donor.Chat == "":
		warn("chat-template", "name a model that has the template as base_model, or add the template to the repo afterwards",
			"chat template: %s has one and %s has none, so the merge will have none", src.Name(), donor.Name())
	default:
		warn("chat-template", m.instead(src, "chat template", "write prompts in the form that "+donor.Name()+" was tuned with"), "chat template: %s and %s have different ones; the merge has that of %s, and the turn markers of %s are foreign to it",
			donor.Name(), src.Name(), donor.Name(), src.Name())
	}
}

// comparedKeys are settings that the weights were trained with and that a merge takes from one model.
var comparedKeys = []struct {
	code, what, consequence, otherwise string // otherwise: what else can be done about it
	of                                 func(plan.Config) string
}{
	{"rope", "rope", "Positions mean other angles to the other model.", "merge models that have the same rope", func(c plan.Config) string {
		theta := firstOf(c, "rope_parameters.rope_theta", "rope_theta", "text_config.rope_theta")
		scaling := firstOf(c, "rope_parameters.rope_type", "rope_scaling.rope_type", "rope_scaling.type", "text_config.rope_scaling.rope_type")
		if theta == "" && scaling == "" {
			return "none"
		}
		if scaling == "" || scaling == "default" {
			return "theta " + theta
		}
		return "theta " + theta + ", scaling " + scaling
	}},
	{"bos-eos", "bos and eos", "Generation may not end, or end at once.", "set both ids in generation_config.json of the result", func(c plan.Config) string {
		return orNone(firstOf(c, "bos_token_id", "text_config.bos_token_id")) + " and " + orNone(firstOf(c, "eos_token_id", "text_config.eos_token_id"))
	}},
}

// firstOf returns the first key that is set, as compact JSON; strings without quotes.
func firstOf(c plan.Config, keys ...string) string {
	for _, key := range keys {
		v := gjson.GetBytes(c.Raw, key)
		switch {
		case !v.Exists() || v.Type == gjson.Null:
		case v.Type == gjson.Number:
			return strconv.FormatFloat(v.Num, 'f', -1, 64) // 10000 and 10000.0 are one
		case v.Type == gjson.String:
			return v.String()
		default:
			var out bytes.Buffer
			if json.Compact(&out, []byte(v.Raw)) == nil {
				return out.String()
			}
		}
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// A tokenizer is what two tokenizers are compared by.
type tokenizer struct {
	vocab  map[string]int64
	added  map[string]int64
	merges []string
	raw    []byte // of a tokenizer.model, where there is no tokenizer.json
}

// tokenizers reads each source's tokenizer at most once, and only where files differ.
type tokenizers struct {
	config string // name of the config, for errors
	known  map[tokenizerFile]*tokenizer
}

type tokenizerFile struct {
	source *source.Source
	name   string
}

// tokenizerFiles are compared in this order; the first that both have decides.
var tokenizerFiles = []string{"tokenizer.json", "tokenizer.model"}

// compare says in what two tokenizers differ, where they do.
func (t *tokenizers) compare(ctx context.Context, a, b *source.Source) (string, match, error) {
	for _, file := range tokenizerFiles {
		if !a.Has(file) || !b.Has(file) {
			continue
		}
		if same(a, b, file) {
			return "", equal, nil
		}
		x, err := t.read(ctx, a, file)
		if err != nil {
			return "", notCompared, err
		}
		y, err := t.read(ctx, b, file)
		if err != nil {
			return "", notCompared, err
		}
		if what := x.differ(y); what != "" {
			return what, unlike, nil
		}
		return "", equal, nil
	}
	return "", notCompared, nil
}

// same tells whether the Hub knows the file as one and the same in both; then nobody need read it.
func same(a, b *source.Source, file string) bool {
	f, ok1 := a.Stored(file)
	g, ok2 := b.Stored(file)
	return ok1 && ok2 && f.OID != "" && f.OID == g.OID && f.Size == g.Size
}

func (t *tokenizers) read(ctx context.Context, s *source.Source, file string) (*tokenizer, error) {
	key := tokenizerFile{s, file}
	if known := t.known[key]; known != nil {
		return known, nil
	}
	raw, err := s.Model.ReadSmall(ctx, file)
	if err != nil {
		return nil, source.Fault(s.Ref, t.config, err)
	}
	tok := &tokenizer{raw: raw}
	if file == "tokenizer.json" {
		tok = parseTokenizer(raw)
	}
	t.known[key] = tok
	return tok, nil
}

// parseTokenizer takes what decides ids and splits out of a tokenizer.json.
func parseTokenizer(raw []byte) *tokenizer {
	t := &tokenizer{vocab: map[string]int64{}, added: map[string]int64{}}
	vocab := gjson.GetBytes(raw, "model.vocab")
	next := int64(0)
	vocab.ForEach(func(key, value gjson.Result) bool {
		if vocab.IsArray() { // Unigram: pairs of token and score
			t.vocab[value.Get("0").String()] = next
			next++
			return true
		}
		t.vocab[key.String()] = value.Int()
		return true
	})
	for _, a := range gjson.GetBytes(raw, "added_tokens").Array() {
		t.added[a.Get("content").String()] = a.Get("id").Int()
	}
	for _, pair := range gjson.GetBytes(raw, "model.merges").Array() {
		if pair.IsArray() { // the newer of two forms
			t.merges = append(t.merges, pair.Get("0").String()+" "+pair.Get("1").String())
			continue
		}
		t.merges = append(t.merges, pair.String())
	}
	return t
}

// differ says in what t and o differ.
func (t *tokenizer) differ(o *tokenizer) string {
	if t.raw != nil || o.raw != nil {
		if bytes.Equal(t.raw, o.raw) {
			return ""
		}
		return "tokenizer.model"
	}
	var words []string
	if n := unequal(t.vocab, o.vocab); n > 0 {
		words = append(words, "the ids of "+say.N(n, "token"))
	}
	if n := unequal(t.added, o.added); n > 0 {
		words = append(words, say.N(n, "added token"))
	}
	if !slices.Equal(t.merges, o.merges) {
		words = append(words, "merges")
	}
	if len(words) == 0 {
		return ""
	}
	return say.List(words)
}

// unequal counts the tokens that only one has, or that have other ids.
func unequal(a, b map[string]int64) int {
	n := 0
	for token, id := range a {
		if other, ok := b[token]; !ok || other != id {
			n++
		}
	}
	for token := range maps.Keys(b) {
		if _, ok := a[token]; !ok {
			n++
		}
	}
	return n
}
