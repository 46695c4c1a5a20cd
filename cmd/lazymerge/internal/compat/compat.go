// Package compat finds out what the models of a merge have in common and in what they differ, where a merge of weights reconciles
// nothing: tokenizers, chat templates, rope, settings of config.json, and ids of tokens that the result has no row for.
//
// [Compare] is all there is to call. It reads tokenizers where it has to, and no weights.
package compat

import (
	"context"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Models are what is compared.
type Models struct {
	Recipe  *recipe.Recipe
	Method  *recipe.Method // of the recipe; nil where it is not known
	Plan    *plan.Plan
	Sources []*source.Source // in the order of Plan.Sources
}

// Compare compares every source with the one that config and tokenizer come from. A merge of models that differ often loads, runs and talks
// garbage, so the warnings tell of what differs, and then of ids beyond the vocabulary. Of one model there are no aspects.
func Compare(ctx context.Context, m Models) (aspects []Aspect, warnings recipe.Faults, err error) {
	tokenizers := newTokenizers(m.Recipe.File)
	matches, err := tokenizers.matches(ctx, m.donor(), m.Sources)
	if err != nil {
		return nil, nil, err
	}
	beyond, err := m.beyondVocabulary(ctx, tokenizers)
	if err != nil {
		return nil, nil, err
	}
	return m.aspects(matches), append(m.differences(matches), beyond...), nil
}

// donor is the source that config and tokenizer come from.
func (m Models) donor() *source.Source { return m.Sources[m.Plan.Donor] }

// warning tells something about src.
func (m Models) warning(src *source.Source, code, hint, format string, args ...any) *recipe.Fault {
	return &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Warning: true, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// instead says what can be done about something that the result does not take from src, and how it would. In a method
// that compares the others with its base, another base is another merge; of those only that of an interpolation is one of two equals.
func (m Models) instead(src *source.Source, what, otherwise string) string {
	if m.Method == nil || m.Method.Base == recipe.BaseRequired && m.Method.Result != recipe.Interpolation {
		return otherwise
	}
	return fmt.Sprintf("%s, or write %q for the %s of %s", otherwise, "base_model: "+src.Ref.String(), what, src.Name())
}
