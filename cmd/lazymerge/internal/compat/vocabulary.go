package compat

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// beyondVocabulary warns of ids that config and tokenizer, which come from the donor, speak of and that the result has no row for, and
// of a config that says another number of rows: a loader, a converter or a generation trips over either.
func (m Models) beyondVocabulary(ctx context.Context, reader *tokenizers) (recipe.Faults, error) {
	all := m.Plan.Rows()
	if len(all) == 0 {
		return nil, nil
	}
	rows := slices.Max(all)
	donor := m.donor()
	var out recipe.Faults
	warn := func(hint, format string, args ...any) {
		out = append(out, m.warning(donor, "vocabulary", hint, format, args...))
	}
	if key, says := saidRows(m.resultConfig(), all); key != "" {
		of := "the result"
		if donor.Folder {
			of = donor.Name()
		}
		warn(fmt.Sprintf(`write "vocab_size": %d in config.json of %s`, rows, of),
			"config.json of %s says %s %d, and the embedding has %d rows: loaders that make tensors of the size it says refuse the weights", donor.Name(), key, says, rows)
	}
	special, err := specialIDs(ctx, donor, m.Recipe.File)
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
func (m Models) resultConfig() []byte {
	for _, f := range m.Plan.Files {
		if f.Edited != nil && f.Name == "config.json" {
			return f.Edited
		}
	}
	return m.donor().Model.Config.Raw
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

// beyondRows returns those of ids that have no row, in order, each once.
func beyondRows(ids []tokenID, rows int64) []tokenID {
	var out []tokenID
	for _, t := range ids {
		if t.id >= rows {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b tokenID) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.file, b.file), cmp.Compare(a.what, b.what))
	})
	return slices.Compact(out)
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
