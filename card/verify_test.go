package card

import (
	"strings"
	"testing"
)

func TestVerifyCommand(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Facts)
		want   string
	}{
		"main":                               {func(*Facts) {}, "lazymerge verify alice/Marcoro14-7B-slerp"},
		"main by its name":                   {func(f *Facts) { f.Revision = "main" }, "lazymerge verify alice/Marcoro14-7B-slerp"},
		"a branch":                           {func(f *Facts) { f.Revision = "try/t-0.3" }, "lazymerge verify alice/Marcoro14-7B-slerp --revision try/t-0.3"},
		"a branch that a shell would expand": {func(f *Facts) { f.Revision = "a;b'$c" }, `lazymerge verify alice/Marcoro14-7B-slerp --revision 'a;b'\''$c'`},
		"a folder":                           {func(f *Facts) { f.Repo = "marcoro" }, ""},
		"no id of a repo":                    {func(f *Facts) { f.Repo = "a;b/c" }, ""},
		"no lock":                            {func(f *Facts) { f.LockFile = "" }, ""},
		"a model that is not on the Hub":     {func(f *Facts) { f.Models[1].Local = true }, ""},
		"a model without a commit":           {func(f *Facts) { f.Models[1].Commit = "" }, ""},
	} {
		f := slerpFacts()
		tt.change(&f)
		f, err := f.Prepare()
		if err != nil {
			t.Fatal(err)
		}
		if got := verifyCommand(f); got != tt.want {
			t.Errorf("%s: verifyCommand = %q, want %q", name, got, tt.want)
		}
	}
}

// Whoever copies a line from the card of a branch gets that branch, and nowhere else is main named.
func TestCardOfABranch(t *testing.T) {
	card, err := Render("", goldenCards["branch"]())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`revision="try/t-0.3"`, "/resolve/try%2Ft-0.3/merge.png", "--revision try/t-0.3 --sample 8", "# Marcoro14-7B-slerp (try/t-0.3)\n"} {
		if !strings.Contains(string(card), want) {
			t.Errorf("the card of a branch has no %q", want)
		}
	}
	if strings.Contains(string(card), "resolve/main") {
		t.Error("the card of a branch leads to main")
	}
}
