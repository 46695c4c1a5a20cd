package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"

	"golang.org/x/image/math/fixed"
)

// Colors of what is no model's.
var (
	paper = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	ink   = color.RGBA{0x22, 0x22, 0x22, 0xFF}
)

// A canvas is a picture in colors of a palette that grows as they are used.
type canvas struct {
	image *image.Paletted
	index map[color.RGBA]uint8
	face  *typeface
}

func newCanvas(width, height int, t *typeface) *canvas {
	c := &canvas{image: image.NewPaletted(image.Rect(0, 0, width, height), nil), index: map[color.RGBA]uint8{}, face: t}
	c.color(paper)
	return c
}

// color returns the palette's index of a color.
func (c *canvas) color(of color.RGBA) uint8 {
	i, ok := c.index[of]
	if !ok {
		i = uint8(len(c.image.Palette))
		c.index[of] = i
		c.image.Palette = append(c.image.Palette, of)
	}
	return i
}

// blend is a color between paper and of, at step of all.
func blend(of color.RGBA, step, all int) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8((int(a)*(all-step) + int(b)*step + all/2) / all) }
	return color.RGBA{between(paper.R, of.R), between(paper.G, of.G), between(paper.B, of.B), 0xFF}
}

// fill paints a rectangle. A pattern is the same for all rectangles, so that it goes on from one to the next.
func (c *canvas) fill(r image.Rectangle, with paint) {
	r = r.Intersect(c.image.Rect)
	if r.Empty() {
		return
	}
	ground, mark := c.color(with.ground), uint8(0)
	if with.marked != nil {
		mark = c.color(with.mark)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		line := c.image.Pix[c.image.PixOffset(r.Min.X, y):][:r.Dx()]
		for i := range line {
			line[i] = ground
			if with.marked != nil && with.marked(r.Min.X+i, y) {
				line[i] = mark
			}
		}
	}
}

// text writes on the paper, from x on the base line y, and returns where it ends.
func (c *canvas) text(x, y int, text string) int {
	var ramp [levels]uint8
	for i := range ramp {
		ramp[i] = c.color(blend(ink, i, levels-1))
	}
	pen := fixed.I(x)
	for _, r := range text {
		g := c.face.glyph(r)
		at := g.bounds.Add(image.Pt(pen.Round(), y))
		for i, level := range g.coverage {
			p := image.Pt(at.Min.X+i%at.Dx(), at.Min.Y+i/at.Dx())
			if level > 0 && p.In(c.image.Rect) {
				c.image.Pix[c.image.PixOffset(p.X, p.Y)] = ramp[level]
			}
		}
		pen += g.advance
	}
	return pen.Ceil()
}

// textCentered and textRight write with the middle and with the end at x.
func (c *canvas) textCentered(x, y int, text string) { c.text(x-c.face.width(text)/2, y, text) }
func (c *canvas) textRight(x, y int, text string)    { c.text(x-c.face.width(text), y, text) }

// png encodes the picture. The setting decides the bytes: the best compression takes ten times as long and saves a tenth.
func (c *canvas) png() ([]byte, error) {
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.DefaultCompression}
	err := e.Encode(&out, c.image)
	return out.Bytes(), err
}

// fit shortens text to a width by an ellipsis near its end: what tells names apart is often at either end.
func (t *typeface) fit(text string, width int) string {
	if t.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for keep := len(runes) - 1; keep > 0; keep-- {
		tail := keep / 3
		short := strings.TrimSpace(string(runes[:keep-tail])) + "…" + strings.TrimSpace(string(runes[len(runes)-tail:]))
		if t.width(short) <= width {
			return short
		}
	}
	return "…"
}
