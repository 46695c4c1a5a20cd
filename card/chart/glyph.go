package chart

import (
	"image"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A glyph is the shape of one rune. Its coverage has a byte a pixel, from 0 to levels-1.
type glyph struct {
	bounds   image.Rectangle // around the origin on the base line, y down
	coverage []uint8
	advance  fixed.Int26_6
}

// levels are the shades of the edge of a glyph.
const levels = 16

const (
	curveSteps = 8 // lines that a curve is drawn with
	scans      = 8 // lines of each row of pixels that are looked at
)

// A typeface draws text of one size.
type typeface struct {
	font   *sfnt.Font
	buf    sfnt.Buffer
	size   fixed.Int26_6
	glyphs map[rune]glyph
}

func newTypeface(ttf []byte, pixels int) (*typeface, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return &typeface{font: f, size: fixed.I(pixels), glyphs: map[rune]glyph{}}, nil
}

// has tells whether there is a shape for r.
func (t *typeface) has(r rune) bool {
	i, err := t.font.GlyphIndex(&t.buf, r)
	return err == nil && i != 0
}

// glyph returns the shape of r, a box where the font has none.
func (t *typeface) glyph(r rune) glyph {
	if g, ok := t.glyphs[r]; ok {
		return g
	}
	var g glyph
	i, _ := t.font.GlyphIndex(&t.buf, r) // 0, the box, with an error too
	g.advance, _ = t.font.GlyphAdvance(&t.buf, i, t.size, font.HintingNone)
	if outline, err := t.font.LoadGlyph(&t.buf, i, t.size, nil); err == nil {
		if r == '-' {
			outline, g.advance = hyphen(outline, g.advance)
		}
		g.bounds, g.coverage = fill(flatten(outline))
	}
	t.glyphs[r] = g
	return g
}

// hyphen makes a hyphen of the one in the Go fonts, which is as long as their minus sign since they are made for code: names of models
// have many. Its length is halved.
func hyphen(outline sfnt.Segments, advance fixed.Int26_6) (sfnt.Segments, fixed.Int26_6) {
	half := slices.Clone(outline)
	for i := range half {
		for k := range half[i].Args {
			half[i].Args[k].X = half[i].Args[k].X/2 + advance/16
		}
	}
	return half, advance * 5 / 8
}

// width is how far text reaches, in pixels.
func (t *typeface) width(text string) int {
	var w fixed.Int26_6
	for _, r := range text {
		w += t.glyph(r).advance
	}
	return w.Ceil()
}

// An edge is a line of an outline that is not level, in 64ths of a pixel.
type edge struct{ from, to fixed.Point26_6 }

// flatten turns an outline into lines.
func flatten(outline sfnt.Segments) []edge {
	var edges []edge
	var start, pen fixed.Point26_6
	line := func(to fixed.Point26_6) {
		if to.Y != pen.Y {
			edges = append(edges, edge{pen, to})
		}
		pen = to
	}
	curve := func(points ...fixed.Point26_6) {
		for i := 1; i < curveSteps; i++ {
			line(bezier(points, i))
		}
		line(points[len(points)-1])
	}
	for _, s := range outline {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			line(start)
			start, pen = s.Args[0], s.Args[0]
		case sfnt.SegmentOpLineTo:
			line(s.Args[0])
		case sfnt.SegmentOpQuadTo:
			curve(pen, s.Args[0], s.Args[1])
		case sfnt.SegmentOpCubeTo:
			curve(pen, s.Args[0], s.Args[1], s.Args[2])
		}
	}
	line(start)
	return edges
}

// bezier returns the point at step of curveSteps on the curve with these control points, by de Casteljau's construction.
func bezier(points []fixed.Point26_6, step int) fixed.Point26_6 {
	p := slices.Clone(points)
	between := func(a, b fixed.Int26_6) fixed.Int26_6 {
		return (a*fixed.Int26_6(curveSteps-step) + b*fixed.Int26_6(step)) / curveSteps
	}
	for n := len(p) - 1; n > 0; n-- {
		for i := range n {
			p[i] = fixed.Point26_6{X: between(p[i].X, p[i+1].X), Y: between(p[i].Y, p[i+1].Y)}
		}
	}
	return p[0]
}

// A crossing is where a scan line meets an edge: at x, on an edge that goes down (1) or up (-1).
type crossing struct{ x, turn int }

// fill returns what the edges enclose, by the rule that TrueType has: where they wind around a point.
func fill(edges []edge) (image.Rectangle, []uint8) {
	if len(edges) == 0 {
		return image.Rectangle{}, nil
	}
	box := fixed.Rectangle26_6{Min: edges[0].from, Max: edges[0].from}
	for _, e := range edges {
		for _, p := range []fixed.Point26_6{e.from, e.to} {
			box.Min.X, box.Min.Y = min(box.Min.X, p.X), min(box.Min.Y, p.Y)
			box.Max.X, box.Max.Y = max(box.Max.X, p.X), max(box.Max.Y, p.Y)
		}
	}
	r := image.Rect(box.Min.X.Floor(), box.Min.Y.Floor(), box.Max.X.Ceil(), box.Max.Y.Ceil())
	coverage := make([]uint8, 0, r.Dx()*r.Dy())
	row := make([]int, r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		clear(row)
		for s := range scans {
			inside(edges, y*64+(2*s+1)*64/(2*scans), func(from, to int) { cover(row, from-r.Min.X*64, to-r.Min.X*64) })
		}
		const whole = 64 * scans
		for _, c := range row {
			coverage = append(coverage, uint8((c*(levels-1)+whole/2)/whole))
		}
	}
	return r, coverage
}

// inside yields the runs of the line at y that lie inside the edges, in 64ths.
func inside(edges []edge, y int, yield func(from, to int)) {
	var cross []crossing
	for _, e := range edges {
		x0, y0, x1, y1, turn := int(e.from.X), int(e.from.Y), int(e.to.X), int(e.to.Y), 1
		if y0 > y1 {
			x0, y0, x1, y1, turn = x1, y1, x0, y0, -1
		}
		if y0 <= y && y < y1 {
			cross = append(cross, crossing{x0 + (x1-x0)*(y-y0)/(y1-y0), turn})
		}
	}
	slices.SortFunc(cross, func(a, b crossing) int { return a.x - b.x })
	winding := 0
	for i, c := range cross {
		if winding != 0 {
			yield(cross[i-1].x, c.x)
		}
		winding += c.turn
	}
}

// cover adds the run from one place to another, in 64ths, to the pixels of a row.
func cover(row []int, from, to int) {
	for x := from; x < to; {
		next := min((x/64+1)*64, to)
		row[x/64] += next - x
		x = next
	}
}
