package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// assumedSpeed is the speed for estimates, in bytes a second each way.
const assumedSpeed = 100e6

// Headline is a plan in one line.
func Headline(p *plan.Plan) string {
	return fmt.Sprintf("%s of %s, %s, %s, %s parameters, %s, %s   %s", p.Method, say.N(len(p.Sources), "model"), say.N(p.Layers, "layer"),
		say.N(len(p.Outputs), "tensor"), card.Count(p.Params), p.DType, say.N(len(p.Shards), "shard"), say.PlanID(p.Hash))
}

// Estimate is the time a plan takes; downloads and uploads overlap.
func Estimate(p *plan.Plan) time.Duration {
	bytes := max(p.Cost.ReadBytes, p.Cost.WriteBytes)
	return time.Duration(float64(bytes) / assumedSpeed * float64(time.Second))
}

// Print writes r, the report of m, as a page to read in ten seconds.
func (r *Report) Print(m render.Merge, line func(word, format string, args ...any)) {
	p := page{m}
	line("plan", "%s", Headline(m.Plan))
	line("", "")
	p.printSources(r, line)
	c := m.Plan.Cost
	line("result", "%s, %s; config and tokenizer from %s", say.N(len(m.Plan.Shards), "shard"), say.Bytes(c.WriteBytes), m.Sources[m.Plan.Donor].Name())
	line("cost", "read %s in %s, write %s", say.Bytes(c.ReadBytes), say.N(c.Requests, "request"), say.Bytes(c.WriteBytes))
	disk := say.Bytes(c.Disk)
	if r.Machine.DiskFree != nil {
		disk += " of " + say.Bytes(*r.Machine.DiskFree) + " free"
	}
	line("", "memory %s of %s, disk %s, %s at 100 MB/s each way", say.Bytes(c.Memory), say.Bytes(r.Machine.Memory), disk, say.About(Estimate(m.Plan)))
	line("license", "%s", r.License.Text)
	if r.Target != nil {
		line("target", "%s", r.Target.words(m.Plan.Hash))
		row := under("token", line)
		for _, t := range r.Tokens {
			row("%s", t.words(r.Sources))
		}
	}
	if len(r.Layers)+len(r.Settings) > 0 {
		line("", "")
	}
	p.printLayers(r.Layers, line)
	p.printSettings(r.Settings, line)
	if len(r.Same)+len(r.Differs)+len(r.Warnings) > 0 {
		line("", "")
	}
	if len(r.Same) > 0 {
		line("same", "%s", aspectWords(r.Same, true))
	}
	if len(r.Differs) > 0 {
		line("differs", "%s", aspectWords(r.Differs, false))
	}
}

// A liner prints a line with a word in the left column, as ui.UI.Line does.
type liner = func(word, format string, args ...any)

// under is line with word in the left column of its first line.
func under(word string, line liner) func(format string, args ...any) {
	return func(format string, args ...any) {
		line(word, format, args...)
		word = ""
	}
}

// A page is a merge with its report.
type page struct{ render.Merge }

func (m page) printSources(r *Report, line liner) {
	var pins, licenses []string
	names, pinned, licensed := 0, 0, 0 // widths
	for i, src := range m.Sources {
		at := m.Plan.Sources[i]
		pins = append(pins, cmp.Or(say.CommitID(at.Commit), "folder "+say.CommitID(at.Digest)))
		licenses = append(licenses, cmp.Or(src.Card.Words(), "no license stated"))
		names, pinned, licensed = max(names, len(src.Name())), max(pinned, len(pins[i])), max(licensed, len(licenses[i]))
	}
	row := under("source", line)
	for i, src := range m.Sources {
		s := &r.Sources[i]
		var notes []string
		if s.Base {
			notes = append(notes, "base")
		}
		if s.Share != nil {
			notes = append(notes, card.Percent(*s.Share))
		}
		access := map[source.Access]string{source.AccessToken: " (can read)", source.AccessCache: " (cached)"}[s.Access]
		if s.Gated != "" {
			notes = append(notes, "gated"+access)
		}
		if s.Private {
			notes = append(notes, "private"+access)
		}
		row("%-*s  %-*s  %9s  %-8s  %-*s  %s", names, src.Name(), pinned, pins[i], say.Bytes(s.Bytes), s.DType, licensed, licenses[i], strings.Join(notes, ", "))
	}
}

