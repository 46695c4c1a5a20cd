package compat

import (
	"context"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// A tokenID is an id in a file of a model.
type tokenID struct {
	id   int64
	what string // the token, or the key in a config
	file string
}

// specialIDs are the ids of special tokens in a model's configs, such as bos and eos.
func specialIDs(ctx context.Context, s *source.Source, config string) ([]tokenID, error) {
	texts := map[string][]byte{"config.json": s.Model.Config.Raw}
	if generation := "generation_config.json"; s.Has(generation) {
		text, err := s.Model.ReadSmall(ctx, generation)
		if err != nil {
			return nil, source.Fault(s.Ref, config, err)
		}
		texts[generation] = text
	}
	var out []tokenID
	for file, text := range texts {
		for _, key := range []string{"bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"} {
			for _, path := range []string{key, "text_config." + key} {
				for _, id := range gjson.GetBytes(text, path).Array() {
					if id.Type == gjson.Number {
						out = append(out, tokenID{id.Int(), key, file})
					}
				}
			}
		}
	}
	return out, nil
}

// ids returns the tokens listed in a model's small files. Those of tokenizer.json, which may have 20 MB, are included if it has been
// read already, is on this machine, or is the only list.
func (t *tokenizers) ids(ctx context.Context, s *source.Source) ([]tokenID, error) {
	var out []tokenID
	for _, file := range []string{"added_tokens.json", "tokenizer_config.json"} {
		if !s.Has(file) {
			continue
		}
		text, err := s.Read(ctx, file)
		if err != nil {
			return nil, source.Fault(s.Ref, t.config, err)
		}
		out = append(out, listedIDs(file, text)...)
	}
	const file = "tokenizer.json"
	known := t.known[tokenizerFile{s, file}] != nil
	if !s.Has(file) || len(out) > 0 && !known && !s.Folder {
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

// listedIDs reads the tokens of added_tokens.json with their ids, or the ids of tokenizer_config.json with their tokens.
func listedIDs(file string, text []byte) []tokenID {
	list := gjson.ParseBytes(text)
	if file == "tokenizer_config.json" {
		list = list.Get("added_tokens_decoder")
	}
	var out []tokenID
	list.ForEach(func(key, value gjson.Result) bool {
		if value.Type == gjson.Number {
			out = append(out, tokenID{value.Int(), strconv.Quote(key.String()), file})
		} else if id, err := strconv.ParseInt(key.String(), 10, 64); err == nil && value.IsObject() {
			out = append(out, tokenID{id, strconv.Quote(value.Get("content").String()), file})
		}
		return true
	})
	return out
}
