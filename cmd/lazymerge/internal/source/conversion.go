package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// converter is the account whose pull requests come from the Hub's own conversion of pickles. Anybody else may propose weights too.
const converter = "SFconvertbot"

// maxConversions is how many pull requests are looked into.
const maxConversions = 10

// maxRanked is how many are listed for that.
const maxRanked = 100

// withConversion adds to the error of a repo that has only pickles where a conversion of them is, or how to get one.
// Other errors it returns as they are.
func (r Reader) withConversion(ctx context.Context, ref recipe.Ref, err error) error {
	if !errors.Is(err, plan.ErrPickles) {
		return err
	}
	advice := fmt.Sprintf("convert them on the Hub with the space safetensors/convert, and name its pull request: %s@refs/pr/N", ref.Path)
	if found, ok := r.conversion(ctx, ref); ok {
		advice = fmt.Sprintf("pull request %d by %s has them as safetensors: write %s@%s", found.Number, found.Author, ref.Path, hub.PullRequestRef(found.Number))
		if found.Author != converter {
			advice += ", if you trust that they are the same"
		}
	}
	return &fault.Fault{Err: err, Advice: advice}
}

// withSaving is withConversion for a folder.
func withSaving(err error) error {
	if !errors.Is(err, plan.ErrPickles) {
		return err
	}
	return &fault.Fault{Err: err, Advice: "load it with transformers and save it again with safe_serialization=True"}
}

// conversion looks for an open pull request to main with safetensors weights: the converter's own first, then those that speak of
// them, then the latest.
func (r Reader) conversion(ctx context.Context, ref recipe.Ref) (hub.PullRequest, bool) {
	if ref.Revision != "" && ref.Revision != "main" {
		return hub.PullRequest{}, false
	}
	var open []hub.PullRequest
	for p, err := range r.Hub.PullRequests(ctx, ref.Path, "") {
		if err != nil {
			return hub.PullRequest{}, false // the advice is worth no error of its own
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
