package chart

import (
	"image"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/card"
)

// maxPaints is how many models have a paint of their own.
const maxPaints = 11

// strips draws a strip for each part of the layers.
func (s *sheet) strips() *canvas {
	var labels [][]string
	for i := range s.Strips {
		labels = append(labels, stripLabel(s.Strips, i))
	}
	runs, line := aligned(s.Facts), 0
	if runs {
		labels, line = append(labels, []string{fromLayer}), lineHeight
	}
	heading, lo, hi := "Share of each model by layer", 0.0, 1.0
	whole := shares(s.Facts)
	if whole {
		s.place(labels, 0)
	} else {
		heading = "Factor of each model by layer"
		lo, hi = bounds(s.Strips)
		s.place(labels, s.scaleWidth(lo, hi))
	}
	legend := s.modelLegend(func(int) bool { return true })
	n := len(s.Strips)
	h := s.rowHeight(legend, n, line, max(96, 24*min(len(s.Models), maxPaints)))
	s.open(heading, legend, line+n*(h+gap))
	if runs {
		s.ranges()
		s.y += line
	}
	for i, strip := range s.Strips {
		s.label(h, labels[i])
		s.strip(strip, image.Rect(0, s.y, s.right, s.y+h), lo, hi)
		if runs && !strip.Outside && strip.Layers == 0 {
			s.cuts(h)
		}
		if !whole {
			s.zero(h, lo, hi)
			s.scale(h, lo, hi)
		}
		s.y += h + gap
	}
	s.axis()
	return s.canvas
}

// strip draws one strip into the height of box, whose ends are lo and hi. Factors above 0 grow up from the line of 0 and those below down
// from it, in the order of the models.
func (s *sheet) strip(strip card.Strip, box image.Rectangle, lo, hi float64) {
	layers := max(depth(s.Facts, strip), 1)
	column := s.columns(layers)
	if strip.Layers > 0 { // as wide as the layers of the language model
		column = s.stretched(layers)
	}
	if strip.Outside { // a single block
		from, _ := s.columns(max(s.Layers, 1))(0)
		_, to := s.columns(max(s.Layers, 1))(max(s.Layers, 1) - 1)
		column = func(int) (int, int) { return from, to }
		layers = 1
	}
	for layer := range layers {
		x0, x1 := column(layer)
		for _, b := range stack(strip, layer, box, lo, hi) {
			s.fill(image.Rect(x0, b.from, x1, b.to), paintOf(b.model))
		}
	}
}

// A segment is the height that a model has in a column, in pixels from the top.
type segment struct{ model, from, to int }

// stack returns the segments of one column. Their ends are rounded sums, so that nothing is lost between them.
func stack(strip card.Strip, layer int, box image.Rectangle, lo, hi float64) []segment {
	var out []segment
	y := func(v float64) int { return box.Max.Y - scaled(v-lo, hi-lo, box.Dy()) }
	up, down := 0.0, 0.0
	for i, m := range strip.Models {
		switch v := at(m.Weight, layer); {
		case v > 0:
			out = append(out, segment{i, y(up + v), y(up)})
			up += v
		case v < 0:
			out = append(out, segment{i, y(down), y(down + v)})
			down += v
		}
	}
	return out
}

// scaled is v of all in whole pixels of n.
func scaled(v, all float64, n int) int {
	if !(all > 0) {
		return 0
	}
	return int(math.Round(float64(n) * min(max(v/all, 0), 1)))
}

// at is the value of a layer, NaN where there is none that can be drawn.
func at(values []float64, layer int) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := values[min(layer, len(values)-1)]
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// shares tells whether the weights of all strips are parts of a whole: none below 0, and 1 in sum.
func shares(f card.Facts) bool {
	for _, strip := range f.Strips {
		for layer := range max(depth(f, strip), 1) {
			sum, any := 0.0, false
			for _, m := range strip.Models {
				v := at(m.Weight, layer)
				if v < 0 {
					return false
				}
				if !math.IsNaN(v) {
					sum, any = sum+v, true
				}
			}
			if any && math.Abs(sum-1) > 1e-6 {
				return false
			}
		}
	}
	return true
}

