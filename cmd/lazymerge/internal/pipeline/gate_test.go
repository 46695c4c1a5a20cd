package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestWithoutEchoes(t *testing.T) {
	token := func(repo string) error {
		return source.Fault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Status: 401, TokenFrom: "HF_TOKEN"})
	}
	refused := func(repo, why string) error {
		return source.Fault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Err: errors.New(why)})
	}
	missing := func(repo string) error {
		return source.Fault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Status: 404, Code: "RepoNotFound"})
	}
	typo := &recipe.Fault{Message: "a typo"}
	wrapped := fmt.Errorf("two causes: %w and %w", errors.New("one"), errors.New("other"))
	for _, tt := range []struct {
		name string
		in   []error
		want []int // indexes of what is kept, after joined errors are taken apart
	}{
		{"a token that is not taken is told once", []error{typo, token("a/a"), token("a/b"), target.Fault("b/out", &hub.Error{Status: 401, TokenFrom: "HF_TOKEN"}, "")}, []int{0, 1}},
		{"one that nobody answers for as well", []error{refused("a/a", "connection refused"), refused("a/b", "connection refused"), refused("a/c", "no such host")}, []int{0, 2}},
		{"what concerns one repo stays", []error{missing("a/a"), missing("a/b")}, []int{0, 1}},
		{"joined errors count each", []error{errors.Join(token("a/a"), errors.Join(token("a/b"), typo))}, []int{0, 2}},
		{"an error of two causes stays whole", []error{wrapped}, []int{0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := fault.Flat(tt.in...)
			got := withoutEchoes(tt.in)
			if len(got) != len(tt.want) {
				t.Fatalf("withoutEchoes kept %v", got)
			}
			for i, k := range tt.want {
				if slices.Index(all, got[i]) != k {
					t.Errorf("error %d is %q, want %q", i, got[i], all[k])
				}
			}
		})
	}
}
