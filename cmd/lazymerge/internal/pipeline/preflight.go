package pipeline

import (
	"context"
	"math"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Report is what is known before a merge starts: what "plan" prints, as a page or as JSON. Sizes are integers in
// bytes, shares and parameters are as they are used. Lists are in the order of the plan, the same every time.
type Report struct {
	Plan     *plan.Plan      `json:"plan"` // with every tensor, and the cost on this machine
	Sources  []ReportSource  `json:"sources"`
	Machine  ReportMachine   `json:"machine"`
	Licence  ReportLicense   `json:"licence"`          // what the card will state and why
	Target   *ReportTarget   `json:"target,omitempty"` // with --repo
	Tokens   []ReportToken   `json:"tokens"`           // that a push would use; empty without --repo
	Settings []ReportSetting `json:"settings"`         // the parameters that are not at their default
	Layers   []ReportLayers  `json:"layers"`           // of a merge that stacks layers; empty where all are in place
	Same     []compat.Aspect `json:"same"`             // what all sources have in common; empty for one source
	Differs  []compat.Aspect `json:"differs"`          // what they have not
	Faults   []ReportFault   `json:"faults"`           // empty: with a fault there is a Refusal instead
	Warnings []ReportFault   `json:"warnings"`
	Read     int64           `json:"read_bytes"` // from the network, so far
}

// ReportSource is a source as the config names it, in the order of the plan's sources.
type ReportSource struct {
	Ref     string        `json:"ref"`              // as the config has it
	As      string        `json:"as,omitempty"`     // as it is published, where that is another name
	Repo    string        `json:"repo,omitempty"`   // on the Hub
	Commit  string        `json:"commit,omitempty"` // with Repo
	Now     string        `json:"now,omitempty"`    // with --plan: the commit that Ref leads to since, where that is another one
	Digest  string        `json:"digest,omitempty"` // of a folder that is no Hub snapshot
	License string        `json:"license,omitempty"`
	Private bool          `json:"private"`
	Gated   string        `json:"gated,omitempty"` // "auto" or "manual"
	Access  source.Access `json:"access"`
	Bytes   int64         `json:"bytes"` // of all its tensors
	DType   string        `json:"dtype"` // the most common of them
	Base    bool          `json:"base"`  // the config's base_model
	Donor   bool          `json:"donor"` // config and tokenizer come from it
	Share   *float64      `json:"share"` // of the result's parameters, 0 to 1; null where that is no sensible number
}

// ReportLicense is the licence of the result.
type ReportLicense struct {
	ID      string       `json:"id"` // of the Hub
	Name    string       `json:"name,omitempty"`
	Link    string       `json:"link,omitempty"`
	Verdict card.Verdict `json:"verdict"` // how it came about
	Text    string       `json:"text"`    // all of this in words
	Files   []string     `json:"files"`   // of the result, on terms of use
}

// ReportMachine is what this machine has for what the plan costs.
type ReportMachine struct {
	Memory   int64  `json:"memory"`              // bytes that may be taken: --memory, or its default
	DiskFree *int64 `json:"disk_free,omitempty"` // bytes, where shards wait for their upload; absent where the system does not tell
	Speed    int64  `json:"bytes_per_second"`    // each way, as assumed
	Seconds  int64  `json:"seconds"`             // that reading and writing take at that speed
}

// ReportTarget is the repo that a push would go to, and what it would do there.
type ReportTarget struct {
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

	Pull       *ReportPull `json:"pull_request,omitempty"`        // with --create-pr: State and Parent are then of what the pull request has
	OtherPulls []int       `json:"other_pull_requests,omitempty"` // open ones of ours that propose other merges
}

// ReportPull is a pull request that a push would make or go on with.
type ReportPull struct {
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

// ReportToken is one token that a push would use, never the token itself.
type ReportToken struct {
	From    string `json:"from"`              // "HF_TOKEN", "--token", "the token file"; "" for none
	Account string `json:"account,omitempty"` // whose it is, where the Hub tells
	Role    string `json:"role,omitempty"`    // "read", "write" or "fineGrained", where the Hub tells
	Reads   *bool  `json:"reads,omitempty"`   // all sources on the Hub; absent for the token of the target alone
	Writes  string `json:"writes,omitempty"`  // "namespace/*" or a repo; absent where only the push will show it
	Opens   string `json:"opens,omitempty"`   // with --create-pr: the repo in which it may open pull requests

	noAccess bool // of a dry run, whose Target has NoAccess
}

// ReportSetting is where one parameter ends up.
type ReportSetting struct {
	Name   string        `json:"name"`
	Source *int          `json:"source,omitempty"` // index of the source that it belongs to; absent where all share it
	Bool   bool          `json:"bool,omitempty"`   // values are 0 and 1
	Groups []ReportGroup `json:"groups"`
}

// ReportGroup is a set of tensors that have one value in each layer.
type ReportGroup struct {
	Tensors string     `json:"tensors"` // "attention", "norms, embeddings"; "" for all
	Values  []*float64 `json:"values"`  // one for all layers, or one for each layer of the result; null where a layer has none
}

// ReportLayers is a run of output layers, First up to but not including End, and what they are made of.
type ReportLayers struct {
	First int          `json:"first"`
	End   int          `json:"end"`
	Parts []ReportPart `json:"parts"`
}

// ReportPart is a run of layers of one source, First up to but not including End.
type ReportPart struct {
	Source int `json:"source"`
	First  int `json:"first"`
	End    int `json:"end"`
}

// Report collects what is known. p is nil where nothing is to be published.
func (m *Merge) Report(ctx context.Context, p *Preview) *Report {
	r := &Report{
		Plan: m.Plan, Licence: m.reportLicense(), Machine: m.machine(), Tokens: []ReportToken{}, Settings: []ReportSetting{}, Layers: []ReportLayers{},
		Same: []compat.Aspect{}, Differs: []compat.Aspect{}, Faults: []ReportFault{}, Warnings: reportFaults(m.Warnings),
	}
	method := m.method()
	shares := m.shares(method)
	for i, src := range m.Sources {
		s := m.Plan.Sources[i]
		now := ""
		if m.moved != nil {
			now = m.moved[i]
		}
		r.Sources = append(r.Sources, ReportSource{
			Ref: src.Ref.String(), As: otherName(src), Repo: src.Pin.Repo, Commit: src.Pin.Commit, Now: now, Digest: src.Pin.Digest, License: src.Card.License,
			Private: src.Private, Gated: src.Gated, Access: m.setup.reader().Access(ctx, src), Bytes: s.Bytes, DType: s.DType,
			Base: m.Recipe.Base != nil && src.Ref.Same(*m.Recipe.Base), Donor: i == m.Plan.Donor, Share: shares[i],
		})
	}
	facts := m.facts("x")
	for _, s := range facts.Settings {
		r.Settings = append(r.Settings, reportSetting(s, nil))
	}
	for _, p := range method.Params { // all models' weights, then all densities
		for i, model := range facts.Models {
			for _, s := range model.Settings {
				if s.Name == p.Name {
					r.Settings = append(r.Settings, reportSetting(s, &i))
				}
			}
		}
	}
	for _, s := range facts.Slices {
		layers := ReportLayers{First: s.First, End: s.End}
		for _, part := range s.Parts {
			layers.Parts = append(layers.Parts, ReportPart{part.Model, part.First, part.End})
		}
		r.Layers = append(r.Layers, layers)
	}
	for _, a := range m.Aspects {
		if len(a.Others) == 0 {
			r.Same = append(r.Same, a)
		} else {
			r.Differs = append(r.Differs, a)
		}
	}
	if p != nil {
		r.Target = m.reportTarget(p)
		r.Tokens = m.reportTokens(r.Sources, p.Target)
	}
	r.Read = m.setup.Received()
	return r
}

func (m *Merge) reportLicense() ReportLicense {
	t := license.Of(m.Sources, m.setup.License, m.terms)
	r := ReportLicense{ID: t.License, Name: t.Name, Link: t.Link, Verdict: t.Verdict, Text: t.Sentence(), Files: []string{}}
	for _, f := range m.terms.Files {
		r.Files = append(r.Files, f.Path)
	}
	return r
}

// otherName is what a source is published as, where that is another name than the config's; "" otherwise.
func otherName(s *source.Source) string {
	if to := s.Published(); !to.Same(s.Ref) {
		return to.String()
	}
	return ""
}

func reportSetting(s card.Setting, source *int) ReportSetting {
	out := ReportSetting{Name: s.Name, Source: source, Bool: s.Bool}
	for _, g := range s.Groups {
		group := ReportGroup{Tensors: g.Name}
		for _, v := range g.Values {
			if math.IsNaN(v) {
				group.Values = append(group.Values, nil)
				continue
			}
			group.Values = append(group.Values, &v)
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

func (m *Merge) machine() ReportMachine {
	machine := ReportMachine{Memory: local.Memory(m.setup.Memory), Speed: assumedSpeed, Seconds: int64(math.Ceil(m.estimate().Seconds()))}
	if free, err := m.setup.room(local.SpoolDir(m.setup.WorkDir)); err == nil {
		machine.DiskFree = &free
	}
	return machine
}

func (m *Merge) reportTarget(p *Preview) *ReportTarget {
	t := p.Target
	r := &ReportTarget{
		Repo: t.Repo, Revision: t.Revision, URL: m.setup.TargetHub().Page(t.Repo), Private: t.Private, Gated: t.Gated,
		UsedStorage: t.UsedStorage, Parent: t.Parent,
	}
	var names []string
	for _, s := range m.Plan.Shards {
		names = append(names, s.Name)
	}
	if m.Plan.IndexFile() != nil {
		names = append(names, plan.Index)
	}
	if t.proposes() {
		r.Pull, r.OtherPulls = &ReportPull{t.Pull.Number, t.Pull.URL}, p.Others
	}
	r.Generated = t.Generated
	r.EditedCard = t.keepsCard(p.Earlier) && !p.Options.ReplaceCard
	if p.Earlier != nil {
		r.EarlierPlan = p.Earlier.Lock.Plan
	}
	switch {
	case !t.Exists:
		r.State, r.Private = StateNew, p.Options.Private
		return r
	case p.Unchanged:
		r.State = StateUnchanged
		return r
	case !t.Branch:
		r.State = StateBranch
	case slices.Contains(t.Files, lock.Name) || slices.Contains(t.Files, lock.Recipe):
		r.State = StateMerge
	case slices.ContainsFunc(t.Files, isWeights):
		r.State = StateWeights
	default:
		r.State = StateFiles
	}
	r.Removed = t.stale(names, p.Earlier)
	return r
}

// reportTokens lists the token of the sources and, where it is another one, that of the target.
func (m *Merge) reportTokens(sources []ReportSource, t *Target) []ReportToken {
	s := m.setup
	onHub, reads := false, true
	for _, src := range sources {
		onHub = onHub || src.Access != source.AccessFolder
		reads = reads && src.Access != source.AccessCache
	}
	target := ReportToken{From: tokenFrom(s.TargetHub())}
	if oidc := s.TargetHub().OIDC; oidc != nil && oidc.IsRepo() {
		target.Writes = oidc.Resource
	}
	if t.Account != nil {
		target.Account, target.Role, target.Writes = t.Account.Name, t.Account.Role, t.Account.WriteScope(t.Repo)
	}
	if t.proposes() {
		target.Writes, target.Opens = "", t.Repo
	}
	if target.noAccess = t.NoAccess != nil; target.noAccess {
		target.Writes, target.Opens = "", ""
	}
	if s.TargetHub() == s.Hub {
		if onHub {
			target.Reads = &reads
		}
		return []ReportToken{target}
	}
	if !onHub {
		return []ReportToken{target}
	}
	return []ReportToken{{From: tokenFrom(s.Hub), Reads: &reads}, target}
}

// tokenFrom says where c's token comes from; "" for none.
func tokenFrom(c *hub.Client) string {
	if c.OIDC != nil {
		return c.OIDC.From()
	}
	return c.TokenFrom
}

// Received is how many bytes have been read from the network so far.
func (s *Setup) Received() int64 {
	n := s.Hub.Received()
	if s.TargetHub() != s.Hub {
		n += s.TargetHub().Received()
	}
	return n
}
