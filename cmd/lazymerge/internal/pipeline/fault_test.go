package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestWithoutEchoes(t *testing.T) {
	token := func(repo string) error {
		return sourceFault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Status: 401, TokenFrom: "HF_TOKEN"})
	}
	refused := func(repo, why string) error {
		return sourceFault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Err: errors.New(why)})
	}
	missing := func(repo string) error {
		return sourceFault(recipe.Ref{Path: repo}, "merge.yaml", &hub.Error{Op: "look up", Repo: repo, Status: 404, Code: "RepoNotFound"})
	}
	typo := &recipe.Fault{Message: "a typo"}
	wrapped := fmt.Errorf("two causes: %w and %w", errors.New("one"), errors.New("other"))
	for _, tt := range []struct {
		name string
		in   []error
		want []int // indexes of what is kept, after joined errors are taken apart
	}{
		{"a token that is not taken is told once", []error{typo, token("a/a"), token("a/b"), targetFault("b/out", &hub.Error{Status: 401, TokenFrom: "HF_TOKEN"}, "")}, []int{0, 1}},
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

func TestNoSecrets(t *testing.T) {
	const token = "hf_AbCdEfGhIjKlMnOpQrSt"
	for _, tt := range []struct {
		name, text string
		at         recipe.Pos // zero where there is none
	}{
		{"no token", "merge_method: linear\n", recipe.Pos{}},
		{"a name that begins alike", "model: acme/hf_small\n", recipe.Pos{}},
		{"a model's name of several words", "model: acme/hf_mistral_instruct_v2_merged\n", recipe.Pos{}},
		{"the middle of a word", "model: acme/xhf_AbCdEfGhIjKlMnOpQrSt\n", recipe.Pos{}},
		{"in a comment", "a: 1\n# " + token + "\n", recipe.Pos{Line: 2, Col: 3}},
		{"after letters of several bytes", "# clé: " + token, recipe.Pos{Line: 1, Col: 8}},
		{"one that is in use, whatever it looks like", "# secret-of-the-site\n", recipe.Pos{Line: 1, Col: 3}},
		{"the target's", "a: 1 # other-secret\n", recipe.Pos{Line: 1, Col: 8}},
		{"of an app", "# hf_oauth_eyJhbGciOiJIUzI1NiJ9", recipe.Pos{Line: 1, Col: 3}},
		{"of a job", "# hf_jwt_eyJhbGciOiJIUzI1NiJ9", recipe.Pos{Line: 1, Col: 3}},
		{"of an organisation", "# api_org_AbCdEfGhIjKlMnOpQrSt", recipe.Pos{Line: 1, Col: 3}},
		{"of another service", "# github_pat_AbCdEfGhIjKlMnOpQrSt", recipe.Pos{Line: 1, Col: 3}},
		{"in an address", "https://me:" + token + "@huggingface.co", recipe.Pos{Line: 1, Col: 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &Setup{Config: "merge.yaml", Hub: &hub.Client{Token: func() string { return "secret-of-the-site" }},
				Target: &hub.Client{Token: func() string { return "other-secret" }}}
			fault := s.noSecrets([]byte(tt.text))
			switch {
			case (fault != nil) != (tt.at != recipe.Pos{}):
				t.Errorf("noSecrets = %v", fault)
			case fault != nil && fault.Pos != tt.at:
				t.Errorf("noSecrets at %v, want %v", fault.Pos, tt.at)
			}
		})
	}
}

func TestStoppedSaysWhatIsSafe(t *testing.T) {
	for _, tt := range []struct {
		state Stopped
		want  string
	}{
		{Stopped{Shards: 3}, "nothing was published; main of a/b is untouched"},
		{Stopped{Shards: 3, Created: true}, "nothing was published; a/b was created and is still empty"},
		{Stopped{Shards: 3, Created: true, Branched: true}, "nothing was published; a/b was created with the branch main, and both are still empty"},
		{Stopped{Shards: 3, Branched: true}, "nothing was published; the branch main of a/b was made, and is as main is"},
		{Stopped{Shards: 3, Stored: 2}, "nothing was published; 2 of 3 shards are stored on the Hub and will not be sent again; main of a/b is untouched"},
		{Stopped{Shards: 3, Stored: 1}, "nothing was published; 1 of 3 shards is stored on the Hub and will not be sent again; main of a/b is untouched"},
		{Stopped{Shards: 1, Stored: 1}, "nothing was published; the shard is stored on the Hub and will not be sent again; main of a/b is untouched"},
		{Stopped{Shards: 1, Stored: 1, Created: true, Moved: true}, "nothing was published; the shard is stored on the Hub and will not be sent again; main of a/b is as somebody else has left it"},
		{Stopped{Shards: 1, Stored: 1, Doubt: true, Page: "https://hub/a/b"}, "it is not known whether the commit landed; https://hub/a/b shows it"},
	} {
		tt.state.Repo, tt.state.Revision = "a/b", "main"
		if got := tt.state.State(); got != tt.want {
			t.Errorf("State() of %+v = %q, want %q", tt.state, got, tt.want)
		}
	}
}
