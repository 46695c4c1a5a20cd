package source

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Fault is a source that cannot be used; file is the config that names it. It comes from there, but for a Hub or a token that
// would fail any other source too.
func Fault(ref recipe.Ref, file string, err error) *fault.Fault {
	f := &fault.Fault{Code: fault.Source, Subject: "source " + ref.String(), Text: hub.Reason(err), Err: err}
	hint := fault.Hint(err)
	if broken, ok := errors.AsType[*plan.FileError](err); ok {
		f.Subject, f.Text = "", fmt.Sprintf("%s of %s is %s", broken.Name, ref, broken.Err)
		hint = cmp.Or(fileHint(ref, broken), hint)
	}
	common := hub.Common(err) != ""
	if !common && !errors.Is(err, hub.ErrNetwork) && !errors.Is(err, hub.ErrRateLimited) {
		f.File, f.Pos = file, ref.Pos
	}
	place := fmt.Sprintf("%s:%d:%d names it", file, ref.Pos.Line, ref.Pos.Col)
	switch {
	case hint == "":
		f.Advice = place
	case common: // the name has nothing to do with it
		f.Advice = hint
	default:
		f.Advice = place + "; " + hint
	}
	return f
}

// fileHint says what to do about a file that is something else than its name says.
func fileHint(ref recipe.Ref, f *plan.FileError) string {
	switch {
	case !names.IsFolder(ref.Path):
		return "the repo has it like that: name another revision, or tell its owner"
	case errors.Is(f, plan.ErrOutside):
		return "if everybody may read what it leads to, put a copy of that in its place"
	case errors.Is(f, plan.ErrFolderLink):
		return "put a copy of that folder in its place"
	case errors.Is(f, plan.ErrPointer):
		return "run git lfs pull in " + ref.Path
	}
	return "download " + f.Name + " again"
}

// faults are the faults of one source, each of which is told. What follows from two of its checks is told once.
func (r Reader) faults(ref recipe.Ref, err error) []error {
	var all []error
	for _, one := range fault.Flat(err) {
		f := Fault(ref, r.Config, one)
		if !slices.ContainsFunc(all, func(before error) bool { return before.Error() == f.Error() }) {
			all = append(all, f)
		}
	}
	return all
}
