package chart

import (
	"image"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/card"
)

// maxBars is how many rows of bars are drawn, and manyBars from how many on they are lower.
const (
	maxBars  = 12
	manyBars = 7
)

// A band is what one model adds: a row of bars for each part of the layers, or one where all are alike.
type band struct {
	model  int
	strips []card.Strip // with the course of this model alone
	labels [][]string
}

// bands are the models whose changes are added, and how many there was no room for.
func bands(f card.Facts) (out []band, left int) {
	rows := 0
	for model := range f.Models {
		b := band{model: model}
		for i, strip := range f.Strips {
			course := strip.Models[model]
			if !slices.ContainsFunc(course.Weight, func(w float64) bool { return !math.IsNaN(w) }) {
				continue
			}
			label := stripLabel(f.Strips, i)
			if n := len(b.strips); n > 0 && sameCourse(b.strips[n-1].Models[0], course) && b.strips[n-1].Layers == strip.Layers && !b.strips[n-1].Outside {
				b.strips[n-1].Mean = b.strips[n-1].Mean || strip.Mean
				b.strips[n-1].Name, b.labels[n-1] = b.strips[n-1].Name+", "+strip.Name, []string{b.labels[n-1][0], "and others"}
				continue
			}
			b.strips = append(b.strips, card.Strip{Name: strip.Name, Outside: strip.Outside, Layers: strip.Layers, Mean: strip.Mean, Models: []card.Course{course}})
			b.labels = append(b.labels, label)
		}
		if len(b.strips) == 0 {
			continue
		}
		if len(b.strips) == 1 {
			b.strips[0].Name, b.labels[0] = "", []string{"all tensors"}
		}
		if rows += len(b.strips); rows > maxBars && len(out) > 0 {
			left++
			continue
		}
		out = append(out, b)
	}
	return out, left
}

func sameCourse(a, b card.Course) bool {
	same := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return slices.EqualFunc(a.Weight, b.Weight, same) && slices.EqualFunc(a.Density, b.Density, same)
}

// barPaint is that of all bars: the rows have names, so colors would say nothing more.
var barPaint = paint{ground: blue}

// edgeHeight is the thickness of the line at the height of the weight.
const edgeHeight = 4

// changes draws a row of bars for each model: in every layer its weight as the height, and as the fill the
// share of its changes that is kept.
func (s *sheet) changes() *canvas {
	list, left := bands(s.Facts)
	var lo, hi float64
	rows, dense := 0, false
	var labels [][]string
	for _, b := range list {
		if len(b.labels) > 1 {
			for i, lines := range b.labels { // below the name of the model, and not like it
				b.labels[i] = append([]string{"– " + lines[0]}, lines[1:]...)
			}
			labels = append(labels, b.labels...)
		}
		for _, strip := range b.strips {
			l, h := bounds([]card.Strip{strip})
			lo, hi = min(lo, l), max(hi, h)
			rows++
			dense = dense || strip.Models[0].Density != nil
		}
	}
	entries := []legendEntry{{paint: barPaint, text: "height: weight"}}
	if dense {
		entries = []legendEntry{{paint: barPaint.tint(), edge: barPaint, text: "height: weight"}, {paint: barPaint, text: "fill: share that is kept (density)"}}
	}
	legend := s.legendLines(entries)
	const nameLine = lineHeight + 12 // apart from the rows of the model before
	names := len(list) * nameLine
	if left > 0 {
		names += nameLine
	}
	s.place(labels, s.scaleWidth(lo, hi))
	least := 96
	if rows >= manyBars {
		least = 64
	}
	h := s.rowHeight(legend, max(rows, 1), names, least)
	s.open(s.changesHeading(), legend, names+rows*(h+gap))
	for _, b := range list {
		values := s.face.fit(courseWords(s.Method, b.strips), (s.right-margin)*2/3)
		room := s.right - margin - s.face.width(values) - 2*gap
		s.text(margin, s.y+ascent+4, s.face.fit(s.name(b.model), room))
		s.textRight(s.right, s.y+ascent+4, values) // not above the scale
		s.y += nameLine
		for i, strip := range b.strips {
			if len(b.strips) > 1 {
				s.label(h, b.labels[i])
			}
			s.bars(strip, h, lo, hi)
			s.zero(h, lo, hi)
			if i == 0 { // all rows have one scale
				s.scale(h, lo, hi)
			}
			s.y += h + gap
		}
	}
	if left > 0 {
		s.text(margin, s.y+ascent+4, "and "+strconv.Itoa(left)+" more")
		s.y += nameLine
	}
	s.axis()
	return s.canvas
}

