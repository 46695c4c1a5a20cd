package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A tokenID is an id that a file of a model speaks of.
type tokenID struct {
	id   int64
	what string // the token, or the key in a config
	file string
}

// beyondVocabulary warns of ids that config and tokenizer, which come from the donor, speak of and that the result has no row for, and
// of a config that says another number of rows: a loader, a converter or a generation trips over either.
func (m *Merge) beyondVocabulary(ctx context.Context, reader *tokenizers) (recipe.Faults, error) {
	all := m.Plan.Rows()
	if len(all) == 0 {
		return nil, nil
	}
	rows := slices.Max(all)
	donor := m.Sources[m.Plan.Donor]
	var out recipe.Faults
	warn := func(hint, format string, args ...any) {
		out = append(out, &recipe.Fault{File: m.Recipe.File, Pos: donor.Ref.Pos, Warning: true, Code: "vocabulary", Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	if key, says := saidRows(m.resultConfig(), all); key != "" {
		of := "the result"
		if donor.Folder {
			of = donor.Name()
		}
		warn(fmt.Sprintf(`write "vocab_size": %d in config.json of %s`, rows, of),
			"config.json of %s says %s %d, and the embedding has %d rows: loaders that make tensors of the size it says refuse the weights", donor.Name(), key, says, rows)
	}
	special, err := specialIDs(ctx, donor, m.setup.name())
	if err != nil {
		return nil, err
	}
	tokens, err := reader.ids(ctx, donor)
	if err != nil {
		return nil, err
	}
	special, tokens = beyondRows(special, rows), beyondRows(tokens, rows)
	var beyond, means []string
	if len(tokens) > 0 {
		beyond, means = append(beyond, tokenWords(tokens)), append(means, "A text with such a token stops the model, and converters refuse it.")
	}
	if len(special) > 0 {
		beyond, means = append(beyond, keyWords(special)), append(means, "Loaders refuse such a pad token, and an end that cannot be generated never comes.")
	}
	if len(beyond) == 0 {
		return out, nil
	}
	hint := "give " + donor.Name() + " rows for them first (resize_token_embeddings in transformers), or take them out of its files"
	if m.Plan.CutRows > 0 {
		hint = "name a model without these tokens as base_model, so that config and tokenizer come from it"
	}
	warn(hint, "the merge has %d rows, for the ids 0 to %d, and %s has others: %s. %s",
		rows, rows-1, donor.Name(), strings.Join(beyond, "; "), strings.Join(means, " "))
	return out, nil
}

// resultConfig is config.json as the result will have it.
func (m *Merge) resultConfig() []byte {
	for _, f := range m.Plan.Files {
		if f.Edited != nil && f.Name == "config.json" {
			return f.Edited
		}
	}
	return m.Sources[m.Plan.Donor].Model.Config.Raw
}

// saidRows returns the key of a vocabulary's size and what it says, where that is none of rows; else "".
func saidRows(config []byte, rows []int64) (key string, says int64) {
	for _, k := range []string{"vocab_size", "text_config.vocab_size", "llm_config.vocab_size"} {
		v := gjson.GetBytes(config, k)
		if v.Type != gjson.Number {
			continue
		}
		n := v.Int()
		if multiple := gjson.GetBytes(config, "pad_vocab_size_multiple").Int(); multiple > 0 {
			n = (n + multiple - 1) / multiple * multiple // as Mamba makes its embedding
		}
		if slices.Contains(rows, n) {
			return "", 0
		}
		if key == "" {
			key, says = k, v.Int()
		}
	}
	return key, says
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

// beyondRows returns those of ids that have no row, in order, each once.
func beyondRows(ids []tokenID, rows int64) []tokenID {
	ids = slices.DeleteFunc(ids, func(t tokenID) bool { return t.id < rows })
	slices.SortFunc(ids, func(a, b tokenID) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.file, b.file), cmp.Compare(a.what, b.what))
	})
	return slices.Compact(ids)
}

// tokenWords names the first few of tokens, each id once, and the files that have them.
func tokenWords(tokens []tokenID) string {
	const most = 3
	var names, files []string
	for _, t := range tokens {
		if !slices.Contains(files, t.file) {
			files = append(files, t.file)
		}
	}
	slices.Sort(files)
	tokens = slices.CompactFunc(slices.Clone(tokens), func(a, b tokenID) bool { return a.id == b.id })
	for _, t := range tokens[:min(most, len(tokens))] {
		names = append(names, fmt.Sprintf("%d (%s)", t.id, t.what))
	}
	if more := len(tokens) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return say.List(names) + " in " + say.List(files)
}

// keyWords names keys of configs with their ids.
func keyWords(keys []tokenID) string {
	var words []string
	for _, k := range keys {
		words = append(words, fmt.Sprintf("%s %d in %s", k.what, k.id, k.file))
	}
	return say.List(words)
}
