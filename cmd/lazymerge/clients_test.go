package main

import (
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// What a client of the Hub tells to do is said in the terms of who started the run.
func TestAdvice(t *testing.T) {
	for _, tt := range []struct {
		name          string
		say           func(a hub.Advice) string
		typed, inputs string
	}{
		{"a hint of the Hub without a token", func(a hub.Advice) string { return (&hub.Error{Status: 401, Advice: a}).Hint() },
			"set HF_TOKEN or log in with hf auth login", "set the `token` input"},
		{"a hint for a gated repo", func(a hub.Advice) string { return (&hub.Error{Status: 403, Code: "GatedRepo", Advice: a}).Hint() },
			"accept the terms on the repo's page, then set HF_TOKEN or log in with hf auth login", "accept the terms on the repo's page, then set the `token` input"},
		{"a hint to try again", func(a hub.Advice) string { return (&hub.Error{Status: 503, Advice: a}).Hint() },
			"run the command again in a few minutes", "run the job again in a few minutes"},
	} {
		if got := tt.say(adviceFor(say.Command)); got != tt.typed {
			t.Errorf("%s: a command says %q, want %q", tt.name, got, tt.typed)
		}
		if got := tt.say(adviceFor(say.Action)); got != tt.inputs {
			t.Errorf("%s: the Action says %q, want %q", tt.name, got, tt.inputs)
		}
	}
}
