package privacy

import (
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestPrivacy(t *testing.T) {
	named := func(path string, private, local bool) *source.Source {
		s := &source.Source{Ref: recipe.Ref{Path: path, Pos: recipe.Pos{Line: 3, Col: 5}}, Private: private, Model: &plan.Model{}}
		if !local {
			s.Model.Repo = path
		}
		return s
	}
	sources := []*source.Source{
		named("alice/a", false, false), named("bob/mine", true, false), named("./mine", false, true),
	}
	errs := fault.Flat(CheckNames(t.Context(), nil, &recipe.Recipe{File: "merge.yaml"}, sources))
	want := []string{
		"merge.yaml:3:5: bob/mine is a private repo, and the config is published with the merge; give it a public name with --as bob/mine=NAMESPACE/NAME, or add --publish-config to publish it anyway",
		"merge.yaml:3:5: ./mine is a folder on this machine, and the config is published with the merge; give it a public name with --as ./mine=NAMESPACE/NAME, or add --publish-config to publish it anyway",
	}
	if len(errs) != len(want) {
		t.Fatalf("CheckNames = %v", errs)
	}
	for i, err := range errs {
		if err.Error() != want[i] {
			t.Errorf("fault %d is %q, want %q", i, err, want[i])
		}
	}
}
