package pipeline

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// A liner prints a line with a word in the left column, as ui.UI.Line does.
type liner func(word, format string, args ...any)

// Print writes r, the report of m, as a page that is read in ten seconds. What is fine takes no more than a line.
func (m *Merge) Print(r *Report, line liner) {
	line("plan", "%s", m.headline())
	line("", "")
	m.printSources(r, line)
	c := m.Plan.Cost
	line("result", "%s, %s; config and tokenizer from %s", ui.N(len(m.Plan.Shards), "shard"), ui.Bytes(c.WriteBytes), m.Sources[m.Plan.Donor].name())
	line("cost", "read %s in %s, write %s", ui.Bytes(c.ReadBytes), ui.N(c.Requests, "request"), ui.Bytes(c.WriteBytes))
	disk := ui.Bytes(c.Disk)
	if r.Machine.DiskFree != nil {
		disk += " of " + ui.Bytes(*r.Machine.DiskFree) + " free"
	}
	line("", "memory %s of %s, disk %s, %s at 100 MB/s each way", ui.Bytes(c.Memory), ui.Bytes(r.Machine.Memory), disk, ui.About(m.estimate()))
	line("licence", "%s", r.Licence.Text)
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
	m.printLayers(r.Layers, line)
	m.printSettings(r.Settings, line)
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

func (m *Merge) printSources(r *Report, line liner) {
	names, pins, licences := 0, 0, 0
	for i, src := range m.Sources {
		names = max(names, len(src.name()))
		pins = max(pins, len(pin(&m.Plan.Sources[i])))
		licences = max(licences, len(src.licence()))
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
		may := map[Access]string{AccessToken: " (may read)", AccessCache: " (in the cache)"}[s.Access]
		if s.Gated != "" {
			notes = append(notes, "gated"+may)
		}
		if s.Private {
			notes = append(notes, "private"+may)
		}
		line(word, "%-*s  %-*s  %9s  %-8s  %-*s  %s", names, src.name(), pins, pin(&m.Plan.Sources[i]), ui.Bytes(s.Bytes), s.DType,
			licences, src.licence(), strings.Join(notes, ", "))
		word = ""
	}
}

// words says what the target is, and what a push of plan would do there.
func (t *ReportTarget) words(plan string) string {
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
		return t.Repo + " does not exist; would be created, " + visibility + onlyBranch(t.Revision, "would stay")
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
		is = append(is, "holds "+ui.Bytes(t.UsedStorage)+" now")
	}
	facts := strings.Join(is, ", ")
	if t.State == StateBranch {
		return fmt.Sprintf("%s does not exist; would be made from main of %s (%s)", at, t.Repo, facts)
	}
	return fmt.Sprintf("%s exists, %s; %s", at, facts, t.would(plan))
}

// would says what a push of plan would do to a branch that exists.
func (t *ReportTarget) would(plan string) string {
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
		what += " and remove " + ui.N(len(t.Removed), "file")
	}
	if t.EditedCard {
		what += "; its README.md was written by hand and stays"
	}
	return what
}

// words says where a token comes from and what it may do.
func (t *ReportToken) words(sources []ReportSource) string {
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
			if s.Access != AccessFolder {
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

func (m *Merge) printLayers(all []ReportLayers, line liner) {
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
			line("", "and %s more", ui.N(len(all)-i, "run"))
			return
		}
		var parts []string
		for _, p := range l.Parts {
			parts = append(parts, run(p.First, p.End)+" of "+m.Sources[p.Source].name())
		}
		line(word, "%-*s  %s", width, run(l.First, l.End), ui.List(parts))
		word = ""
	}
}

func aspectWords(all []Aspect, values bool) string {
	var words []string
	for _, a := range all {
		if values && (a.What == "vocabulary" && a.Value != "" || a.What == "chat template" && a.Value == "none") {
			words = append(words, fmt.Sprintf("%s (%s)", a.What, a.Value))
			continue
		}
		if !values && a.What == "chat template" && a.Value == "one" && !slices.ContainsFunc(a.Others, func(o AspectSource) bool { return o.Value != "none" }) {
			words = append(words, "chat template (the result has one)")
			continue
		}
		words = append(words, a.What)
	}
	return strings.Join(words, ", ")
}

// A settingRow is one line of the table of a parameter.
type settingRow struct {
	model, tensors string
	values         []*float64
}

// printSettings shows where each parameter ends up: a value where all layers have one, else five layers of them.
func (m *Merge) printSettings(all []ReportSetting, line liner) {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Name == all[0].Name {
			n++
		}
		m.printSetting(all[:n], line)
		all = all[n:]
	}
}