func (s *sheet) changesHeading() string {
	heading := "What is added to the base, by layer"
	for i, m := range s.Models {
		if named := "What is added to " + s.name(i) + ", by layer"; m.Base && s.face.width(named) <= width-2*margin {
			heading = named
		}
	}
	return heading
}

// bars draws the row of one model.
func (s *sheet) bars(strip card.Strip, h int, lo, hi float64) {
	layers := max(depth(s.Facts, strip), 1)
	column := s.columns(layers)
	if strip.Layers > 0 { // as wide as the layers of the language model
		column = s.stretched(layers)
	}
	if strip.Outside {
		from, _ := s.columns(max(s.Layers, 1))(0)
		_, to := s.columns(max(s.Layers, 1))(max(s.Layers, 1) - 1)
		column = func(int) (int, int) { return from, to }
		layers = 1
	}
	course := strip.Models[0]
	for layer := range layers {
		x0, x1 := column(layer)
		bar, kept := barOf(course, layer, image.Rect(x0, s.y, x1, s.y+h), lo, hi)
		s.fill(bar, barPaint.tint())
		s.fill(kept, barPaint)
		switch w := at(course.Weight, layer); {
		case w > 0:
			s.fill(image.Rect(x0, bar.Min.Y, x1, min(bar.Min.Y+edgeHeight, bar.Max.Y)), barPaint)
		case w < 0:
			s.fill(image.Rect(x0, max(bar.Max.Y-edgeHeight, bar.Min.Y), x1, bar.Max.Y), barPaint)
		}
	}
}

// barOf is the bar of a layer from the line of 0 to the weight, and the part of it that is kept.
func barOf(course card.Course, layer int, box image.Rectangle, lo, hi float64) (bar, kept image.Rectangle) {
	w := at(course.Weight, layer)
	if math.IsNaN(w) || w == 0 {
		return image.Rectangle{}, image.Rectangle{}
	}
	y := func(v float64) int { return box.Max.Y - scaled(v-lo, hi-lo, box.Dy()) }
	bar = image.Rect(box.Min.X, y(max(w, 0)), box.Max.X, y(min(w, 0)))
	kept = bar
	if d := at(course.Density, layer); !math.IsNaN(d) {
		n := scaled(d, 1, bar.Dy())
		if w > 0 {
			kept.Min.Y = kept.Max.Y - n
		} else {
			kept.Max.Y = kept.Min.Y + n
		}
	}
	return bar, kept
}

// courseWords says weight and density in numbers: one, those of the first and the last layer in this order, or where others lie
// beyond these, the range.
func courseWords(method card.Method, strips []card.Strip) string {
	span := func(of func(card.Course) []float64) string {
		first, last := math.NaN(), math.NaN()
		lo, hi := math.Inf(1), math.Inf(-1)
		with := 0 // strips that have values
		for _, strip := range strips {
			values, has := of(strip.Models[0]), false
			for i := range values {
				if v := at(values, i); !math.IsNaN(v) {
					if !has {
						first, has = v, true
						with++
					}
					last, lo, hi = v, min(lo, v), max(hi, v)
				}
			}
		}
		switch {
		case with == 0:
			return ""
		case number(lo) == number(hi):
			return number(lo)
		case with > 1 || min(first, last) > lo || max(first, last) < hi:
			return "between " + number(lo) + " and " + number(hi)
		}
		return number(first) + " to " + number(last)
	}
	var parts []string
	if w := span(func(c card.Course) []float64 { return c.Weight }); w != "" {
		parts = append(parts, called(method.Weight, w))
	}
	if d := span(func(c card.Course) []float64 { return c.Density }); d != "" {
		parts = append(parts, called(method.Density, d))
	}
	return strings.Join(parts, ", ")
}
