package lock

import (
	"context"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// ReadEvaluation reads the scores that belong to the merge of lock. Scores of other bytes, or that cannot be read, are
// none.
func ReadEvaluation(ctx context.Context, files plan.Files, locked *Lock) (*card.Evaluation, error) {
	if locked.Sum(Evaluation) == "" || !slices.Contains(files.Names(), Evaluation) {
		return nil, nil
	}
	text, err := plan.ReadFile(ctx, files, Evaluation, maxEvaluation)
	if err != nil {
		return nil, err
	}
	if e, err := card.ParseEvaluation(text); err == nil && e.Plan == locked.Plan {
		return e, nil
	}
	return nil, nil
}

const maxEvaluation = 16 << 20 // bytes; a score has some 200
