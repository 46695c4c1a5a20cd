package card

import (
	"cmp"
	"math"
	"slices"
)

// moreLayers is how many layers a table may show beside the evenly spread ones.
const moreLayers = 4

// TellingLayers returns the layers that a table of rows shows, each of one value or of one for each layer: ShownLayers, the first
// layer of a row that would be blank in all of them, and those at which a reader who draws straight lines between these would be
// furthest off. A layer in which all rows are blank gives its place to the next one that has a value. Rows of other lengths are not
// looked at.
func TellingLayers(layers int, rows [][]float64) []int {
	shown := ShownLayers(layers)
	lo, hi := math.Inf(1), math.Inf(-1)
	var long [][]float64
	for _, row := range rows {
		for _, v := range row {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		if len(row) == layers {
			long = append(long, row)
		}
	}
	if len(long) == len(rows) && len(long) > 0 { // a row of one value has it in all layers
		shown = filled(shown, long)
	}
	for _, row := range long {
		blank := !slices.ContainsFunc(shown, func(layer int) bool { return !math.IsNaN(row[layer]) })
		first := slices.IndexFunc(row, func(v float64) bool { return !math.IsNaN(v) })
		if blank && first >= 0 {
			at, _ := slices.BinarySearch(shown, first)
			shown = slices.Insert(shown, at, first)
		}
	}
	for range moreLayers {
		worst, off := -1, (hi-lo)/5 // less is seen from the others
		for _, row := range long {
			for i := 1; i < len(shown); i++ {
				from, to := shown[i-1], shown[i]
				for layer := from + 1; layer < to; layer++ {
					line := row[from] + float64((row[to]-row[from])*float64(layer-from)/float64(to-from))
					if d := math.Abs(row[layer] - line); d > off {
						worst, off = layer, d
					}
				}
			}
		}
		if worst < 0 {
			break
		}
		at, _ := slices.BinarySearch(shown, worst)
		shown = slices.Insert(shown, at, worst)
	}
	return shown
}

// filled puts the nearest layer in which some row has a value in the place of one where all are blank.
func filled(shown []int, rows [][]float64) []int {
	var full []int
	for layer := range rows[0] {
		if slices.ContainsFunc(rows, func(row []float64) bool { return !math.IsNaN(row[layer]) }) {
			full = append(full, layer)
		}
	}
	if len(full) == 0 {
		return shown
	}
	away := func(a, b int) int { return max(a-b, b-a) }
	var out []int
	for _, layer := range shown {
		out = append(out, slices.MinFunc(full, func(a, b int) int { return cmp.Compare(away(a, layer), away(b, layer)) }))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
