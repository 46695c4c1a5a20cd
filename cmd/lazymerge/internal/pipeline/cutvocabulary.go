package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// rowsLeft is the size of the result's vocabulary where it was cut; 0 where it was not.
func (m *Merge) rowsLeft() int64 {
	for i := range m.Plan.Tensors {
		t := &m.Plan.Tensors[i]
		for _, leaf := range t.Expr.Leaves() {
			if stored, ok := m.Sources[leaf.Source].Model.Tensors[leaf.Tensor]; ok && !slices.Equal(stored.Shape, t.Shape) {
				return t.Shape[0]
			}
		}
	}
	return 0
}

// beyondVocabulary warns of tokens that config and tokenizer, which come from the donor, still speak of and that a cut has
// taken out: a loader or a generation trips over them.
func (m *Merge) beyondVocabulary(ctx context.Context) (recipe.Faults, error) {
	rows := m.rowsLeft()
	donor := m.Sources[m.Plan.Donor]
	if rows == 0 {
		return nil, nil
	}
	var beyond []string
	texts := map[string][]byte{"config.json": donor.Model.Config.Raw}
	if generation := "generation_config.json"; donor.has(generation) {
		text, err := donor.Model.ReadSmall(ctx, generation)
		if err != nil {
			return nil, &SourceError{Ref: donor.Ref, File: m.setup.name(), Err: err}
		}
		texts[generation] = text
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		for _, key := range []string{"bos_token_id", "eos_token_id", "pad_token_id"} {
			for _, id := range gjson.GetBytes(texts[file], key).Array() {
				if id.Type == gjson.Number && id.Int() >= rows {
					beyond = append(beyond, fmt.Sprintf("%s %d in %s", key, id.Int(), file))
				}
			}
		}
	}
	if donor.has("tokenizer.json") {
		text, err := donor.Model.ReadSmall(ctx, "tokenizer.json")
		if err != nil {
			return nil, &SourceError{Ref: donor.Ref, File: m.setup.name(), Err: err}
		}
		n := 0
		for _, id := range parseTokenizer(text).added {
			if id >= rows {
				n++
			}
		}
		if n > 0 {
			beyond = append(beyond, ui.N(n, "added token")+" of the tokenizer")
		}
	}
	if len(beyond) == 0 {
		return nil, nil
	}
	return recipe.Faults{{File: m.Recipe.File, Pos: donor.Ref.Pos, Warning: true, Code: "vocabulary",
		Message: fmt.Sprintf("the merge has %d rows, and %s of %s lie beyond them: loaders refuse such a pad token, and an end that cannot be generated never comes", rows, ui.List(beyond), donor.name()),
		Hint:    "name a model without these tokens as base_model, so that config and tokenizer come from it"}}, nil
}