// words describes the target and what a push of plan would do to it.
func (t *Target) words(plan string) string {
	visibility := map[bool]string{false: "public", true: "private"}[t.Private]
	at := t.Repo
	if t.Revision != "main" {
		at += ", branch " + t.Revision
	}
	switch {
	case t.State == StateNew:
		return t.Repo + " does not exist; would be created, " + visibility + target.OnlyBranch(t.Revision, "would stay")
	case t.Pull != nil && t.Pull.Number > 0 && t.State == StateUnchanged:
		return fmt.Sprintf("%s, pull request %d already proposes this merge, so a push would change nothing", at, t.Pull.Number)
	case t.Pull != nil && t.Pull.Number > 0:
		return fmt.Sprintf("%s, pull request %d is yours; a push would add one commit", at, t.Pull.Number)
	}
	is := []string{visibility}
	if t.Gated != "" {
		is = append(is, "gated")
	}
	if t.UsedStorage > 0 {
		is = append(is, "holds "+say.Bytes(t.UsedStorage))
	}
	facts := strings.Join(is, ", ")
	if t.State == StateBranch {
		return fmt.Sprintf("%s does not exist; would be created from main of %s (%s)", at, t.Repo, facts)
	}
	return fmt.Sprintf("%s exists, %s; %s", at, facts, t.would(plan))
}

// would says what a push of plan would do to an existing branch.
func (t *Target) would(plan string) string {
	what := "one commit would add the merge"
	switch {
	case t.State == StateUnchanged:
		return "it already holds this merge, so a push would change nothing"
	case t.Pull != nil:
		return "a pull request with one commit would be opened"
	case t.State == StateMerge && t.EarlierPlan == plan:
		what = "the weights are already there; one commit would update the other files"
	case t.State == StateMerge:
		what = "one commit would replace the existing merge"
	case t.State == StateWeights:
		what = "one commit would replace weights not made by lazymerge"
	}
	if len(t.Removed) > 0 {
		what += " and remove " + say.N(len(t.Removed), "file")
	}
	switch {
	case t.EditedCard:
		what += "; its hand-written README.md stays"
	case t.Generated != "":
		what += "; its README.md was generated by " + t.Generated + " and would be replaced"
	}
	return what
}

// words says where a token comes from and what it can do.
func (t *Token) words(sources []Source) string {
	if t.From == "" {
		return "none: only public repos can be read"
	}
	text := t.From
	if t.Role != "" {
		text += " (" + strings.Replace(t.Role, "fineGrained", "fine-grained", 1) + ")"
	}
	var can []string
	if t.Reads != nil && *t.Reads {
		n := 0
		for _, s := range sources {
			if s.Access != source.AccessFolder {
				n++
			}
		}
		all := map[int]string{1: "the source", 2: "both sources"}
		can = append(can, "can read "+cmp.Or(all[n], fmt.Sprintf("all %d sources", n)))
	}
	switch {
	case t.noAccess: // a note says why
	case t.Writes != "":
		can = append(can, "can write to "+t.Writes)
	case t.Opens != "":
		can = append(can, "can open a pull request in "+t.Opens)
	case t.Account != "":
		can = append(can, "the push will show what it can write to")
	}
	if len(can) == 0 {
		return text
	}
	return text + ": " + strings.Join(can, ", ")
}

// shownLayers is how many runs of stacked layers are shown; the rest are counted.
const shownLayers = 12

func (m page) printLayers(all []Layers, line liner) {
	run := func(first, end int) string {
		if end-first == 1 {
			return strconv.Itoa(first)
		}
		return fmt.Sprintf("%d to %d", first, end-1)
	}
	width := len("layers")
	for _, l := range all {
		width = max(width, len(run(l.First, l.End)))
	}
	row := under("layers", line)
	for i, l := range all {
		if i == shownLayers && len(all) > shownLayers+1 {
			line("", "and %s more", say.N(len(all)-i, "run"))
			return
		}
		var parts []string
		for _, p := range l.Parts {
			parts = append(parts, run(p.First, p.End)+" of "+m.Sources[p.Source].Name())
		}
		row("%-*s  %s", width, run(l.First, l.End), say.List(parts))
	}
}

func aspectWords(all []compat.Aspect, same bool) string {
	var words []string
	for _, a := range all {
		word := a.What
		switch {
		case same && (a.What == "vocabulary" && a.Value != "" || a.What == "chat template" && a.Value == "none"):
			word += " (" + a.Value + ")"
		case !same && a.What == "chat template" && a.Value == "one" && !slices.ContainsFunc(a.Others, func(o compat.AspectSource) bool { return o.Value != "none" }):
			word += " (the result has one)"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
