package pipeline

import (
	"testing"

	"github.com/lazymerge/lazymerge/hub"
)

func TestStateOfAProposal(t *testing.T) {
	at := func(number int, draft bool) *pull {
		return &pull{Number: number, URL: "https://hub.test/a/b/discussions/3", Draft: draft}
	}
	for _, tt := range []struct {
		name    string
		stopped Stopped
		want    string
	}{
		{"before it is made", Stopped{Stored: 1, Shards: 2},
			"nothing was published; 1 of 2 shards is stored on the Hub and will not be sent again; main of a/b is untouched"},
		{"while it is made", Stopped{Stored: 2, Shards: 2, Doubt: true},
			"it is not known whether the pull request was made; https://hub.test/a/b/discussions shows it"},
		{"while its commit is made", Stopped{Doubt: true, Pull: at(3, true)},
			"it is not known whether the commit landed; https://hub.test/a/b/discussions/3 shows it"},
		{"before its commit", Stopped{Pull: at(3, true)},
			"nothing was published; main of a/b is untouched; pull request 3 is a draft without a commit, which the same command goes on with"},
		{"before a second commit", Stopped{Pull: at(3, false)}, "nothing was published; main of a/b is untouched"},
		{"behind its commit", Stopped{Landed: true, Pull: at(3, true)},
			"pull request 3 has the merge, and is still a draft: https://hub.test/a/b/discussions/3"},
	} {
		tt.stopped.Repo, tt.stopped.Revision, tt.stopped.Page, tt.stopped.Proposes = "a/b", "main", "https://hub.test/a/b", true
		if got := tt.stopped.State(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRevisionOfContent(t *testing.T) {
	for want, target := range map[string]Target{
		"try":         {Revision: "try"},
		"refs/pr/new": {Revision: "main", Pull: &pull{}},
		"refs/pr/3":   {Revision: "main", Pull: &pull{Number: 3}},
	} {
		if got := target.contentRev(); got != want {
			t.Errorf("content for %+v goes up for %s, want %s", target, got, want)
		}
	}
}

func TestWhoseProposal(t *testing.T) {
	bob := &hub.Account{Name: "bob"}
	for _, tt := range []struct {
		account *hub.Account
		author  string
		want    bool
	}{
		{bob, "Bob", true}, {bob, "carol", false}, {bob, "[OIDC]", false}, {bob, "", false},
		{nil, "[OIDC]", true}, {nil, "bob", false}, {nil, "oidc-bot", false}, {nil, "", false},
	} {
		if got := (&Target{Account: tt.account}).ours(tt.author); got != tt.want {
			t.Errorf("what %q proposes is ours for %+v: %v, want %v", tt.author, tt.account, got, tt.want)
		}
	}
}
