package report

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A settingRow is one line of the table of a parameter.
type settingRow struct {
	model, tensors string
	values         []float64 // NaN for a layer without one
}

// printSettings shows the values of each parameter: one if all layers agree, otherwise those of five layers.
func (m page) printSettings(all []Setting, line liner) {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Name == all[0].Name {
			n++
		}
		m.printSetting(all[:n], line)
		all = all[n:]
	}
}

// printSetting shows one parameter, of one or several models.
func (m page) printSetting(settings []Setting, line liner) {
	var rows []settingRow
	for _, s := range settings {
		model := ""
		if s.Source != nil {
			model = m.shortName(*s.Source)
		}
		for _, g := range s.of.Groups {
			rows, model = append(rows, settingRow{model, g.Name, g.Values}), ""
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
	row := under(settings[0].Name, line)
	if len(settings[0].Name) > 8 { // longer than the left column
		row("")
	}
	for _, part := range m.byDepth(rows) {
		layers := 1
		for _, r := range part {
			layers = max(layers, len(r.values))
		}
		t := newLayerTable(part, layers, settings[0].Bool)
		if layers > 1 {
			row("%-*s%s", models+tensors, "layer", t.row(layers, strconv.Itoa))
		}
		for _, r := range part {
			text := t.row(len(r.values), func(k int) string { return t.cell(r.values[k]) })
			if len(r.values) == 1 {
				text = "  " + t.alone(r.values[0], layers > 1)
				if layers > 1 { // below the first column
					text = fmt.Sprintf("%*s", t.width, t.alone(r.values[0], true))
				}
			}
			row("%-*s%-*s%s", models, r.model, tensors, r.tensors, text)
		}
	}
	if ends := m.ends(settings[0].Name); ends != "" {
		line("", "%s", ends)
	}
}

// byDepth groups rows by their number of layers, which separates other towers from the language model. Rows of one value belong
// to the language model.
func (m page) byDepth(rows []settingRow) [][]settingRow {
	depths := []int{m.Plan.Layers}
	parts := [][]settingRow{nil}
	for _, r := range rows {
		n := len(r.values)
		if n <= 1 {
			n = m.Plan.Layers
		}
		i := slices.Index(depths, n)
		if i < 0 {
			i, depths, parts = len(depths), append(depths, n), append(parts, nil)
		}
		parts[i] = append(parts[i], r)
	}
	return slices.DeleteFunc(parts, func(p []settingRow) bool { return len(p) == 0 })
}

func (r settingRow) is(o settingRow) bool {
	return r.tensors == o.tensors && slices.EqualFunc(r.values, o.values, func(a, b float64) bool { return cmp.Compare(a, b) == 0 })
}

func (r settingRow) varies() bool {
	only := r.only()[0]
	return slices.ContainsFunc(r.values, func(v float64) bool { return v != only && !math.IsNaN(v) })
}

// only is the first value of r, as one for all layers.
func (r settingRow) only() []float64 {
	i := max(0, slices.IndexFunc(r.values, func(v float64) bool { return !math.IsNaN(v) }))
	return r.values[i : i+1]
}

// ends says what the ends of a parameter's range mean if it goes from one model to another.
func (m page) ends(name string) string {
	p := m.Method.Param(name)
	if p.Role != recipe.Mix || len(m.Sources) != 2 || m.Recipe.Base == nil {
		return ""
	}
	base := 0
	if !m.Sources[0].Ref.Same(*m.Recipe.Base) {
		base = 1
	}
	at := map[recipe.Leaves]int{recipe.BaseAlone: base, recipe.OtherAlone: 1 - base}
	var words []string
	for _, end := range p.Ends {
		if i, alone := at[end.Leaves]; alone {
			words = append(words, fmt.Sprintf("%g is %s", end.At, m.shortName(i)))
		}
	}
	return strings.Join(words, ", ")
}

// shortName is the name of source i without its namespace, if that is unique.
func (m page) shortName(i int) string {
	name := m.Sources[i].Name()
	short := path.Base(name)
	for k, other := range m.Sources {
		if k != i && path.Base(other.Name()) == short {
			return name
		}
	}
	return short
}

// A layerTable is the layout of the values of one parameter.
type layerTable struct {
	layers   []int // with a column
	decimals int
	width    int // of a column
	truth    bool
}

func newLayerTable(rows []settingRow, layers int, truth bool) layerTable {
	var values [][]float64
	for _, r := range rows {
		values = append(values, r.values)
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

// cell is one of several values in a row.
func (t layerTable) cell(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case t.truth:
		return strconv.FormatBool(v != 0)
	}
	return strconv.FormatFloat(v, 'f', t.decimals, 64)
}

// alone is a value for all layers. Below values by layer it is formatted like them if that loses no digits.
func (t layerTable) alone(v float64, below bool) string {
	text := t.cell(v)
	if math.IsNaN(v) || t.truth {
		return text
	}
	if same, err := strconv.ParseFloat(text, 64); below && err == nil && same == v {
		return text
	}
	return card.Number(v, card.SettingDigits)
}

// row joins the cells of the layers with a column, of n in all.
func (t layerTable) row(n int, cell func(layer int) string) string {
	var b strings.Builder
	for _, k := range t.layers {
		if k < n {
			fmt.Fprintf(&b, "%*s", t.width, cell(k))
		}
	}
	return b.String()
}
