package pipeline

import (
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

func TestStoppedChanged(t *testing.T) {
	for _, tt := range []struct {
		name           string
		e              Stopped
		changed, known bool
	}{
		{"in an upload", Stopped{Created: true, Stored: 1}, false, true},
		{"by a commit of somebody else", Stopped{Moved: true, files: 8}, false, true},
		{"in the commit", Stopped{Doubt: true, files: 8}, false, false},
		{"after the commit of a pull request", Stopped{Pull: &target.Pull{Number: 1}, Landed: true, files: 8}, true, true},
		{"where a pull request with a commit was to be shown as ready", Stopped{Pull: &target.Pull{Number: 1}, Landed: true}, false, false},
	} {
		if changed, known := tt.e.Changed(); changed != tt.changed || known != tt.known {
			t.Errorf("%s: Changed() = %v, %v; want %v, %v", tt.name, changed, known, tt.changed, tt.known)
		}
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
		{Stopped{Shards: 3, Branched: true}, "nothing was published; the branch main of a/b was created and is still equal to main"},
		{Stopped{Shards: 3, Stored: 2}, "nothing was published; 2 of 3 shards stored on the Hub, not to be sent again; main of a/b is untouched"},
		{Stopped{Shards: 3, Stored: 1}, "nothing was published; 1 of 3 shards stored on the Hub, not to be sent again; main of a/b is untouched"},
		{Stopped{Shards: 1, Stored: 1}, "nothing was published; 1 of 1 shard stored on the Hub, not to be sent again; main of a/b is untouched"},
		{Stopped{Shards: 1, Stored: 1, Created: true, Moved: true}, "nothing was published; 1 of 1 shard stored on the Hub, not to be sent again; someone else has changed main of a/b"},
		{Stopped{Shards: 1, Stored: 1, Doubt: true, Page: "https://hub/a/b"}, "the commit may have landed; check https://hub/a/b"},
	} {
		tt.state.Repo, tt.state.Revision = "a/b", "main"
		if got := tt.state.State(); got != tt.want {
			t.Errorf("State() of %+v = %q, want %q", tt.state, got, tt.want)
		}
	}
}

func TestStateOfAProposal(t *testing.T) {
	at := func(number int, draft bool) *target.Pull {
		return &target.Pull{Number: number, URL: "https://hub.test/a/b/discussions/3", Draft: draft}
	}
	for _, tt := range []struct {
		name    string
		stopped Stopped
		want    string
	}{
		{"before it is made", Stopped{Stored: 1, Shards: 2},
			"nothing was published; 1 of 2 shards stored on the Hub, not to be sent again; main of a/b is untouched"},
		{"while it is made", Stopped{Stored: 2, Shards: 2, Doubt: true},
			"the pull request may exist; check https://hub.test/a/b/discussions"},
		{"while its commit is made", Stopped{Doubt: true, Pull: at(3, true)},
			"the commit may have landed; check https://hub.test/a/b/discussions/3"},
		{"before its commit", Stopped{Pull: at(3, true)},
			"nothing was published; main of a/b is untouched; pull request 3 is an empty draft, which the same command will use"},
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