// bounds are the ends of the scale that all columns of the strips fit, 0 among them.
func bounds(strips []card.Strip) (lo, hi float64) {
	for _, strip := range strips {
		layers := 1
		for _, m := range strip.Models {
			layers = max(layers, len(m.Weight))
		}
		for layer := range layers {
			up, down := 0.0, 0.0
			for _, m := range strip.Models {
				if v := at(m.Weight, layer); v > 0 {
					up += v
				} else if v < 0 {
					down += v
				}
			}
			lo, hi = min(lo, down), max(hi, up)
		}
	}
	if lo == hi {
		hi = 1
	}
	return lo, hi
}

// scaleWidth is the room right of the layers for the numbers of a scale.
func (s *sheet) scaleWidth(lo, hi float64) int {
	const widest = 300
	return gap + min(max(s.face.width(number(lo)), s.face.width(number(hi))), widest)
}

// zero draws the line of 0 across a row of height h.
func (s *sheet) zero(h int, lo, hi float64) {
	y := s.y + h - scaled(-lo, hi-lo, h)
	s.fill(image.Rect(s.left, y-2, s.right, y+2), paint{ground: ink})
}

// scale writes the ends of the scale right of a row of height h, and 0 where there is room.
func (s *sheet) scale(h int, lo, hi float64) {
	const digits = 36 // their height
	x, zero := s.right+gap, s.y+h-scaled(-lo, hi-lo, h)
	write := func(y int, v float64) { s.text(x, y, s.face.fit(number(v), width-margin-x)) }
	above, below := s.y+digits, s.y+h // what is free
	write(above, hi)
	if lo < 0 {
		write(below, lo)
		below -= digits
	}
	if base := min(zero+digits/2, below); base-digits > above && hi > 0 && base >= zero {
		write(base, 0)
	}
}

// modelLegend has an entry for each model that is shown, and one for all beyond those that have a paint of their own. It tells how
// much of the result each model is where that takes no more lines.
func (s *sheet) modelLegend(shown func(model int) bool) [][]legendEntry {
	var names, withShares []legendEntry
	rest := 0
	for i, m := range s.Models {
		switch {
		case !shown(i):
			continue
		case i >= maxPaints && len(s.Models) > maxPaints+1:
			rest++
			continue
		}
		e := legendEntry{paint: paintOf(i), text: s.name(i)}
		names = append(names, e)
		if m.Share != nil {
			e.text += "  " + card.Percent(*m.Share)
		}
		withShares = append(withShares, e)
	}
	if rest > 0 {
		e := legendEntry{paint: others, text: strconv.Itoa(rest) + " other models"}
		names, withShares = append(names, e), append(withShares, e)
	}
	lines := s.legendLines(withShares)
	if short := s.legendLines(names); len(short) < len(lines) {
		return short
	}
	return lines
}

func paintOf(model int) paint {
	if model >= maxPaints {
		return others
	}
	return paints[model]
}

// name is what the picture calls a model: as the card does, unless the typeface lacks half of it.
func (s *sheet) name(model int) string {
	name, lacking, n := s.Short(model), 0, 0
	for _, r := range name {
		n++
		if !s.face.has(r) {
			lacking++
		}
	}
	if 2*lacking >= n {
		return "model " + strconv.Itoa(model+1)
	}
	return name
}

// stripLabel names strip i in lines.
func stripLabel(strips []card.Strip, i int) []string {
	kinds := strings.Split(strips[i].Name, ", ")
	switch {
	case strips[i].Layers > 0:
		return []string{kinds[0], strconv.Itoa(strips[i].Layers) + " layers"}
	case strips[i].Name == "":
		return []string{"all tensors"}
	case i > 0 && i == len(strips)-1 && len(kinds) > 1:
		return []string{"the rest"}
	case !strips[i].Outside && !slices.ContainsFunc(strips, func(t card.Strip) bool { return !t.Outside && t.Layers == 0 && t.Name != strips[i].Name }):
		return []string{"layers"} // beside what is outside them
	case len(kinds) > 2:
		return []string{kinds[0], "and others"}
	case len(kinds) == 2:
		return []string{kinds[0] + ",", kinds[1]}
	case kinds[0] == "tensors outside the layers":
		return []string{"outside"}
	case strips[i].Mean:
		return []string{kinds[0], "on average"}
	}
	return kinds
}
