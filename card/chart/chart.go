package chart

import (
	"cmp"
	"image"
	"slices"
	"strconv"

	"golang.org/x/image/font/gofont/gomedium"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Picture is a chart and what it says.
type Picture struct {
	PNG  []byte
	Alt  string // in words, from the same numbers; plain text
	Text string // in characters of one width, a line for each model; ends in a newline
}

// Draw makes the picture of f: the same bytes for the same facts. It is nil where the facts do not tell what the models
// give, layer by layer. An error is a card.ErrFacts.
func Draw(f card.Facts) (*Picture, error) {
	c, alt, err := draw(f)
	if c == nil || err != nil {
		return nil, err
	}
	png, err := c.png()
	if err != nil {
		return nil, err
	}
	f, err = f.Prepare()
	return &Picture{PNG: png, Alt: alt, Text: text(f)}, err
}

// draw is Draw without the encoding.
func draw(f card.Facts) (c *canvas, alt string, err error) {
	f, err = f.Prepare()
	if err != nil {
		return nil, "", err
	}
	drawing, words := kindOf(f)
	if drawing == nil {
		return nil, "", nil
	}
	face, err := newTypeface(gomedium.TTF, textSize)
	if err != nil {
		return nil, "", err
	}
	return drawing(&sheet{Facts: f, face: face}), words(f), nil
}

// kindOf returns what draws f and what describes it, nil where nothing can be shown.
func kindOf(f card.Facts) (func(*sheet) *canvas, func(card.Facts) string) {
	switch {
	case stacked(f):
		return (*sheet).blocks, blocksAlt
	case !slices.ContainsFunc(f.Strips, func(s card.Strip) bool { return len(runs(f, s)) > 0 }):
		return nil, nil
	case f.Method.Result == recipe.Changes:
		return (*sheet).changes, changesAlt
	}
	return (*sheet).strips, stripsAlt
}

// Sizes in pixels. A card shows the picture at half of them, a phone at less than a quarter.
const (
	width      = 1600
	minHeight  = 640
	margin     = 40
	textSize   = 48
	lineHeight = 64
	ascent     = 48 // of a line, from its top to the base line of its text
	swatch     = 48
	gap        = 20
)

// A sheet is what the pictures have in common while they are drawn: a heading and a legend, rows, and below them the axis of layers.
type sheet struct {
	card.Facts
	face *typeface
	*canvas
	y           int // of what comes next
	left, right int // of the layers
}

// A legendEntry is a paint and what it stands for.
type legendEntry struct {
	paint paint
	edge  paint // of the top; the zero paint is none
	text  string
}

// legendLines breaks a legend into lines of the sheet's width. Names that would fill more than a line are shortened.
func (s *sheet) legendLines(entries []legendEntry) [][]legendEntry {
	const between = 48
	var lines [][]legendEntry
	used := width
	for _, e := range entries {
		e.text = s.face.fit(e.text, width-2*margin-swatch-gap)
		w := swatch + gap + s.face.width(e.text)
		if used+between+w > width-2*margin {
			lines, used = append(lines, nil), -between
		}
		last := len(lines) - 1
		lines[last] = append(lines[last], e)
		used += between + w
	}
	return lines
}

// open makes the canvas for rows of rest pixels in height, and draws what stands above them.
func (s *sheet) open(heading string, legend [][]legendEntry, rest int) {
	s.canvas = newCanvas(width, max(s.above(legend)+rest+s.below(), minHeight), s.face)
	s.text(margin, margin+ascent, s.face.fit(heading, width-2*margin))
	s.y = margin + lineHeight
	for _, line := range legend {
		x := margin
		for _, e := range line {
			s.fill(image.Rect(x, s.y+(lineHeight-swatch)/2, x+swatch, s.y+(lineHeight+swatch)/2), e.paint)
			if e.edge.ground.A > 0 {
				s.fill(image.Rect(x, s.y+(lineHeight-swatch)/2, x+swatch, s.y+(lineHeight-swatch)/2+edgeHeight), e.edge)
			}
			x = s.text(x+swatch+gap, s.y+ascent, e.text) + 48
		}
		s.y += lineHeight
	}
	s.y += gap
}

// above and below are the heights of what stands above and below the rows.
func (s *sheet) above(legend [][]legendEntry) int { return margin + lineHeight*(1+len(legend)) + gap }
func (s *sheet) below() int                       { return lineHeight + margin/2 }

// rowHeight is how high n rows may be, with a gap after each and so much beside them, so that all of them make a
// picture of the least height; at least least each.
func (s *sheet) rowHeight(legend [][]legendEntry, n, beside, least int) int {
	return max(least, (minHeight-s.above(legend)-s.below()-beside)/n-gap)
}

// columns are the places of so many layers in a row: nothing is between them where they are narrow.
func (s *sheet) columns(layers int) func(layer int) (from, to int) {
	const widest = 160
	w := min(s.right-s.left, layers*widest)
	between := 0
	if w/layers >= 10 {
		between = 2
	}
	return func(layer int) (from, to int) {
		from, to = s.left+layer*w/layers, s.left+(layer+1)*w/layers
		return from, max(to-between, from)
	}
}

// stretched are the places of the layers of another tower, which together are as wide as those of the result.
func (s *sheet) stretched(layers int) func(layer int) (from, to int) {
	all := s.columns(max(s.Layers, 1))
	left, _ := all(0)
	_, right := all(max(s.Layers, 1) - 1)
	return func(layer int) (from, to int) {
		return left + layer*(right-left)/layers, left + (layer+1)*(right-left)/layers
	}
}

// depth is how many layers the tower of a strip has.
func depth(f card.Facts, s card.Strip) int { return cmp.Or(s.Layers, f.Layers) }

// axis numbers the layers below the rows.
func (s *sheet) axis() {
	if s.Layers == 0 {
		return
	}
	s.text(margin, s.y+ascent, "layer")
	column := s.columns(s.Layers)
	end := 0 // of the number before
	for _, layer := range card.ShownLayers(s.Layers) {
		from, to := column(layer)
		label := strconv.Itoa(layer)
		half := s.face.width(label) / 2
		at := min((from+to)/2, width-margin-half)
		if at-half > end {
			s.textCentered(at, s.y+ascent, label)
			end = at + half + gap
		}
	}
}

// place makes room for labels left of the layers and for a scale right of them.
func (s *sheet) place(labels [][]string, scale int) {
	const widest = 300
	w := s.face.width("layer")
	for _, lines := range labels {
		for _, line := range lines {
			w = max(w, min(s.face.width(line), widest))
		}
	}
	s.left, s.right = margin+w+2*gap, width-margin-scale
}

// label writes lines of text left of a row of height h, in its middle.
func (s *sheet) label(h int, lines []string) {
	const leading = 48 // tighter than lineHeight, for two lines beside a low row
	y := s.y + (h-len(lines)*leading)/2
	for _, line := range lines {
		s.text(margin, y+ascent-8, s.face.fit(line, s.left-gap-margin))
		y += leading
	}
}
