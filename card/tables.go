package card

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Table is one parameter by layer. What its rows hold is Markdown.
type Table struct {
	Name   string
	Doc    string // what the parameter means, without a full stop; may be empty
	Layers []int  // the columns
	Rows   []Row
}

// A Row is the values of one group of tensors, or of one model's.
type Row struct {
	Label string
	Cells []string // one for each of the Layers
}

// A Grid is a table in which every column has something in some row. What it holds is Markdown.
type Grid struct {
	Head []string
	Rows [][]string // each as long as Head
}

// newGrid leaves out the columns that are blank in all rows.
func newGrid(head []string, rows [][]string) Grid {
	g := Grid{Rows: make([][]string, len(rows))}
	for i, title := range head {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		g.Head = append(g.Head, title)
		for k, row := range rows {
			g.Rows[k] = append(g.Rows[k], row[i])
		}
	}
	return g
}

// modelTable has a row for each model: which one it is, and what it gives.
func modelTable(f Facts) Grid {
	settings := modelSettings(f)
	head := []string{"", "model", "commit", "license", "share of the weights"}
	for _, name := range settings {
		head = append(head, text(name))
	}
	var rows [][]string
	for _, m := range f.Models {
		row := []string{"", link(m.Name(), m.URL), commitCell(m), licenseCell(m), ""}
		if m.Base {
			row[0] = "base"
		}
		if m.Share != nil {
			row[4] = Percent(*m.Share)
		}
		for _, name := range settings {
			s, _ := setting(m.Settings, name)
			row = append(row, s.brief())
		}
		rows = append(rows, row)
	}
	return newGrid(head, rows)
}

// modelSettings returns the names of the parameters that models have for themselves, in order.
func modelSettings(f Facts) []string {
	var names []string
	for _, m := range f.Models {
		for _, s := range m.Settings {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// setting returns the setting called name.
func setting(settings []Setting, name string) (Setting, bool) {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return settings[i], true
}

// constants returns a sentence on the shared parameters that do not change with the layer.
func constants(f Facts) string {
	var parts []string
	for _, s := range f.Settings {
		if !s.varies() && s.brief() != "" {
			parts = append(parts, code(s.Name)+" is "+s.brief())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return join(parts) + "."
}

// tables returns a table for each parameter that changes with the layer, shared ones first.
func tables(f Facts) []Table {
	var out []Table
	for _, s := range f.Settings {
		for _, s := range s.byTower() {
			if s.varies() {
				t, decimals := newTable(f.Layers, s)
				t.add("", s, decimals)
				out = append(out, t)
			}
		}
	}
	for _, name := range modelSettings(f) {
		for _, depth := range towerDepths(f, name) {
			var labels []string
			var shown []Setting
			varies := false
			for i, m := range f.Models {
				all, _ := setting(m.Settings, name)
				// One that is the same wherever it is still fills the layers that the others leave blank.
				if s, ok := all.inTower(depth); ok && (s.varies() || s.partial()) {
					labels, shown = append(labels, text(f.Short(i))), append(shown, s)
					varies = varies || s.varies()
				}
			}
			if !varies {
				continue
			}
			t, decimals := newTable(f.Layers, shown...)
			for i, s := range shown {
				t.add(labels[i], s, decimals)
			}
			out = append(out, t)
		}
	}
	for i := 1; i < len(out); i++ { // those of one parameter stand together
		if out[i].Name == out[i-1].Name {
			out[i].Doc = ""
		}
	}
	return out
}

// inTower returns s with the groups whose tower has so many layers of its own, 0 for those of the language model.
func (s Setting) inTower(layers int) (Setting, bool) {
	s.Groups = slices.DeleteFunc(slices.Clone(s.Groups), func(g Group) bool { return g.Layers != layers })
	return s, len(s.Groups) > 0
}

// byTower parts s by the layers that its groups have.
func (s Setting) byTower() []Setting {
	var out []Setting
	for _, depth := range s.depths(nil) {
		one, _ := s.inTower(depth)
		out = append(out, one)
	}
	return out
}

// depths adds to those before what layers the groups of s have, in order.
func (s Setting) depths(before []int) []int {
	for _, g := range s.Groups {
		if !slices.Contains(before, g.Layers) {
			before = append(before, g.Layers)
		}
	}
	return before
}

func towerDepths(f Facts, name string) []int {
	var out []int
	for _, m := range f.Models {
		s, _ := setting(m.Settings, name)
		out = s.depths(out)
	}
	return out
}

// newTable makes a table without rows of one parameter that several models may have, and tells how many decimals its
// numbers have.
func newTable(layers int, settings ...Setting) (Table, int) {
	var rows [][]float64
	for _, s := range settings {
		for _, g := range s.Groups {
			rows = append(rows, g.Values)
			if g.Layers > 0 {
				layers = g.Layers
			}
			layers = max(layers, len(g.Values))
		}
	}
	return Table{Name: settings[0].Name, Doc: settings[0].Doc, Layers: TellingLayers(layers, rows)}, Decimals(rows)
}

// add adds the rows of s; model stands before the names of its groups.
func (t *Table) add(model string, s Setting, decimals int) {
	for _, g := range s.Groups {
		row := Row{Label: strings.Trim(model+", "+text(g.Name), ", ")}
		if row.Label == "" {
			row.Label = "all tensors"
		}
		for _, layer := range t.Layers {
			v := g.Values[min(layer, len(g.Values)-1)]
			cell := s.value(v)
			if !s.Bool && !math.IsNaN(v) {
				cell = strconv.FormatFloat(v, 'f', decimals, 64)
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
}

// ShownLayers returns the layers that a table or an axis of so many has room for: all of up to eight, else multiples of one
// step and the last layer, four to seven in all.
func ShownLayers(layers int) []int {
	step := 1
	if layers > 8 {
		step = evenStep(layers - 1)
	}
	var out []int
	for i := 0; i < layers-1; i += step {
		out = append(out, i)
	}
	if layers > 0 {
		out = append(out, layers-1)
	}
	return out
}

// evenStep parts the way to the last layer into three to six steps, of which only the last may be shorter. It should be so
// by as little as can be; a step that is easy to count in, and four of them, come next.
func evenStep(last int) int {
	best, least := 1, math.MaxInt
	for step := 1; step <= last; step++ {
		steps := (last + step - 1) / step
		if steps < 3 || steps > 6 {
			continue
		}
		cost := 1000*(steps*step-last)/step + 90*max(steps-4, 4-steps)
		if step%2 != 0 && step%5 != 0 {
			cost += 50
		}
		if cost < least {
			best, least = step, cost
		}
	}
	return best
}

// layerRange returns the layers first up to but not including end in words.
func layerRange(first, end int) string {
	if end-first == 1 {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + " to " + strconv.Itoa(end-1)
}

// sliceRanges and sliceModels are the two cells of a slice: its parts in order.
func sliceRanges(s Slice) string {
	var parts []string
	for _, p := range s.Parts {
		parts = append(parts, layerRange(p.First, p.End))
	}
	return strings.Join(parts, "; ")
}

func sliceModels(f Facts, s Slice) string {
	var parts []string
	for _, p := range s.Parts {
		parts = append(parts, text(f.Models[p.Model].Name()))
	}
	return strings.Join(parts, "; ")
}
