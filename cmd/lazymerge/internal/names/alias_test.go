package names

import (
	"testing"

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
		if got := (Alias{Path: tt.path}).Of(tt.ref); got != tt.want {
			t.Errorf("an alias of %s is for %s: %v, want %v", tt.path, tt.ref, got, tt.want)
		}
	}
}
