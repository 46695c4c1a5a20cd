package target

import (
	"testing"

	"github.com/lazymerge/lazymerge/hub"
)

func TestRevisionOfContent(t *testing.T) {
	for want, target := range map[string]Target{
		"try":         {Revision: "try"},
		"refs/pr/new": {Revision: "main", Pull: &Pull{}},
		"refs/pr/3":   {Revision: "main", Pull: &Pull{Number: 3}},
	} {
		if got := target.ContentRevision(); got != want {
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
		if got := (Target{Account: tt.account}).ours(tt.author); got != tt.want {
			t.Errorf("what %q proposes is ours for %+v: %v, want %v", tt.author, tt.account, got, tt.want)
		}
	}
}
