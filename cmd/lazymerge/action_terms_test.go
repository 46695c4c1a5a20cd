package main

import (
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lazymerge/lazymerge/hub"
)

func TestInTerms(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a flag with its value", "write --repo bob/out, or use another token", "write the input repo: bob/out, or use another token"},
		{"a flag that is not to be written", "--repo bob/o^t is no repo id", "input repo bob/o^t is no repo id"},
		{"one without", "--create-pr proposes to main, so it goes with no --revision", "input create-pr proposes to main, so it goes with no input revision"},
		{"one that is no input", "--replace takes them out, --replace-card too", "--replace takes them out, --replace-card too"},
		{"one that begins like an input", "--private-x and --target-token-file", "--private-x and --target-token-file"},
		{"a hint of the Hub without a token", (&hub.Error{Status: 401}).Hint(), "give the input token"},
		{"a hint for a gated repo", (&hub.Error{Status: 403, Code: "GatedRepo"}).Hint(), "accept the terms on the repo's page, then give the input token"},
		{"a hint to try again", (&hub.Error{Status: 503}).Hint(), "run the job again in a few minutes"},
	} {
		if got := inTerms(tt.text); got != tt.want {
			t.Errorf("%s: inTerms(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

// Every input that a flag of push is made of is refused in args, so that none can say something else.
func TestInputFlags(t *testing.T) {
	push, _, err := newRootCommand(&app{}).Find([]string{"push"})
	if err != nil {
		t.Fatal(err)
	}
	inputs := readAction(t).Inputs
	var both []string
	add := func(f *pflag.Flag) {
		if _, ok := inputs[f.Name]; ok {
			both = append(both, f.Name)
		}
	}
	push.Flags().VisitAll(add)
	push.InheritedFlags().VisitAll(add)
	slices.Sort(both)
	both = slices.Compact(both) // those of every command are in both lists
	if want := slices.Sorted(slices.Values(inputFlags)); !slices.Equal(both, want) {
		t.Errorf("inputs and flags of push have %q in common, and %q are refused in args", both, want)
	}
}
