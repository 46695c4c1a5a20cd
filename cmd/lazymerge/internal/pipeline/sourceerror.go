package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// SourceError is a source that cannot be used.
type SourceError struct {
	Ref  recipe.Ref
	File string
	Err  error
}

func (e *SourceError) Error() string {
	if f, ok := errors.AsType[*plan.FileError](e.Err); ok {
		return fmt.Sprintf("%s of %s is %s", f.Name, e.Ref, f.Err)
	}
	return fmt.Sprintf("source %s: %s", e.Ref, besides(e.Err))
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Place is where the config names the source, for what is the matter with that one; it is nowhere for a Hub or a token that
// would fail any other source too.
func (e *SourceError) Place() (file string, at recipe.Pos) {
	if general(e.Err) != "" || errors.Is(e.Err, hub.ErrNetwork) || errors.Is(e.Err, hub.ErrRateLimited) {
		return "", recipe.Pos{}
	}
	return e.File, e.Ref.Pos
}

// Hint is the cause's, with the place that names the source unless the name has nothing to do with it.
func (e *SourceError) Hint() string {
	hint := cmp.Or(e.fileHint(), hintOf(e.Err))
	if hint != "" && general(e.Err) != "" {
		return hint
	}
	place := fmt.Sprintf("%s:%d:%d names it", e.File, e.Ref.Pos.Line, e.Ref.Pos.Col)
	if hint != "" {
		return place + "; " + hint
	}
	return place
}

// fileHint says what to do about a file that is something else than its name says; "" for another error.
func (e *SourceError) fileHint() string {
	f, ok := errors.AsType[*plan.FileError](e.Err)
	switch {
	case !ok:
		return ""
	case !isFolder(e.Ref.Path):
		return "the repo has it like that: name another revision, or tell its owner"
	case errors.Is(f, plan.ErrOutside):
		return "if everybody may read what it leads to, put a copy of that in its place"
	case errors.Is(f, plan.ErrFolderLink):
		return "put a copy of that folder in its place"
	case errors.Is(f, plan.ErrPointer):
		return "run git lfs pull in " + e.Ref.Path
	}
	return "download " + f.Name + " again"
}

// sourceErrors are the errors of one source, each of which is told. What follows from two of its checks is told once.
func (s *Setup) sourceErrors(ref recipe.Ref, err error) []error {
	var all []error
	for _, one := range flat([]error{err}) {
		e := &SourceError{Ref: ref, File: s.name(), Err: one}
		if !slices.ContainsFunc(all, func(before error) bool { return before.Error() == e.Error() }) {
			all = append(all, e)
		}
	}
	return all
}
