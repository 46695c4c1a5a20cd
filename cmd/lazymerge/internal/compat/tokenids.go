package compat

import (
	"context"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// A tokenID is an id that a file of a model speaks of.
type tokenID struct {
	id   int64
	what string // the token, or the key in a config
	file string
}

// specialIDs are the ids that a model's configs have for the begin and end of texts and the like.
func specialIDs(ctx context.Context, s *source.Source, config string) ([]tokenID, error) {
	texts := []struct {
		file string
		text []byte
	}{{"config.json", s.Model.Config.Raw}}
	if generation := "generation_config.json"; s.Has(generation) {
		text, err := s.Model.ReadSmall(ctx, generation)
		if err != nil {
			return nil, source.Fault(s.Ref, config, err)
		}
		texts = append(texts, struct {
			file string
			text []byte
		}{generation, text})
	}
	var out []tokenID
	for _, t := range texts {
		for _, key := range []string{"bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"} {
			for _, path := range []string{key, "text_config." + key} {
				for _, id := range gjson.GetBytes(t.text, path).Array() {
					if id.Type == gjson.Number {
						out = append(out, tokenID{id.Int(), key, t.file})
					}
				}
			}
		}
	}
	return out, nil
}

// ids returns the tokens of a model that files of some kB list, and those of tokenizer.json where that is read anyway, costs nothing, or is
// the only one that has them. It has up to 20 MB.
func (t *tokenizers) ids(ctx context.Context, s *source.Source) ([]tokenID, error) {
	var out []tokenID
	listed := false
	for _, f := range []struct {
		name string
		ids  func([]byte) []tokenID
	}{{"added_tokens.json", addedIDs}, {"tokenizer_config.json", decoderIDs}} {
		if !s.Has(f.name) {
			continue
		}
		text, err := s.Read(ctx, f.name)
		if err != nil {
			return nil, source.Fault(s.Ref, t.config, err)
		}
		ids := f.ids(text)
		listed = listed || len(ids) > 0
		for i := range ids {
			ids[i].file = f.name
		}
		out = append(out, ids...)
	}
	const file = "tokenizer.json"
	known := t.known[tokenizerFile{s, file}] != nil
	if !s.Has(file) || listed && !known && !s.Folder {
		return out, nil
	}
	tok, err := t.read(ctx, s, file)
	if err != nil {
		return nil, err
	}
	for _, ids := range []map[string]int64{tok.vocab, tok.added} {
		for token, id := range ids {
			out = append(out, tokenID{id, strconv.Quote(token), file})
		}
	}
	return out, nil
}

// addedIDs reads added_tokens.json: tokens with their ids.
func addedIDs(text []byte) []tokenID {
	var out []tokenID
	gjson.ParseBytes(text).ForEach(func(token, id gjson.Result) bool {
		if id.Type == gjson.Number {
			out = append(out, tokenID{id: id.Int(), what: strconv.Quote(token.String())})
		}
		return true
	})
	return out
}

// decoderIDs reads the added tokens of tokenizer_config.json: ids with their tokens.
func decoderIDs(text []byte) []tokenID {
	var out []tokenID
	gjson.GetBytes(text, "added_tokens_decoder").ForEach(func(id, token gjson.Result) bool {
		if n, err := strconv.ParseInt(id.String(), 10, 64); err == nil {
			out = append(out, tokenID{id: n, what: strconv.Quote(token.Get("content").String())})
		}
		return true
	})
	return out
}
