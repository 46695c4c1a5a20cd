package chart

import "image/color"

// A paint is a color, with marks of another one where a pattern is to tell it from its neighbors.
type paint struct {
	ground color.RGBA
	mark   color.RGBA
	marked func(x, y int) bool // nil is no pattern
}

// The palette of Okabe and Ito, which people with any form of color blindness can tell apart.
//
// Source: Okabe and Ito 2008, "Color Universal Design", jfly.uni-koeln.de/color.
var (
	blue       = color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	orange     = color.RGBA{0xE6, 0x9F, 0x00, 0xFF}
	green      = color.RGBA{0x00, 0x9E, 0x73, 0xFF}
	yellow     = color.RGBA{0xF0, 0xE4, 0x42, 0xFF}
	purple     = color.RGBA{0xCC, 0x79, 0xA7, 0xFF}
	sky        = color.RGBA{0x56, 0xB4, 0xE9, 0xFF}
	vermillion = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}
)

// paints are those of the models in order. Two neighbors differ in hue, in lightness and, from the third on, in pattern, so that they
// are told apart in gray too.
var paints = []paint{
	{ground: blue},
	{ground: orange},
	{green, blend(green, 2, 5), stripes(1, 1)},
	{yellow, shade(yellow), dots},
	{purple, shade(purple), stripes(1, -1)},
	{sky, shade(sky), stripes(0, 1)},
	{vermillion, blend(vermillion, 2, 5), dots},
	{ground: ink},
	{blue, blend(blue, 2, 5), stripes(1, 0)},
	{orange, shade(orange), stripes(1, 1)},
	{sky, paper, grid},
}

// others is the paint of all models beyond those that have one of their own.
var others = paint{ground: color.RGBA{0xBB, 0xBB, 0xBB, 0xFF}}

// A pattern is large enough to be seen at a quarter of its size.
const (
	period = 24
	stroke = 8
)

// shade is a darker color of the same hue.
func shade(c color.RGBA) color.RGBA {
	darker := func(v uint8) uint8 { return uint8(int(v) * 11 / 20) }
	return color.RGBA{darker(c.R), darker(c.G), darker(c.B), 0xFF}
}

// stripes are lines across the direction of dx, dy.
func stripes(dx, dy int) func(x, y int) bool {
	return func(x, y int) bool { return mod(dx*x+dy*y, period) < stroke }
}

func grid(x, y int) bool { return stripes(1, 1)(x, y) || stripes(1, -1)(x, y) }

func dots(x, y int) bool {
	if mod(y, 2*period) >= period { // every second row is shifted
		x += period / 2
	}
	dx, dy := mod(x, period)-period/2, mod(y, period)-period/2
	return 2*(dx*dx+dy*dy) < stroke*stroke+stroke
}

func mod(a, n int) int { return (a%n + n) % n }

// tint is p made faint, for what is there in outline only.
func (p paint) tint() paint { return paint{ground: blend(p.ground, 1, 4)} }
