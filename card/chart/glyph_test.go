package chart

import (
	"image"
	"slices"
	"testing"

	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/math/fixed"
)

// square is the outline of a square, in 64ths of a pixel, with its corners in the order of a clock's hand or against it.
func square(from, to fixed.Int26_6, clockwise bool) []edge {
	a, b := fixed.Point26_6{X: to, Y: from}, fixed.Point26_6{X: to, Y: to}
	c, d := fixed.Point26_6{X: from, Y: to}, fixed.Point26_6{X: from, Y: from}
	if clockwise {
		return []edge{{a, b}, {c, d}}
	}
	return []edge{{b, a}, {d, c}}
}

func TestFill(t *testing.T) {
	tests := []struct {
		name  string
		edges []edge
		want  []uint8 // coverage, of 15
	}{
		{"a whole pixel", square(0, 64, true), []uint8{15}},
		{"against the clock", square(0, 64, false), []uint8{15}},
		{"a quarter of a pixel", square(0, 32, true), []uint8{4}}, // 3.75
		{"one over four pixels", square(32, 96, true), []uint8{4, 4, 4, 4}},
		{"two over each other are one", append(square(0, 64, true), square(0, 64, true)...), []uint8{15}},
		{"one that turns the other way is a hole", append(square(0, 192, true), square(64, 128, false)...), []uint8{15, 15, 15, 15, 0, 15, 15, 15, 15}},
		{"one that turns the same way is none", append(square(0, 192, true), square(64, 128, true)...), slices.Repeat([]uint8{15}, 9)},
		{"nothing", nil, nil},
	}
	for _, tt := range tests {
		if _, got := fill(tt.edges); !slices.Equal(got, tt.want) {
			t.Errorf("%s: fill = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestBezier holds a curve to the points that it must go through.
func TestBezier(t *testing.T) {
	quadratic := []fixed.Point26_6{{}, {X: 64, Y: 128}, {X: 128}}
	cubic := []fixed.Point26_6{{}, {Y: 128}, {X: 128, Y: 128}, {X: 128}}
	for _, tt := range []struct {
		points []fixed.Point26_6
		step   int
		want   fixed.Point26_6
	}{
		{quadratic, 0, fixed.Point26_6{}},
		{quadratic, curveSteps / 2, fixed.Point26_6{X: 64, Y: 64}},
		{quadratic, curveSteps, fixed.Point26_6{X: 128}},
		{cubic, curveSteps / 2, fixed.Point26_6{X: 64, Y: 96}},
	} {
		if got := bezier(tt.points, tt.step); got != tt.want {
			t.Errorf("bezier(%v, %d) = %v, want %v", tt.points, tt.step, got, tt.want)
		}
	}
}

func face(t testing.TB) *typeface {
	t.Helper()
	f, err := newTypeface(gomedium.TTF, textSize)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Letters lie inside their line, but for a few pixels of high accents that reach into the gap above it.
func TestGlyphsLieInTheirLine(t *testing.T) {
	f := face(t)
	for r := range rune(0x250) {
		line := image.Rect(-lineHeight, -ascent-8, 2*lineHeight, lineHeight-ascent)
		if g := f.glyph(r); f.has(r) && !g.bounds.Empty() && !g.bounds.In(line) {
			t.Errorf("%q is drawn in %v, outside of the line %v", r, g.bounds, line)
		}
	}
	if hyphen, minus := f.glyph('-'), f.glyph('\u2212'); 2*hyphen.bounds.Dx() > minus.bounds.Dx()+4 || hyphen.bounds.Empty() {
		t.Errorf("a hyphen is %d wide, and a minus sign %d", hyphen.bounds.Dx(), minus.bounds.Dx())
	}
}

func TestFit(t *testing.T) {
	f := face(t)
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 1000, "short"},
		{"Mistral-7B-Instruct-v0.2-a-long-tale-of-merges-DPO-v9", 600, "Mistral-7B-Instr…-DPO-v9"},
		{"anything", 50, "…"},
		{"", 0, ""},
	} {
		got := f.fit(tt.text, tt.width)
		if got != tt.want || f.width(got) > max(tt.width, f.width("…")) {
			t.Errorf("fit(%q, %d) = %q, %d wide; want %q", tt.text, tt.width, got, f.width(got), tt.want)
		}
	}
}
