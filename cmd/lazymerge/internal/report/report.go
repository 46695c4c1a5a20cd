// Package report says what is known before a merge starts, as a page or as JSON, and puts faults and warnings into JSON.
//
// [New] makes the [Report] of a [Subject]; [Report.Print] writes it as a page.
package report

import (
	"cmp"
	"math"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Subject is what a report is about.
type Subject struct {
	Merge    render.Merge
	Aspects  []compat.Aspect
	Moved    []string // with a plan file: for each source the commit its name leads to now, if it moved; otherwise nil
	Warnings recipe.Faults
	Access   []source.Access // of each source
	Memory   int64           // bytes it may use
	DiskFree *int64          // bytes, where shards wait for upload; nil if unknown
	Push     *Push           // nil if nothing is published
	Read     int64           // bytes from the network, so far
}

// Report is what is known before a merge starts, which "plan" prints as a page or as JSON. Sizes are integers in
// bytes; shares and parameters are not rounded. Lists are in the order of the plan, the same every time.
type Report struct {
	Plan     *plan.Plan      `json:"plan"` // with every tensor, and the cost on this machine
	Sources  []Source        `json:"sources"`
	Machine  Machine         `json:"machine"`
	License  License         `json:"license"`          // what the card will state and why
	Target   *Target         `json:"target,omitempty"` // with --repo
	Tokens   []Token         `json:"tokens"`           // used by a push; empty without --repo
	Settings []Setting       `json:"settings"`         // parameters not at their default
	Layers   []Layers        `json:"layers"`           // of a merge that stacks layers; empty if all stay in place
	Same     []compat.Aspect `json:"same"`             // what all sources have in common; empty for one source
	Differs  []compat.Aspect `json:"differs"`          // where they differ
	Faults   []Fault         `json:"faults"`           // empty: with a fault there is a Refusal instead
	Warnings []Fault         `json:"warnings"`
	Read     int64           `json:"read_bytes"` // from the network, so far
}

// Source is a source as the config names it, in the order of the plan's sources.
type Source struct {
	Ref     string        `json:"ref"`              // as the config has it
	As      string        `json:"as,omitempty"`     // name it is published under, if different
	Repo    string        `json:"repo,omitempty"`   // on the Hub
	Commit  string        `json:"commit,omitempty"` // with Repo
	Now     string        `json:"now,omitempty"`    // with --plan: the commit Ref leads to now, if it moved
	Digest  string        `json:"digest,omitempty"` // of a folder that is not a Hub snapshot
	License string        `json:"license,omitempty"`
	Private bool          `json:"private"`
	Gated   string        `json:"gated,omitempty"` // "auto" or "manual"
	Access  source.Access `json:"access"`
	Bytes   int64         `json:"bytes"` // of all its tensors
	DType   string        `json:"dtype"` // the most common of them
	Base    bool          `json:"base"`  // the config's base_model
	Donor   bool          `json:"donor"` // config and tokenizer come from it
	Share   *float64      `json:"share"` // of the result's parameters, 0 to 1; null where it makes no sense
}

// License is the license of the result.
type License struct {
	ID      string       `json:"id"` // of the Hub
	Name    string       `json:"name,omitempty"`
	Link    string       `json:"link,omitempty"`
	Verdict card.Verdict `json:"verdict"` // how it was decided
	Text    string       `json:"text"`    // in words
	Files   []string     `json:"files"`   // license files of the result
}

// Machine is what this machine has for the plan.
type Machine struct {
	Memory   int64  `json:"memory"`              // bytes it may use: --memory or its default
	DiskFree *int64 `json:"disk_free,omitempty"` // bytes, where shards wait for upload; absent if unknown
	Speed    int64  `json:"bytes_per_second"`    // each way, assumed
	Seconds  int64  `json:"seconds"`             // to read and write at that speed
}

// Setting is one parameter with its values.
type Setting struct {
	Name   string  `json:"name"`
	Source *int    `json:"source,omitempty"` // index of its source; absent if all share it
	Bool   bool    `json:"bool,omitempty"`   // values are 0 and 1
	Groups []Group `json:"groups"`

	of card.Setting
}

// Group is a set of tensors with one value in each layer.
type Group struct {
	Tensors string     `json:"tensors"` // "attention", "norms, embeddings"; "" for all
	Values  []*float64 `json:"values"`  // one for all layers, or one for each; null for a layer without
}

// Layers is a run of output layers, First up to but not including End, with its parts.
type Layers struct {
	First int    `json:"first"`
	End   int    `json:"end"`
	Parts []Part `json:"parts"`
}

// Part is a run of layers of one source, First up to but not including End.
type Part struct {
	Source int `json:"source"`
	First  int `json:"first"`
	End    int `json:"end"`
}

// New makes the report of s.
func New(s Subject) *Report {
	m := s.Merge
	r := &Report{
		Plan: m.Plan, License: licenseOf(m), Read: s.Read, Tokens: []Token{}, Settings: []Setting{}, Layers: []Layers{},
		Same: []compat.Aspect{}, Differs: []compat.Aspect{}, Faults: []Fault{}, Warnings: Faults(s.Warnings),
		Machine: Machine{Memory: s.Memory, DiskFree: s.DiskFree, Speed: assumedSpeed, Seconds: int64(math.Ceil(Estimate(m.Plan).Seconds()))},
	}
	shares := m.Shares()
	for i, src := range m.Sources {
		of := m.Plan.Sources[i]
		out := Source{
			Ref: src.Ref.String(), Repo: src.Pin.Repo, Commit: src.Pin.Commit, Digest: src.Pin.Digest, License: cmp.Or(src.Card.License, strings.Join(src.Card.Licenses, ", ")),
			Private: src.Private, Gated: src.Gated, Bytes: of.Bytes, DType: of.DType,
			Base: m.Recipe.Base != nil && src.Ref.Same(*m.Recipe.Base), Donor: i == m.Plan.Donor, Share: shares[i],
		}
		if to := src.Published(); !to.Same(src.Ref) {
			out.As = to.String()
		}
		if s.Moved != nil {
			out.Now = s.Moved[i]
		}
		if s.Access != nil {
			out.Access = s.Access[i]
		}
		r.Sources = append(r.Sources, out)
	}
	facts := m.Facts(render.Place{Repo: "x"}, render.Known{})
	for _, one := range facts.Settings {
		r.Settings = append(r.Settings, settingOf(one, nil))
	}
	for _, p := range m.Method.Params { // all models' weights, then all densities
		for i, model := range facts.Models {
			for _, one := range model.Settings {
				if one.Name == p.Name {
					r.Settings = append(r.Settings, settingOf(one, &i))
				}
			}
		}
	}
	for _, run := range facts.Slices {
		layers := Layers{First: run.First, End: run.End}
		for _, part := range run.Parts {
			layers.Parts = append(layers.Parts, Part{part.Model, part.First, part.End})
		}
		r.Layers = append(r.Layers, layers)
	}
	for _, a := range s.Aspects {
		if len(a.Others) == 0 {
			r.Same = append(r.Same, a)
		} else {
			r.Differs = append(r.Differs, a)
		}
	}
	if s.Push != nil {
		r.Target = targetOf(m.Plan, *s.Push)
		r.Tokens = tokens(r.Sources, *s.Push)
	}
	return r
}

func settingOf(s card.Setting, source *int) Setting {
	out := Setting{Name: s.Name, Source: source, Bool: s.Bool, of: s}
	for _, g := range s.Groups {
		group := Group{Tensors: g.Name}
		for _, v := range g.Values {
			value := &v
			if math.IsNaN(v) {
				value = nil
			}
			group.Values = append(group.Values, value)
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

func licenseOf(m render.Merge) License {
	t := license.Of(m.Sources, m.License, m.Terms)
	r := License{ID: t.License, Name: t.Name, Link: t.Link, Verdict: t.Verdict, Text: t.Sentence(), Files: []string{}}
	for _, f := range m.Terms.Files {
		r.Files = append(r.Files, f.Path)
	}
	return r
}
