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

// beyondVocabulary warns of ids in the donor's config and tokenizer that the result has no row for, and of a config with a wrong number
// of rows. Either breaks loaders, converters or generation.
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
		warn(fmt.Sprintf(`set "vocab_size": %d in config.json of %s`, rows, of),
			"config.json of %s sets %s to %d, but the embedding has %d rows; loaders that size tensors by it will reject the weights", donor.Name(), key, says, rows)
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
		beyond, means = append(beyond, tokenWords(tokens)), append(means, "Text with such a token crashes the model, and converters reject it.")
	}
	if len(special) > 0 {
		beyond, means = append(beyond, keyWords(special)), append(means, "Loaders reject such a pad token, and generation never ends without its eos token.")
	}
	if len(beyond) == 0 {
		return out, nil
	}
	hint := "add rows for them to " + donor.Name() + " first (resize_token_embeddings in transformers), or remove them from its files"
	if m.Plan.CutRows > 0 {
		hint = "set base_model to a model without these tokens, so config and tokenizer come from it"
	}
	warn(hint, "the merge has %d embedding rows (ids 0 to %d), but %s has other ids: %s. %s",
		rows, rows-1, donor.Name(), strings.Join(beyond, "; "), strings.Join(means, " "))
	return out, nil
}

func (m Models) resultConfig() []byte {
	for _, f := range m.Plan.Files {
		if f.Edited != nil && f.Name == "config.json" {
			return f.Edited
		}
	}
	return m.donor().Model.Config.Raw
}

// saidRows returns the key of the vocabulary size and its value if that is none of rows, else "".
func saidRows(config []byte, rows []int64) (key string, says int64) {
	for _, k := range []string{"vocab_size", "text_config.vocab_size", "llm_config.vocab_size"} {
		v := gjson.GetBytes(config, k)
		if v.Type != gjson.Number {
			continue
		}
		n := v.Int()
		if multiple := gjson.GetBytes(config, "pad_vocab_size_multiple").Int(); multiple > 0 {
			n = (n + multiple - 1) / multiple * multiple // as Mamba pads its embedding
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

// beyondRows returns the ids that have no row, sorted and each once.
func beyondRows(ids []tokenID, rows int64) []tokenID {
	out := slices.DeleteFunc(slices.Clone(ids), func(t tokenID) bool { return t.id < rows })
	slices.SortFunc(out, func(a, b tokenID) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.file, b.file), cmp.Compare(a.what, b.what))
	})
	return slices.Compact(out)
}

// tokenWords names the first few of tokens, each id once, and the files they are in.
func tokenWords(tokens []tokenID) string {
	var names, files []string
	for i, t := range tokens {
		files = append(files, t.file)
		if i == 0 || t.id != tokens[i-1].id {
			names = append(names, fmt.Sprintf("%d (%s)", t.id, t.what))
		}
	}
	slices.Sort(files)
	return firstOf(names, 3) + " in " + say.List(slices.Compact(files))
}

// keyWords names config keys with their ids.
func keyWords(keys []tokenID) string {
	var words []string
	for _, k := range keys {
		words = append(words, fmt.Sprintf("%s %d in %s", k.what, k.id, k.file))
	}
	return say.List(words)
}
