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
	Hub         *hub.Client // to publish to
	Sources     *hub.Client // of the sources
	Target      target.Target
	Held        target.Held
	Unchanged   bool  // Held is this merge: there is nothing to do
	ReplaceCard bool  // even if written by hand
	Private     bool  // if the repo is created
	Others      []int // our open pull requests for other merges
}

// Target is the repo a push would go to, and what it would do there.
type Target struct {
	Repo        string   `json:"repo"`
	Revision    string   `json:"revision"` // branch
	URL         string   `json:"url"`      // of the repo's page
	State       State    `json:"state"`
	Private     bool     `json:"private"` // now, or when created
	Gated       string   `json:"gated,omitempty"`
	UsedStorage int64    `json:"used_storage,omitempty"`   // bytes, if the Hub says
	Parent      string   `json:"parent,omitempty"`         // tip of the branch
	EarlierPlan string   `json:"earlier_plan,omitempty"`   // hash of our merge in it
	Removed     []string `json:"removed,omitempty"`        // weight files the commit would remove
	EditedCard  bool     `json:"edited_card,omitempty"`    // its README.md was written or edited by hand and stays
	Generated   string   `json:"generated_card,omitempty"` // tool that made its README.md, which would be replaced

	Pull       *Pull `json:"pull_request,omitempty"`        // with --create-pr: State and Parent are then those of the pull request
	OtherPulls []int `json:"other_pull_requests,omitempty"` // our open ones for other merges
}

// Pull is a pull request that a push would open or add to.
type Pull struct {
	Number int    `json:"number,omitempty"` // absent for a new one
	URL    string `json:"url,omitempty"`    // with Number
}

// State is what a push would find in its target.
type State string

// States of a target before a push.
const (
	StateNew       State = "new"       // no repo; it would be created
	StateBranch    State = "branch"    // no branch; it would be created from main
	StateUnchanged State = "unchanged" // it holds this merge
	StateMerge     State = "merge"     // it holds an earlier merge
	StateWeights   State = "weights"   // it holds weights not made by a merge, which would be replaced
	StateFiles     State = "files"     // it holds no weights
)

// Token describes a token that a push would use, without its value.
type Token struct {
	From    string `json:"from"`              // "HF_TOKEN", "--token", "the token file"; "" for none
	Account string `json:"account,omitempty"` // its owner, if the Hub says
	Role    string `json:"role,omitempty"`    // "read", "write" or "fineGrained", if the Hub says
	Reads   *bool  `json:"reads,omitempty"`   // all sources on the Hub; absent for the token of the target alone
	Writes  string `json:"writes,omitempty"`  // "namespace/*" or a repo; absent if only the push will show it
	Opens   string `json:"opens,omitempty"`   // with --create-pr: the repo it can open pull requests in

	noAccess bool // in a dry run, if Target has NoAccess
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

// tokens lists the token of the sources and, if different, that of the target.
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
	switch {
	case !onHub:
	case p.Hub == p.Sources:
		own.Reads = &reads
	default:
		return []Token{{From: tokenFrom(p.Sources), Reads: &reads}, own}
	}
	return []Token{own}
}

// tokenFrom says where c's token comes from; "" for none.
func tokenFrom(c *hub.Client) string {
	if c.OIDC != nil {
		return c.OIDC.From()
	}
	return c.TokenFrom
}
