package compat

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// A tokenizer is what two tokenizers are compared by.
type tokenizer struct {
	vocab  map[string]int64
	added  map[string]int64
	merges []string
	raw    []byte // of a tokenizer.model, where there is no tokenizer.json
}

// tokenizers is a cache: it reads each source's tokenizer at most once, and only where files differ.
type tokenizers struct {
	config string // name of the config, for errors
	known  map[tokenizerFile]*tokenizer
}

func newTokenizers(config string) *tokenizers {
	return &tokenizers{config: config, known: map[tokenizerFile]*tokenizer{}}
}

type tokenizerFile struct {
	source *source.Source
	name   string
}

// tokenizerFiles are compared in this order; the first that both have decides.
var tokenizerFiles = []string{"tokenizer.json", "tokenizer.model"}

// A match is how the tokenizers of two models compare.
type match struct {
	kind matchKind
	what string // in what they differ; "" where they do not, or are not compared
}

type matchKind int

const (
	notCompared matchKind = iota // they have no file in common
	equal
	unlike
)

// matches compares all sources but donor with it.
func (t *tokenizers) matches(ctx context.Context, donor *source.Source, sources []*source.Source) (map[*source.Source]match, error) {
	out := map[*source.Source]match{}
	for _, src := range sources {
		if src == donor {
			continue
		}
		how, err := t.compare(ctx, donor, src)
		if err != nil {
			return nil, err
		}
		out[src] = how
	}
	return out, nil
}

// compare says how two tokenizers compare.
func (t *tokenizers) compare(ctx context.Context, a, b *source.Source) (match, error) {
	for _, file := range tokenizerFiles {
		if !a.Has(file) || !b.Has(file) {
			continue
		}
		if same(a, b, file) {
			return match{kind: equal}, nil
		}
		x, err := t.read(ctx, a, file)
		if err != nil {
			return match{}, err
		}
		y, err := t.read(ctx, b, file)
		if err != nil {
			return match{}, err
		}
		if what := x.differ(y); what != "" {
			return match{unlike, what}, nil
		}
		return match{kind: equal}, nil
	}
	return match{kind: notCompared}, nil
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
