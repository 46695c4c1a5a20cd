package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Fault is a source that cannot be used; file is the config that names it. The fault is placed there unless it is the Hub's or
// the token's, which would fail any source.
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
	case common: // the name is not the cause
		f.Advice = hint
	default:
		f.Advice = place + "; " + hint
	}
	return f
}

// fileHint says what to do about a file that is not what its name says.
func fileHint(ref recipe.Ref, f *plan.FileError) string {
	switch {
	case !names.IsFolder(ref.Path):
		return "use another revision, or ask the repo's owner to fix it"
	case errors.Is(f, plan.ErrOutside):
		return "replace the link with a copy, if the file may be published"
	case errors.Is(f, plan.ErrFolderLink):
		return "replace the link with a copy of the folder"
	case errors.Is(f, plan.ErrPointer):
		return "run git lfs pull in " + ref.Path
	}
	return "download " + f.Name + " again"
}

// faults are the faults of one source, without repeats.
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

// besideConfig adds a hint if a model was not found but its folder is beside the config: paths are relative to the current
// folder, as in mergekit.
func (r Reader) besideConfig(path string, err error) error {
	if !errors.Is(err, errNoFolder) && !errors.Is(err, hub.ErrNotFound) || filepath.IsAbs(path) {
		return err
	}
	beside := filepath.Join(filepath.Dir(r.Config), path)
	if filepath.Dir(r.Config) == "." || !names.IsFolder(beside) {
		return err
	}
	return &fault.Fault{Err: err, Advice: fmt.Sprintf("paths are relative to the current folder: use %s, or run this in %s", beside, filepath.Dir(r.Config))}
}

var errNoFolder = errors.New("no such folder")

const (
	converter      = "SFconvertbot" // account of the Hub's own conversion of pickles
	maxRanked      = 100            // pull requests to list
	maxConversions = 10             // pull requests to look into
)

// withConversion adds a hint if a repo has only pickles: where to find a conversion, or how to get one.
func (r Reader) withConversion(ctx context.Context, ref recipe.Ref, err error) error {
	if !errors.Is(err, plan.ErrPickles) {
		return err
	}
	advice := fmt.Sprintf("convert them with the Hub space safetensors/convert, then use its pull request: %s@refs/pr/N", ref.Path)
	if found, ok := r.conversion(ctx, ref); ok {
		advice = fmt.Sprintf("pull request %d by %s has them as safetensors: use %s@%s", found.Number, found.Author, ref.Path, hub.PullRequestRef(found.Number))
		if found.Author != converter {
			advice += ", if you trust its author"
		}
	}
	return &fault.Fault{Err: err, Advice: advice}
}

// conversion looks for an open pull request to main with safetensors weights: first the converter's, then those whose title says
// so, then the latest.
func (r Reader) conversion(ctx context.Context, ref recipe.Ref) (hub.PullRequest, bool) {
	if ref.Revision != "" && ref.Revision != "main" {
		return hub.PullRequest{}, false
	}
	var open []hub.PullRequest
	for p, err := range r.Hub.PullRequests(ctx, ref.Path, "") {
		if err != nil {
			return hub.PullRequest{}, false // it is only a hint
		}
		if open = append(open, p); len(open) == maxRanked {
			break
		}
	}
	rank := func(p hub.PullRequest) int {
		switch {
		case p.Author == converter:
			return 0
		case strings.Contains(strings.ToLower(p.Title), "safetensors"):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(open, func(a, b hub.PullRequest) int { return rank(a) - rank(b) })
	for _, p := range open[:min(len(open), maxConversions)] {
		info, err := r.Hub.RepoAt(ctx, ref.Path, hub.PullRequestRef(p.Number))
		if err == nil && (slices.Contains(info.Siblings, "model.safetensors") || slices.Contains(info.Siblings, plan.Index)) {
			return p, true
		}
	}
	return hub.PullRequest{}, false
}
