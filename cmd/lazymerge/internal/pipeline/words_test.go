package pipeline

import (
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

// What to change and to do next is said in the terms of who started the run.
func TestWords(t *testing.T) {
	for _, tt := range []struct {
		name          string
		say           func(c say.Caller) string
		typed, inputs string
	}{
		{"a setting with its value", func(c say.Caller) string { return c.Write("repo", "bob/out") }, "use --repo bob/out", "set the `repo` input to bob/out"},
		{"a setting", func(c say.Caller) string { return names.CheckBranch(c, "a..b").Error() },
			"--revision a..b is not a branch name; use a name such as v2 or try/t-0.4", "the `revision` input a..b is not a branch name; use a name such as v2 or try/t-0.4"},
		{"a private repo", func(c say.Caller) string {
			return target.Target{Repo: "a/b", Exists: true}.CheckVisibility(c, true).Error()
		},
			"target a/b: it exists and is public, and --private only makes new repos private", "target a/b: it exists and is public, and the `private` input only makes new repos private"},
		{"a draft that is left", func(c say.Caller) string {
			return (&Stopped{Repo: "a/b", Revision: "main", Pull: &target.Pull{Number: 3, Draft: true}, caller: c}).State()
		},
			"nothing was published; main of a/b is untouched; pull request 3 is an empty draft, which the same command will use",
			"nothing was published; main of a/b is untouched; pull request 3 is an empty draft, which the next run of the job will use"},
	} {
		if got := tt.say(say.Command); got != tt.typed {
			t.Errorf("%s: a command says %q, want %q", tt.name, got, tt.typed)
		}
		if got := tt.say(say.Action); got != tt.inputs {
			t.Errorf("%s: the Action says %q, want %q", tt.name, got, tt.inputs)
		}
	}
}