// printSetting shows one parameter, which several models may have.
func (m *Merge) printSetting(settings []ReportSetting, line liner) {
	var rows []settingRow
	for _, s := range settings {
		model := ""
		if s.Source != nil {
			model = m.shortName(*s.Source)
		}
		for _, g := range s.Groups {
			rows = append(rows, settingRow{model, g.Tensors, g.Values})
			model = ""
		}
	}
	if !slices.ContainsFunc(rows, settingRow.varies) {
		for i := range rows {
			rows[i].values = rows[i].only()
		}
	}
	if len(settings) > 1 && len(rows) == len(settings) && !slices.ContainsFunc(rows, func(r settingRow) bool { return !r.is(rows[0]) }) {
		rows = []settingRow{{"all models", "", rows[0].values}}
	}
	models, tensors, varies := 0, 0, false
	for i := range rows {
		if rows[i].model == "" && rows[i].tensors == "" {
			rows[i].tensors = "all tensors"
		}
		models = max(models, len(rows[i].model))
		tensors = max(tensors, len(rows[i].tensors))
		varies = varies || len(rows[i].values) > 1
	}
	if varies && models == 0 {
		tensors = max(tensors, len("layer"))
	}
	if models > 0 && tensors > 0 {
		models += 2
	}
	name := settings[0].Name
	if len(name) > 8 { // longer than the left column
		line(name, "")
		name = ""
	}
	t := newLayerTable(rows, m.Plan.Layers, settings[0].Bool)
	if varies {
		line(name, "%-*s%s", models+tensors, "layer", t.row(m.Plan.Layers, strconv.Itoa))
		name = ""
	}
	for _, r := range rows {
		text := t.row(len(r.values), func(k int) string { return t.cell(r.values[k]) })
		if len(r.values) == 1 {
			text = "  " + t.alone(r.values[0], varies)
			if varies { // below the first column
				text = fmt.Sprintf("%*s", t.width, t.alone(r.values[0], varies))
			}
		}
		line(name, "%-*s%-*s%s", models, r.model, tensors, r.tensors, text)
		name = ""
	}
	if ends := m.ends(settings[0].Name); ends != "" {
		line("", "%s", ends)
	}
}

// is tells whether r and o have the same tensors and values, whatever the model.
func (r settingRow) is(o settingRow) bool {
	return r.tensors == o.tensors && slices.EqualFunc(r.values, o.values, func(a, b *float64) bool {
		return a == b || a != nil && b != nil && *a == *b
	})
}

// varies tells whether the layers that have a value have different ones.
func (r settingRow) varies() bool {
	only := r.only()
	return slices.ContainsFunc(r.values, func(v *float64) bool { return v != nil && *v != *only[0] })
}

// only returns the first value of r that a layer has, or none, as one for all layers.
func (r settingRow) only() []*float64 {
	i := max(0, slices.IndexFunc(r.values, func(v *float64) bool { return v != nil }))
	return r.values[i : i+1]
}

// ends says what the ends of a parameter's range mean, where it goes from one model to another.
func (m *Merge) ends(name string) string {
	if m.Plan.Method != "slerp" || name != "t" || len(m.Sources) != 2 || m.Recipe.Base == nil {
		return ""
	}
	first, second := 0, 1
	if !m.Sources[0].Ref.Same(*m.Recipe.Base) {
		first, second = second, first
	}
	return fmt.Sprintf("0 is %s, 1 is %s", m.shortName(first), m.shortName(second))
}

// shortName is the name of source i without its namespace, where that tells it from the others.
func (m *Merge) shortName(i int) string {
	name := m.Sources[i].name()
	short := path.Base(name)
	for k, other := range m.Sources {
		if k != i && path.Base(other.name()) == short {
			return name
		}
	}
	return short
}

// A layerTable says how the values of one parameter stand below each other.
type layerTable struct {
	layers   []int // that have a column
	decimals int
	width    int // of a column
	truth    bool
}

func newLayerTable(rows []settingRow, layers int, truth bool) layerTable {
	var values [][]float64
	for _, r := range rows {
		row := make([]float64, len(r.values))
		for i, v := range r.values {
			row[i] = math.NaN()
			if v != nil {
				row[i] = *v
			}
		}
		values = append(values, row)
	}
	t := layerTable{layers: card.TellingLayers(layers, values), decimals: card.Decimals(values), width: 6, truth: truth}
	for _, r := range rows {
		if len(r.values) > 1 {
			for _, k := range t.layers {
				t.width = max(t.width, 2+len(t.cell(r.values[k])))
			}
		}
	}
	return t
}

// cell is a value among others in a row.
func (t layerTable) cell(v *float64) string {
	switch {
	case v == nil:
		return ""
	case t.truth:
		return strconv.FormatBool(*v != 0)
	}
	return strconv.FormatFloat(*v, 'f', t.decimals, 64)
}

// alone is a value that stands for all layers. Below values by layer it is written as they are, if that is all of it.
func (t layerTable) alone(v *float64, below bool) string {
	if v == nil || t.truth {
		return t.cell(v)
	}
	if text := t.cell(v); below {
		if same, err := strconv.ParseFloat(text, 64); err == nil && same == *v {
			return text
		}
	}
	return card.Number(*v, card.SettingDigits)
}

// row joins what cell says of the layers that have a column, of n in all.
func (t layerTable) row(n int, cell func(layer int) string) string {
	var b strings.Builder
	for _, k := range t.layers {
		if k < n {
			fmt.Fprintf(&b, "%*s", t.width, cell(k))
		}
	}
	return b.String()
}
