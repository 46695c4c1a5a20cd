package pipeline

import (
	"context"
	"maps"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// known is what the card says of a result beyond the plan: what the merge, or somebody afterwards, found.
type known struct {
	Norm       string           // of a tensor that is far from its sources; "" for none
	Inherited  int64            // values that are NaN or Inf, each where a source has one
	Evaluation *card.Evaluation // nil for none
}

// recall takes over what is known of an earlier merge that had the same plan, and so the same bytes.
func (m *Merge) recall(earlier *Earlier) {
	if earlier != nil && earlier.Lock.Plan == m.Plan.Hash {
		m.known = known{Norm: earlier.Lock.Norm, Inherited: earlier.Lock.Inherited, Evaluation: earlier.Evaluation}
	}
}

// evaluationFiles are the files that hold e: all scores for us, and those that the Hub shows.
func evaluationFiles(e *card.Evaluation) ([]source.SmallFile, error) {
	if e == nil {
		return nil, nil
	}
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	files := e.HubFiles()
	files[lock.Evaluation] = text
	var out []source.SmallFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, source.SmallFile{Path: name, Data: files[name]})
	}
	return out, nil
}

// readEvaluation reads the scores that belong to the merge of lock. Scores of other bytes, or that cannot be read, are
// none.
func readEvaluation(ctx context.Context, files plan.Files, locked *lock.Lock) (*card.Evaluation, error) {
	if locked.Sum(lock.Evaluation) == "" || !slices.Contains(files.Names(), lock.Evaluation) {
		return nil, nil
	}
	text, err := plan.ReadFile(ctx, files, lock.Evaluation, maxEvaluation)
	if err != nil {
		return nil, err
	}
	if e, err := card.ParseEvaluation(text); err == nil && e.Plan == locked.Plan {
		return e, nil
	}
	return nil, nil
}

const maxEvaluation = 16 << 20 // bytes; a score has some 200
