package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/compat"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
)

// Print writes r, the report of m, as a page that is read in ten seconds. What is fine takes no more than a line.
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
		word := "token"
		for _, t := range r.Tokens {
			line(word, "%s", t.words(r.Sources))
			word = ""
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

// A page is a merge whose report is printed.
type page struct{ render.Merge }

func (m page) printSources(r *Report, line liner) {
	names, pins, licenses := 0, 0, 0
	for i, src := range m.Sources {
		names = max(names, len(src.Name()))
		pins = max(pins, len(pin(&m.Plan.Sources[i])))
		licenses = max(licenses, len(licenseWords(src)))
	}
	word := "source"
	for i, src := range m.Sources {
		s := &r.Sources[i]
		var notes []string
		if s.Base {
			notes = append(notes, "base")
		}
		if s.Share != nil {
			notes = append(notes, card.Percent(*s.Share))
		}
		may := map[source.Access]string{source.AccessToken: " (may read)", source.AccessCache: " (in the cache)"}[s.Access]
		if s.Gated != "" {
			notes = append(notes, "gated"+may)
		}
		if s.Private {
			notes = append(notes, "private"+may)
		}
		line(word, "%-*s  %-*s  %9s  %-8s  %-*s  %s", names, src.Name(), pins, pin(&m.Plan.Sources[i]), say.Bytes(s.Bytes), s.DType,
			licenses, licenseWords(src), strings.Join(notes, ", "))
		word = ""
	}
}

// words says what the target is, and what a push of plan would do there.
func (t *Target) words(plan string) string {
	visibility := "public"
	if t.Private {
		visibility = "private"
	}
	at := t.Repo
	if t.Revision != "main" {
		at += ", branch " + t.Revision
	}
	switch {
	case t.State == StateNew:
		return t.Repo + " does not exist; would be created, " + visibility + target.OnlyBranch(t.Revision, "would stay")
	case t.Pull != nil && t.Pull.Number > 0 && t.State == StateUnchanged:
		return fmt.Sprintf("%s, pull request %d proposes this very merge, so a push would change nothing", at, t.Pull.Number)
	case t.Pull != nil && t.Pull.Number > 0:
		return fmt.Sprintf("%s, pull request %d is yours; one commit would be added to it", at, t.Pull.Number)
	}
	is := []string{visibility}
	if t.Gated != "" {
		is = append(is, "gated")
	}
	if t.UsedStorage > 0 {
		is = append(is, "holds "+say.Bytes(t.UsedStorage)+" now")
	}
	facts := strings.Join(is, ", ")
	if t.State == StateBranch {
		return fmt.Sprintf("%s does not exist; would be made from main of %s (%s)", at, t.Repo, facts)
	}
	return fmt.Sprintf("%s exists, %s; %s", at, facts, t.would(plan))
}

// would says what a push of plan would do to a branch that exists.
func (t *Target) would(plan string) string {
	what := "one commit would add the merge"
	switch {
	case t.State == StateUnchanged:
		return "it is this very merge, so a push would change nothing"
	case t.Pull != nil:
		return "a pull request with one commit would be opened"
	case t.State == StateMerge && t.EarlierPlan == plan:
		what = "the weights are there already; one commit would renew the other files"
	case t.State == StateMerge:
		what = "one commit would replace the merge that is there"
	case t.State == StateWeights:
		what = "one commit would replace weights that lazymerge did not make"
	}
	if len(t.Removed) > 0 {
		what += " and remove " + say.N(len(t.Removed), "file")
	}
	switch {
	case t.EditedCard:
		what += "; its README.md was written by hand and stays"
	case t.Generated != "":
		what += "; its README.md was generated by " + t.Generated + " and would be replaced"
	}
	return what
}

// words says where a token comes from and what it may do.
func (t *Token) words(sources []Source) string {
	if t.From == "" {
		return "none: only what anybody may read is read"
	}
	text := t.From
	switch t.Role {
	case "":
	case "fineGrained":
		text += " (fine-grained)"
	default:
		text += " (" + t.Role + ")"
	}
	var may []string
	if t.Reads != nil && *t.Reads {
		n := 0
		for _, s := range sources {
			if s.Access != source.AccessFolder {
				n++
			}
		}
		switch n {
		case 1:
			may = append(may, "may read the source")
		case 2:
			may = append(may, "may read both sources")
		default:
			may = append(may, fmt.Sprintf("may read all %d sources", n))
		}
	}
	switch {
	case t.noAccess: // a note says why
	case t.Writes != "":
		may = append(may, "may write to "+t.Writes)
	case t.Opens != "":
		may = append(may, "may open a pull request in "+t.Opens)
	case t.Account != "":
		may = append(may, "what it may write to will show when it writes")
	}
	if len(may) == 0 {
		return text
	}
	return text + ": " + strings.Join(may, ", ")
}

// shownLayers is how many runs of stacked layers are shown before the rest are counted.
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
	word := "layers"
	for i, l := range all {
		if i == shownLayers && len(all) > shownLayers+1 {
			line("", "and %s more", say.N(len(all)-i, "run"))
			return
		}
		var parts []string
		for _, p := range l.Parts {
			parts = append(parts, run(p.First, p.End)+" of "+m.Sources[p.Source].Name())
		}
		line(word, "%-*s  %s", width, run(l.First, l.End), say.List(parts))
		word = ""
	}
}

func aspectWords(all []compat.Aspect, values bool) string {
	var words []string
	for _, a := range all {
		if values && (a.What == "vocabulary" && a.Value != "" || a.What == "chat template" && a.Value == "none") {
			words = append(words, fmt.Sprintf("%s (%s)", a.What, a.Value))
			continue
		}
		if !values && a.What == "chat template" && a.Value == "one" && !slices.ContainsFunc(a.Others, func(o compat.AspectSource) bool { return o.Value != "none" }) {
			words = append(words, "chat template (the result has one)")
			continue
		}
		words = append(words, a.What)
	}
	return strings.Join(words, ", ")
}

func licenseWords(s *source.Source) string { return cmp.Or(s.Card.Words(), "no license stated") }
