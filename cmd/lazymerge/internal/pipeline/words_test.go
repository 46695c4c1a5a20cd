package pipeline

import (
	"testing"

	"github.com/lazymerge/lazymerge/hub"
)

// What to change and to do next is said in the terms of who started the run.
func TestWords(t *testing.T) {
	for _, tt := range []struct {
		name          string
		say           func(w Words) string
		typed, inputs string
	}{
		{"a setting with its value", func(w Words) string { return w.Write("repo", "bob/out") }, "write --repo bob/out", "write the input repo: bob/out"},
		{"a setting", func(w Words) string { return CheckBranch(w, "a..b").Error() },
			"--revision a..b is no branch; write a name such as v2 or try/t-0.4", "input revision a..b is no branch; write a name such as v2 or try/t-0.4"},
		{"a private repo", func(w Words) string { return (&Target{Repo: "a/b", Exists: true}).checkVisibility(w, true).Error() },
			"target a/b: it exists and is public, and --private makes only new repos private", "target a/b: it exists and is public, and input private makes only new repos private"},
		{"a draft that is left", func(w Words) string {
			return (&Stopped{Repo: "a/b", Revision: "main", Pull: &pull{Number: 3, Draft: true}, words: w}).State()
		},
			"nothing was published; main of a/b is untouched; pull request 3 is a draft without a commit, which the same command goes on with",
			"nothing was published; main of a/b is untouched; pull request 3 is a draft without a commit, which the next run of the job goes on with"},
		{"a hint of the Hub without a token", func(w Words) string { return (&hub.Error{Status: 401, Advice: w.Advice()}).Hint() },
			"set HF_TOKEN or log in with hf auth login", "give the input token"},
		{"a hint for a gated repo", func(w Words) string { return (&hub.Error{Status: 403, Code: "GatedRepo", Advice: w.Advice()}).Hint() },
			"accept the terms on the repo's page, then set HF_TOKEN or log in with hf auth login", "accept the terms on the repo's page, then give the input token"},
		{"a hint to try again", func(w Words) string { return (&hub.Error{Status: 503, Advice: w.Advice()}).Hint() },
			"run the command again in a few minutes", "run the job again in a few minutes"},
	} {
		if got := tt.say(CommandWords); got != tt.typed {
			t.Errorf("%s: a command says %q, want %q", tt.name, got, tt.typed)
		}
		if got := tt.say(ActionWords); got != tt.inputs {
			t.Errorf("%s: the Action says %q, want %q", tt.name, got, tt.inputs)
		}
	}
}
