package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

const (
	MaxLock       = 64 << 20 // bytes of a lock; it takes a few hundred for each file
	maxEvaluation = 16 << 20 // bytes; a score takes about 200
)

// useless is a lock file that is missing or unusable by this version.
func useless(err error) *fault.Fault {
	return &fault.Fault{Code: fault.Lock, Subject: "no merge to compare with", Err: err}
}

// Read reads the lock of a merge. The error is a [fault.Lock] if there is none, or one that this version cannot use.
func Read(ctx context.Context, files plan.Files) (*Lock, error) {
	text, err := plan.ReadFile(ctx, files, Name, MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Absent(nil)
	}
	if err != nil {
		return nil, err
	}
	lock := &Lock{}
	switch err := json.Unmarshal(text, lock); {
	case err != nil:
		return nil, useless(fmt.Errorf("%s cannot be read: %w", Name, err))
	case lock.Format != Format:
		return nil, useless(fmt.Errorf("%s has format %d; this version of lazymerge reads %d", Name, lock.Format, Format))
	case lock.Numeric != plan.Numeric:
		return nil, useless(fmt.Errorf("lazymerge %s made it with arithmetic %d; this version has %d, so compare it with that one", lock.Tool, lock.Numeric, plan.Numeric))
	}
	return lock, nil
}

// Absent is a revision without a lock; branches are those of its repo that have one, in order.
func Absent(branches []string) error {
	f := useless(fs.ErrNotExist)
	switch len(branches) {
	case 0:
		f.Text = "it has no " + Name + ", so it was not made by lazymerge"
	case 1:
		f.Text = fmt.Sprintf("it has no %s, and its branch %s has one", Name, branches[0])
		f.Advice = "look there with --revision " + branches[0]
	default:
		f.Text = fmt.Sprintf("it has no %s, and its branches %s have one", Name, say.List(branches))
		f.Advice = "use one of them, such as --revision " + branches[0]
	}
	return f
}

// ReadEvaluation reads the scores of the merge of locked. Scores of another merge, or unreadable ones, count as none.
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
