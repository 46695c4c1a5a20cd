package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
)

// textBars are heights from an eighth to all.
var textBars = []rune("▁▂▃▄▅▆▇█")

// text draws in characters what the picture shows, for a page that takes no picture: a line for each model of each strip,
// with a character a layer.
func text(f card.Facts) string {
	lo, hi := bounds(f.Strips)
	full := max(hi, -lo)
	if shares(f) {
		full = 1
	}
	type line struct{ head, bars string }
	var lines []line
	width := len("layer")
	for _, strip := range f.Strips {
		title := subject(strip)
		if strip.Layers > 0 {
			title += fmt.Sprintf(" (%d layers)", strip.Layers)
		}
		lines = append(lines, line{title + averaged(strip), ""})
		n := max(depth(f, strip), 1)
		for i, m := range strip.Models {
			if !slices.ContainsFunc(m.Weight, func(v float64) bool { return v != 0 && !math.IsNaN(v) }) {
				continue
			}
			var bars strings.Builder
			for layer := range n {
				bars.WriteRune(textBar(at(m.Weight, layer), full))
			}
			head := "  " + f.Short(i)
			width = max(width, len([]rune(head)))
			lines = append(lines, line{head, bars.String()})
		}
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(pad(l.head, width)+"  "+l.bars, " ") + "\n")
	}
	axis := pad("layer", width) + "  "
	start := len([]rune(axis))
	for _, layer := range card.ShownLayers(f.Layers) {
		if label := fmt.Sprint(layer); start+layer > len([]rune(strings.TrimRight(axis, " "))) || layer == 0 {
			axis = pad(axis, start+layer) + label
		}
	}
	fmt.Fprintf(&b, "%s\n\n%s is %s, a minus sign a value below 0, a dot nothing.\n", axis, string(textBars[7]), number(full))
	return b.String()
}

// textBar is a value of which full is the height of a line.
func textBar(v, full float64) rune {
	switch {
	case math.IsNaN(v):
		return ' '
	case v == 0:
		return '·'
	case v < 0:
		return '-'
	}
	return textBars[min(max(int(math.Ceil(8*v/full))-1, 0), 7)]
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-len([]rune(s)), 0))
}
