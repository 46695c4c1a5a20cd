package pipeline

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// instead says what can be done about something that the result does not take from src, and how it would. In a method
// that compares the others with its base, another base is another merge; of those only that of an interpolation is one of two equals.
func (m *Merge) instead(src *source.Source, what, otherwise string) string {
	method := recipe.Find(m.setup.methods(), m.Recipe.Method)
	if method == nil || method.Base == recipe.BaseRequired && method.Result != recipe.Interpolation {
		return otherwise
	}
	return fmt.Sprintf("%s, or write %q for the %s of %s", otherwise, "base_model: "+src.Ref.String(), what, src.Name())
}

// contextLength is how many tokens a config says that its model reads.
func contextLength(c plan.Config) string {
	return orNone(firstOf(c, "max_position_embeddings", "text_config.max_position_embeddings", "n_positions"))
}

// compareLengths warns where the result is said to read another number of tokens than src.
func (m *Merge) compareLengths(donor, src *source.Source, warn func(code, hint, format string, args ...any)) {
	a, b := contextLength(donor.Model.Config), contextLength(src.Model.Config)
	if a != b {
		warn("context-length", m.instead(src, "context length", "keep prompts within the shorter of the two"),
			"context length: %s in %s and %s in %s; the merge has %s, and may not understand what lies beyond the shorter", a, donor.Name(), b, src.Name(), a)
	}
}
