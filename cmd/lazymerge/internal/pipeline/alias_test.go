package pipeline

import (
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestParseAlias(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Alias
		err  string
	}{
		{"./mine=alice/mine", Alias{"./mine", recipe.Ref{Path: "alice/mine"}}, ""},
		{"/a=b/mine=alice/mine@refs/pr/1", Alias{"/a=b/mine", recipe.Ref{Path: "alice/mine", Revision: "refs/pr/1"}}, ""},
		{"bob/mine@v1=alice/mine@v2", Alias{"bob/mine@v1", recipe.Ref{Path: "alice/mine", Revision: "v2"}}, ""},
		{"./mine", Alias{}, "--as ./mine: write PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION"},
		{"=alice/mine", Alias{}, "--as =alice/mine: write PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION"},
		{"./mine=mine", Alias{}, `--as ./mine=mine: "mine" is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION`},
		{"./mine=alice/mine@", Alias{}, `--as ./mine=alice/mine@: "alice/mine@" is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION`},
		{"./mine=alice/mine@a b", Alias{}, `--as ./mine=alice/mine@a b: "alice/mine@a b" is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION`},
		{"./mine=/home/alice", Alias{}, `--as ./mine=/home/alice: "/home/alice" is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION`},
	} {
		got, err := ParseAlias(tt.text)
		if got != tt.want && tt.err == "" || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("ParseAlias(%q) = %+v, %v; want %+v, %s", tt.text, got, err, tt.want, tt.err)
		}
	}
}

func TestAliasIsForAModel(t *testing.T) {
	ref := func(path, revision string) recipe.Ref { return recipe.Ref{Path: path, Revision: revision} }
	for _, tt := range []struct {
		path string
		ref  recipe.Ref
		want bool
	}{
		{"./models/mine", ref("./models/mine", ""), true},
		{"models/mine/", ref("./models/mine", ""), true},
		{"./models", ref("./models/mine", ""), false},
		{"./models/mine2", ref("./models/mine", ""), false},
		{"bob/mine", ref("bob/mine", "v1"), false},
		{"bob/mine@v1", ref("bob/mine", "v1"), true},
	} {
		if got := (Alias{Path: tt.path}).of(tt.ref); got != tt.want {
			t.Errorf("an alias of %s is for %s: %v, want %v", tt.path, tt.ref, got, tt.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"./mine=alice/mine@v1": "./mine=alice/mine@v1",
		"./my model=a/b":       "'./my model=a/b'",
		"it's=a/b":             `'it'\''s=a/b'`,
		"$HOME=a/b":            "'$HOME=a/b'",
	} {
		if got := shellWord(text); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestPrivacy(t *testing.T) {
	source := func(path string, private, local bool) *Source {
		s := &Source{Ref: recipe.Ref{Path: path, Pos: recipe.Pos{Line: 3, Col: 5}}, Private: private, Model: &plan.Model{}}
		if !local {
			s.Model.Repo = path
		}
		return s
	}
	m := &Merge{setup: &Setup{}, Recipe: &recipe.Recipe{File: "merge.yaml"}, Sources: []*Source{
		source("alice/a", false, false), source("bob/mine", true, false), source("./mine", false, true),
	}}
	errs := fault.Flat(m.checkPrivacy(t.Context(), false))
	want := []string{
		"merge.yaml:3:5: bob/mine names a private repo, and the config is published with the merge; say with --as bob/mine=NAMESPACE/NAME what it is for others, or add --publish-config if that is fine",
		"merge.yaml:3:5: ./mine names a folder of this machine, and the config is published with the merge; say with --as ./mine=NAMESPACE/NAME what it is for others, or add --publish-config if that is fine",
	}
	if len(errs) != len(want) {
		t.Fatalf("checkPrivacy = %v", errs)
	}
	for i, err := range errs {
		if err.Error() != want[i] {
			t.Errorf("fault %d is %q, want %q", i, err, want[i])
		}
	}
	if err := m.checkPrivacy(t.Context(), true); err != nil {
		t.Errorf("accepted, and still %v", err)
	}
}
