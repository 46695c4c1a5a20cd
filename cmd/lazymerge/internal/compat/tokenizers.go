package compat

import (
	"bytes"
	"context"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// A tokenizer is the part of a tokenizer that is compared.
type tokenizer struct {
	vocab  map[string]int64
	added  map[string]int64
	merges []string
	raw    []byte // of a tokenizer.model
}

// tokenizers caches tokenizers. Each is read at most once, and only if the files differ.
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

// tokenizerFiles are compared in this order; the first that both models have decides.
var tokenizerFiles = []string{"tokenizer.json", "tokenizer.model"}

// A match is how the tokenizers of two models compare.
type match struct {
	compared bool   // they have a file in common
	what     string // differs; "" for nothing
}

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

func (t *tokenizers) compare(ctx context.Context, a, b *source.Source) (match, error) {
	for _, file := range tokenizerFiles {
		if !a.Has(file) || !b.Has(file) {
			continue
		}
		if same(a, b, file) {
			return match{compared: true}, nil
		}
		x, err := t.read(ctx, a, file)
		if err != nil {
			return match{}, err
		}
		y, err := t.read(ctx, b, file)
		if err != nil {
			return match{}, err
		}
		return match{true, x.differ(y)}, nil
	}
	return match{}, nil
}

// same reports whether a file is the same in both repos by what the Hub says, without reading it.
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

// parseTokenizer reads from a tokenizer.json what decides ids and splits.
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
		if pair.IsArray() { // the newer form
			t.merges = append(t.merges, pair.Get("0").String()+" "+pair.Get("1").String())
			continue
		}
		t.merges = append(t.merges, pair.String())
	}
	return t
}

// differ says in what t and o differ; "" for nothing.
func (t *tokenizer) differ(o *tokenizer) string {
	var words []string
	if !bytes.Equal(t.raw, o.raw) {
		words = append(words, "tokenizer.model")
	}
	if n := unequal(t.vocab, o.vocab); n > 0 {
		words = append(words, "the ids of "+say.N(n, "token"))
	}
	if n := unequal(t.added, o.added); n > 0 {
		words = append(words, say.N(n, "added token"))
	}
	if !slices.Equal(t.merges, o.merges) {
		words = append(words, "merges")
	}
	return say.List(words)
}

// unequal counts the tokens that only one has, or that have different ids.
func unequal(a, b map[string]int64) int {
	n := len(b)
	for token, id := range a {
		switch other, ok := b[token]; {
		case !ok:
			n++
		case other == id:
			n--
		}
	}
	return n
}
