package report

import (
	"math"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

func TestTargetWords(t *testing.T) {
	const plan = "0a0a"
	for _, tt := range []struct {
		name   string
		target Target
		want   string
	}{
		{"a new repo", Target{Repo: "a/b", Revision: "main", State: StateNew}, "a/b does not exist; would be created, public"},
		{"a new private repo with a branch", Target{Repo: "a/b", Revision: "v2", State: StateNew, Private: true}, "a/b does not exist; would be created, private, with the branch v2; main would stay empty"},
		{"a new branch", Target{Repo: "a/b", Revision: "v2", State: StateBranch, UsedStorage: 14_500_000_000},
			"a/b, branch v2 does not exist; would be created from main of a/b (public, holds 14.5 GB)"},
		{"a gated repo without weights", Target{Repo: "a/b", Revision: "main", State: StateFiles, Gated: "auto"}, "a/b exists, public, gated; one commit would add the merge"},
		{"an earlier merge of more shards", Target{Repo: "a/b", Revision: "main", State: StateMerge, EarlierPlan: "1b", Removed: []string{"x", "y"}},
			"a/b exists, public; one commit would replace the existing merge and remove 2 files"},
		{"the same weights with an edited card", Target{Repo: "a/b", Revision: "main", State: StateMerge, EarlierPlan: plan, EditedCard: true},
			"a/b exists, public; the weights are already there; one commit would update the other files; its hand-written README.md stays"},
		{"weights of another origin", Target{Repo: "a/b", Revision: "main", State: StateWeights, Removed: []string{"x"}},
			"a/b exists, public; one commit would replace weights not made by lazymerge and remove 1 file"},
		{"this very merge", Target{Repo: "a/b", Revision: "main", State: StateUnchanged, EditedCard: true}, "a/b exists, public; it already holds this merge, so a push would change nothing"},
		{"this very merge, to be proposed", Target{Repo: "a/b", Revision: "main", State: StateUnchanged, Pull: &Pull{}}, "a/b exists, public; it already holds this merge, so a push would change nothing"},
		{"a proposal", Target{Repo: "a/b", Revision: "main", State: StateWeights, Pull: &Pull{}}, "a/b exists, public; a pull request with one commit would be opened"},
		{"a proposal that is there", Target{Repo: "a/b", Revision: "main", State: StateUnchanged, Pull: &Pull{Number: 3}},
			"a/b, pull request 3 already proposes this merge, so a push would change nothing"},
	} {
		if got := tt.target.words(plan); got != tt.want {
			t.Errorf("%s: words() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTokenWords(t *testing.T) {
	yes, no := true, false
	sources := func(access ...source.Access) []Source {
		out := make([]Source, len(access))
		for i, a := range access {
			out[i].Access = a
		}
		return out
	}
	for _, tt := range []struct {
		name    string
		token   Token
		sources []Source
		want    string
	}{
		{"none", Token{Reads: &yes}, sources(source.AccessOpen), "none: only public repos can be read"},
		{"one source beside a folder", Token{From: "HF_TOKEN", Role: "read", Reads: &yes}, sources(source.AccessOpen, source.AccessFolder), "HF_TOKEN (read): can read the source"},
		{"three sources", Token{From: "the token file", Role: "fineGrained", Reads: &yes, Account: "a", Writes: "a/*"}, sources(source.AccessOpen, source.AccessToken, source.AccessOpen),
			"the token file (fine-grained): can read all 3 sources, can write to a/*"},
		{"what the Hub does not tell", Token{From: "--token", Account: "a"}, nil, "--token: the push will show what it can write to"},
		{"nothing is known", Token{From: "--token", Reads: &no}, sources(source.AccessCache), "--token"},
		{"a pull request", Token{From: "HF_TOKEN", Role: "write", Opens: "a/b"}, nil, "HF_TOKEN (write): can open a pull request in a/b"},
	} {
		if got := tt.token.words(tt.sources); got != tt.want {
			t.Errorf("%s: words() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestValuesInATable(t *testing.T) {
	row := func(values ...float64) settingRow { return settingRow{values: values} }
	usual := newLayerTable([]settingRow{row(0, 0.5, 1.1)}, 3, false)
	small := newLayerTable([]settingRow{row(0, 0.005, -0.01)}, 3, false)
	for _, tt := range []struct {
		name, got, want string
	}{
		{"two decimals", usual.cell(1.1), "1.10"},
		{"four where all are small", small.cell(-0.01), "-0.0100"},
		{"columns of the usual width", usual.row(3, func(k int) string { return "x" }), "     x     x     x"},
		{"wider ones for more decimals", small.row(3, func(k int) string { return "x" }), "        x        x        x"},
		{"alone below others, as they are", usual.alone(0.5, true), "0.50"},
		{"alone below others, with more decimals", usual.alone(0.125, true), "0.125"},
		{"alone", usual.alone(1.1, false), "1.1"},
		{"alone, a third", usual.alone(1.0/3, false), "0.3333"},
		{"alone, tiny", usual.alone(1e-7, false), "1e-07"},
		{"a switch", newLayerTable(nil, 3, true).alone(1, false), "true"},
		{"no value", usual.alone(math.NaN(), true), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
