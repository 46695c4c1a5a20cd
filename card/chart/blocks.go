package chart

import (
	"image"
	"slices"
	"strconv"

	"github.com/lazymerge/lazymerge/card"
)

// stacked tells whether f is made of layers of models as they are, one run after the other.
func stacked(f card.Facts) bool {
	return aligned(f) && !slices.ContainsFunc(f.Slices, func(s card.Slice) bool { return len(s.Parts) != 1 })
}

// aligned tells whether f has runs of layers, in each of which all models give the same layers.
func aligned(f card.Facts) bool {
	end := 0
	for _, s := range f.Slices {
		n := s.End - s.First
		if len(s.Parts) == 0 || s.First != end || n <= 0 {
			return false
		}
		for _, p := range s.Parts {
			if p.First != s.Parts[0].First || p.First < 0 || p.End-p.First != n {
				return false
			}
		}
		end = s.End
	}
	return end > 0 && end == f.Layers
}

// blocks draws each run of layers as a block above the layers of the result that it became. In it every layer is as high as
// it was in its model, so that a run that was taken twice stands there twice.
func (s *sheet) blocks() *canvas {
	used := map[int]bool{}
	deepest := 0 // layer that was taken, and one more
	for _, slice := range s.Slices {
		used[slice.Parts[0].Model] = true
		deepest = max(deepest, slice.Parts[0].End)
	}
	legend := s.modelLegend(func(model int) bool { return used[model] })
	s.place([][]string{{fromLayer}}, 0)
	h := s.rowHeight(legend, 1, lineHeight, 220)
	heading := "Which layers of which model, in order"
	if !shares(s.Facts) {
		heading += "; some are scaled"
	}
	s.open(heading, legend, lineHeight+h+gap)
	s.ranges()
	s.y += lineHeight
	s.textRight(s.left-gap, s.y+36, strconv.Itoa(deepest-1))
	s.textRight(s.left-gap, s.y+h, "0")
	s.text(margin, s.y+h/2+18, itsLayer)
	column := s.columns(s.Layers)
	for _, slice := range s.Slices {
		part := slice.Parts[0]
		own := paintOf(part.Model)
		from, _ := column(slice.First)
		_, to := column(slice.End - 1)
		s.fill(image.Rect(from, s.y, to, s.y+h), own.tint())
		for i := range slice.End - slice.First {
			x0, x1 := column(slice.First + i)
			s.fill(image.Rect(x0, s.y+h-scaled(float64(part.First+i+1), float64(deepest), h), x1, s.y+h), own)
		}
	}
	s.cuts(h)
	s.y += h + gap
	s.axis()
	return s.canvas
}

// What the layers of models are called above the blocks and beside them.
const (
	fromLayer = "from layer"
	itsLayer  = "its layer"
)

// ranges writes above each block which layers of its models it was, where there is room.
func (s *sheet) ranges() {
	s.text(margin, s.y+ascent, fromLayer)
	column := s.columns(s.Layers)
	end := s.left - 2*gap // of the text before
	for _, slice := range s.Slices {
		from, _ := column(slice.First)
		_, to := column(slice.End - 1)
		text := layerRange(slice.Parts[0].First, slice.Parts[0].End)
		half := s.face.width(text) / 2
		at := min((from+to)/2, width-margin-half)
		if at-half >= end+gap && 2*half <= (to-from)+2*gap {
			s.textCentered(at, s.y+ascent, text)
			end = at + half
		}
	}
}

// cuts parts the runs of layers in a row of height h.
func (s *sheet) cuts(h int) {
	column := s.columns(s.Layers)
	for _, slice := range s.Slices[1:] {
		from, _ := column(slice.First)
		s.fill(image.Rect(from-6, s.y, from, s.y+h), paint{ground: paper})
	}
}

// layerRange is the layers from first up to but not including end.
func layerRange(first, end int) string {
	if end-first == 1 {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "–" + strconv.Itoa(end-1)
}
