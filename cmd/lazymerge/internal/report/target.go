package report

import (
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Push is what a push would find and do.
type Push struct {
	Hub         *hub.Client // that is published to
	Sources     *hub.Client // of the sources
	Target      target.Target
	Held        target.Held
	Unchanged   bool  // Held is this very merge: there is nothing to do
	ReplaceCard bool  // also one that was written by hand
	Private     bool  // a repo that is created
	Others      []int // open pull requests of ours that propose other merges
}

// Target is the repo that a push would go to, and what it would do there.
type Target struct {
	Repo        string   `json:"repo"`
	Revision    string   `json:"revision"` // branch
	URL         string   `json:"url"`      // of the repo's page
	State       State    `json:"state"`
	Private     bool     `json:"private"` // as it is, or as it would be created
	Gated       string   `json:"gated,omitempty"`
	UsedStorage int64    `json:"used_storage,omitempty"`   // bytes, where the Hub tells
	Parent      string   `json:"parent,omitempty"`         // tip of the branch
	EarlierPlan string   `json:"earlier_plan,omitempty"`   // hash of the merge of ours that it holds
	Removed     []string `json:"removed,omitempty"`        // weight files that the same commit would take out
	EditedCard  bool     `json:"edited_card,omitempty"`    // its README.md was written or edited by hand, and stays
	Generated   string   `json:"generated_card,omitempty"` // tool that made its README.md, which would be replaced

	Pull       *Pull `json:"pull_request,omitempty"`        // with --create-pr: State and Parent are then of what the pull request has
	OtherPulls []int `json:"other_pull_requests,omitempty"` // open ones of ours that propose other merges
}

// Pull is a pull request that a push would make or go on with.
type Pull struct {
	Number int    `json:"number,omitempty"` // absent for one that would be opened
	URL    string `json:"url,omitempty"`    // with Number
}

// State is what a push would find in its target.
type State string

// What a target is before a push.
const (
	StateNew       State = "new"       // no such repo; it would be created
	StateBranch    State = "branch"    // the repo is there, the branch would be made from main
	StateUnchanged State = "unchanged" // it holds this very merge
	StateMerge     State = "merge"     // it holds an earlier merge
	StateWeights   State = "weights"   // it holds weights that no merge put there, which would be replaced
	StateFiles     State = "files"     // it holds no weights
)

// Token is one token that a push would use, never the token itself.
type Token struct {
	From    string `json:"from"`              // "HF_TOKEN", "--token", "the token file"; "" for none
	Account string `json:"account,omitempty"` // whose it is, where the Hub tells
	Role    string `json:"role,omitempty"`    // "read", "write" or "fineGrained", where the Hub tells
	Reads   *bool  `json:"reads,omitempty"`   // all sources on the Hub; absent for the token of the target alone
	Writes  string `json:"writes,omitempty"`  // "namespace/*" or a repo; absent where only the push will show it
	Opens   string `json:"opens,omitempty"`   // with --create-pr: the repo in which it may open pull requests

	noAccess bool // of a dry run, whose Target has NoAccess
}

func targetOf(made *plan.Plan, p Push) *Target {
	t := p.Target
	r := &Target{
		Repo: t.Repo, Revision: t.Revision, URL: p.Hub.Page(t.Repo), Private: t.Private, Gated: t.Gated,
		UsedStorage: t.UsedStorage, Parent: t.Parent,
	}
	var names []string
	for _, s := range made.Shards {
		names = append(names, s.Name)
	}
	if made.IndexFile() != nil {
		names = append(names, plan.Index)
	}
	if t.Proposes() {
		r.Pull, r.OtherPulls = &Pull{Number: t.Pull.Number, URL: t.Pull.URL}, p.Others
	}
	r.Generated = p.Held.Generated
	r.EditedCard = p.Held.KeepsCard() && !p.ReplaceCard
	if p.Held.Lock != nil {
		r.EarlierPlan = p.Held.Lock.Plan
	}
	switch {
	case !t.Exists:
		r.State, r.Private = StateNew, p.Private
		return r
	case p.Unchanged:
		r.State = StateUnchanged
		return r
	case !t.Branch:
		r.State = StateBranch
	case t.HoldsMerge():
		r.State = StateMerge
	case slices.ContainsFunc(t.Files, target.IsWeights):
		r.State = StateWeights
	default:
		r.State = StateFiles
	}
	r.Removed = t.Stale(names, p.Held)
	return r
}

// tokens lists the token of the sources and, where it is another one, that of the target.
func tokens(sources []Source, p Push) []Token {
	t := p.Target
	onHub, reads := false, true
	for _, src := range sources {
		onHub = onHub || src.Access != source.AccessFolder
		reads = reads && src.Access != source.AccessCache
	}
	own := Token{From: tokenFrom(p.Hub)}
	if oidc := p.Hub.OIDC; oidc != nil && oidc.IsRepo() {
		own.Writes = oidc.Resource
	}
	if t.Account != nil {
		own.Account, own.Role, own.Writes = t.Account.Name, t.Account.Role, t.Account.WriteScope(t.Repo)
	}
	if t.Proposes() {
		own.Writes, own.Opens = "", t.Repo
	}
	if own.noAccess = t.NoAccess != nil; own.noAccess {
		own.Writes, own.Opens = "", ""
	}
	if p.Hub == p.Sources {
		if onHub {
			own.Reads = &reads
		}
		return []Token{own}
	}
	if !onHub {
		return []Token{own}
	}
	return []Token{{From: tokenFrom(p.Sources), Reads: &reads}, own}
}

// tokenFrom says where c's token comes from; "" for none.
func tokenFrom(c *hub.Client) string {
	if c.OIDC != nil {
		return c.OIDC.From()
	}
	return c.TokenFrom
}
