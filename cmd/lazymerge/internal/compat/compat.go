// Package compat finds where the models of a merge differ in something that merging weights cannot reconcile: tokenizers, chat templates,
// rope, settings in config.json, and token ids that the result has no row for.
//
// [Compare] is all there is to call. It reads tokenizers only where it has to, and never weights.
package compat

import (
	"context"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Models are the models to compare.
type Models struct {
	Recipe  *recipe.Recipe
	Method  *recipe.Method // nil if unknown
	Plan    *plan.Plan
	Sources []*source.Source // in the order of Plan.Sources
}

// Compare compares every source with the donor, the one that config and tokenizer come from. Models that differ often merge
// and load fine but generate garbage, so the warnings list the differences, then ids beyond the vocabulary. A single model has no aspects.
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

func (m Models) donor() *source.Source { return m.Sources[m.Plan.Donor] }

func (m Models) warning(src *source.Source, code, hint, format string, args ...any) *recipe.Fault {
	return &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Warning: true, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// instead adds to a hint how the result could take something from src. A method that compares models with its base gives a different
// merge with a different base; only the two models of an interpolation are interchangeable.
func (m Models) instead(src *source.Source, what, hint string) string {
	if m.Method == nil || m.Method.Base == recipe.BaseRequired && m.Method.Result != recipe.Interpolation {
		return hint
	}
	return fmt.Sprintf("%s, or set %q to use the %s of %s", hint, "base_model: "+src.Ref.String(), what, src.Name())
}

// firstOf lists the first words, at most so many, and counts the rest.
func firstOf(words []string, most int) string {
	if more := len(words) - most; more > 0 {
		words = append(words[:most:most], fmt.Sprintf("%d more", more))
	}
	return say.List(words)
}
