package pipeline

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// assumedSpeed is what times are estimated with, in bytes a second each way.
const assumedSpeed = 100e6

// summary prints what a push or merge is about to do; there is no cost where the weights are there already.
func (m *Merge) summary(cost bool) {
	u := m.setup.UI
	u.Line("plan", "%s", m.headline())
	if c := m.Plan.Cost; cost {
		u.Line("cost", "read %s, write %s, memory %s, disk %s, %s at 100 MB/s",
			ui.Bytes(c.ReadBytes), ui.Bytes(c.WriteBytes), ui.Bytes(c.Memory), ui.Bytes(c.Disk), ui.About(m.estimate()))
	}
	u.Line("licence", "%s", m.licence())
	m.warn()
}

func (m *Merge) headline() string {
	p := m.Plan
	return fmt.Sprintf("%s of %s, %s, %s, %s parameters, %s, %s   %s", p.Method, ui.N(len(p.Sources), "model"), ui.N(p.Layers, "layer"),
		ui.N(len(p.Tensors), "tensor"), ui.Count(p.Params), p.DType, ui.N(len(p.Shards), "shard"), ui.PlanID(p.Hash))
}

// estimate is how long the bytes take; the way down and the way up go on side by side.
func (m *Merge) estimate() time.Duration {
	bytes := max(m.Plan.Cost.ReadBytes, m.Plan.Cost.WriteBytes)
	return time.Duration(float64(bytes) / assumedSpeed * float64(time.Second))
}

func (m *Merge) warn() {
	for _, w := range m.Warnings {
		m.setup.UI.Warn(w)
	}
}

// licence says what the sources' cards say.
func (m *Merge) licence() string {
	models := m.facts("x").Models
	terms := card.License(models)
	if terms.License == "" {
		if !slices.ContainsFunc(models, func(c card.Model) bool { return c.License != "" }) {
			return "no source states one, so the card states none"
		}
		if len(models) == 1 {
			return models[0].License + " says nothing without a name, so the card states none"
		}
		var parts []string
		for i, src := range m.Sources {
			parts = append(parts, cmp.Or(models[i].License, "none stated")+" ("+src.name()+")")
		}
		return "the sources do not agree, so the card states none: " + ui.List(parts)
	}
	switch len(models) {
	case 1:
		return terms.Label() + ", as the source"
	case 2:
		return terms.Label() + ", as both sources"
	}
	return fmt.Sprintf("%s, as all %d sources", terms.Label(), len(models))
}

// Print writes the preflight report as a table.
func (m *Merge) Print(line func(word, format string, args ...any)) {
	line("plan", "%s", m.headline())
	width, pins, licences := 0, 0, 0
	for i, src := range m.Sources {
		width = max(width, len(src.name()))
		pins = max(pins, len(pin(&m.Plan.Sources[i])))
		licences = max(licences, len(src.licence()))
	}
	shares := m.shares()
	word := "source"
	for i, src := range m.Sources {
		p := m.Plan.Sources[i]
		var notes []string
		if m.Recipe.Base != nil && src.Ref.Same(*m.Recipe.Base) {
			notes = append(notes, "base")
		}
		if share := shares[i]; share != nil {
			notes = append(notes, ui.Percent(*share))
		}
		if src.Gated != "" {
			notes = append(notes, "gated")
		}
		if src.Private {
			notes = append(notes, "private")
		}
		line(word, "%-*s  %-*s  %9s  %-8s  %-*s  %s", width, src.name(), pins, pin(&p), ui.Bytes(p.Bytes), p.DType,
			licences, src.licence(), strings.Join(notes, ", "))
		word = ""
	}
	c := m.Plan.Cost
	donor := "config and tokenizer from " + m.Sources[m.Plan.Donor].name()
	line("result", "%s, %s; %s", ui.N(len(m.Plan.Shards), "shard"), ui.Bytes(c.WriteBytes), donor)
	line("cost", "read %s in %s, write %s", ui.Bytes(c.ReadBytes), ui.N(c.Requests, "request"), ui.Bytes(c.WriteBytes))
	disk := ui.Bytes(c.Disk)
	if free, err := freeDisk(cmp.Or(m.setup.WorkDir, os.TempDir())); err == nil {
		disk += " of " + ui.Bytes(free) + " free"
	}
	line("", "memory %s of %s, disk %s, %s at 100 MB/s each way", ui.Bytes(c.Memory), ui.Bytes(m.setup.memory()), disk, ui.About(m.estimate()))
	line("licence", "%s", m.licence())
	m.printSettings(line)
}

// printSettings shows the shared parameters where they end up, at five layers.
func (m *Merge) printSettings(line func(word, format string, args ...any)) {
	for _, s := range m.facts("x").Settings {
		varies, width := false, 0
		for _, g := range s.Groups {
			varies = varies || len(g.Values) > 1
			width = max(width, len(g.Name))
		}
		if varies {
			line(s.Name, "%-*s%s", width, "layer", columns(m.Plan.Layers, func(k int) string { return fmt.Sprint(k) }))
		}
		word := s.Name
		if varies {
			word = ""
		}
		for _, g := range s.Groups {
			name := cmp.Or(g.Name, "all tensors")
			if len(g.Values) == 1 {
				line(word, "%-*s%6s", width, name, value(s, g.Values[0]))
			} else {
				line(word, "%-*s%s", width, name, columns(len(g.Values), func(k int) string { return value(s, g.Values[k]) }))
			}
			word = ""
		}
	}
}

func value(s card.Setting, v float64) string {
	switch {
	case s.Bool && v != 0:
		return "true"
	case s.Bool:
		return "false"
	}
	return fmt.Sprintf("%.2f", v)
}

// columns joins what cell says of five layers spread over n.
func columns(n int, cell func(layer int) string) string {
	var b strings.Builder
	last := -1
	for i := range 5 {
		k := min(i*n/4, n-1)
		if k != last {
			fmt.Fprintf(&b, "%6s", cell(k))
		}
		last = k
	}
	return b.String()
}

// pin is what a person sees of the content that a source is pinned to.
func pin(s *plan.Source) string {
	return cmp.Or(ui.CommitID(s.Commit), "folder "+s.Digest[:min(8, len(s.Digest))])
}

func (s *Source) licence() string { return cmp.Or(s.Card.License, "no licence stated") }

// name is what a person calls the source.
func (s *Source) name() string {
	return cmp.Or(s.Repo(), s.Ref.Path)
}

// Report is the machine's form of the preflight report.
type Report struct {
	Plan     any            `json:"plan"`
	Sources  []ReportSource `json:"sources"`
	Warnings []ReportFault  `json:"warnings"`
}

// ReportSource is a source as the config names it, in the order of the plan's sources.
type ReportSource struct {
	Ref     string `json:"ref"`
	Repo    string `json:"repo,omitempty"`
	Commit  string `json:"commit,omitempty"`
	License string `json:"license,omitempty"`
	Private bool   `json:"private"`
	Gated   string `json:"gated,omitempty"`
	Bytes   int64  `json:"bytes"`
	DType   string `json:"dtype"`
}

// Report returns the preflight report as data; bytes are integers.
func (m *Merge) Report() Report {
	r := Report{Plan: m.Plan, Warnings: reportFaults(m.Warnings)}
	for i, src := range m.Sources {
		p := m.Plan.Sources[i]
		r.Sources = append(r.Sources, ReportSource{Ref: src.Ref.String(), Repo: p.Repo, Commit: p.Commit, License: src.Card.License,
			Private: src.Private, Gated: src.Gated, Bytes: p.Bytes, DType: p.DType})
	}
	return r
}
