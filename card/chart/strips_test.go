package chart

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

// TestStackFillsItsColumn draws shares at random: whatever they are rounded to, the segments of a column lie on each other without
// gaps and are as high as the strip in sum.
func TestStackFillsItsColumn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		shares := make([]float64, 1+r.IntN(20))
		sum := 0.0
		for i := range shares {
			shares[i] = r.ExpFloat64()
			sum += shares[i]
		}
		strip := card.Strip{}
		for _, v := range shares {
			strip.Models = append(strip.Models, card.Course{Weight: []float64{v / sum}})
		}
		box := image.Rect(0, 100, 0, 100+1+r.IntN(300))
		at := box.Max.Y
		for _, s := range stack(strip, 0, box, 0, 1) {
			if s.to != at || s.from > s.to {
				t.Fatalf("a segment from %d to %d after one that ends at %d; shares %v", s.from, s.to, at, shares)
			}
			if share := float64(s.to-s.from) / float64(box.Dy()); math.Abs(share-strip.Models[s.model].Weight[0]) > 1/float64(box.Dy()) {
				t.Fatalf("model %d has %g of the column, want %g", s.model, share, strip.Models[s.model].Weight[0])
			}
			at = s.from
		}
		if at != box.Min.Y {
			t.Fatalf("the column ends at %d, want %d; shares %v", at, box.Min.Y, shares)
		}
	}
}

func TestStackOfFactors(t *testing.T) {
	strip := card.Strip{Models: weights([]float64{1}, []float64{-0.5}, []float64{math.NaN()}, []float64{0.5}, []float64{-0.5})}
	lo, hi := bounds([]card.Strip{strip})
	if lo != -1 || hi != 1.5 {
		t.Fatalf("bounds = %v, %v; want -1, 1.5", lo, hi)
	}
	want := []segment{{0, 50, 150}, {1, 150, 200}, {3, 0, 50}, {4, 200, 250}} // the line of 0 is at 150
	got := stack(strip, 0, image.Rect(0, 0, 0, 250), lo, hi)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("stack = %v, want %v", got, want)
		}
	}
}

func TestBarOf(t *testing.T) {
	box := image.Rect(10, 0, 20, 100) // from -1 at the bottom to 1 at the top
	for _, tt := range []struct {
		name            string
		weight, density float64
		bar, kept       image.Rectangle
	}{
		{"half of it kept", 1, 0.5, image.Rect(10, 0, 20, 50), image.Rect(10, 25, 20, 50)},
		{"a negative weight hangs from the line", -0.5, 0.2, image.Rect(10, 50, 20, 75), image.Rect(10, 50, 20, 55)},
		{"no density", 0.5, math.NaN(), image.Rect(10, 25, 20, 50), image.Rect(10, 25, 20, 50)},
		{"nothing kept", 1, 0, image.Rect(10, 0, 20, 50), image.Rect(10, 50, 20, 50)},
		{"no weight", 0, 1, image.Rectangle{}, image.Rectangle{}},
		{"unknown", math.NaN(), 1, image.Rectangle{}, image.Rectangle{}},
		{"a weight beyond numbers", math.Inf(1), 1, image.Rectangle{}, image.Rectangle{}},
	} {
		bar, kept := barOf(bars([]float64{tt.weight}, []float64{tt.density}), 0, box, -1, 1)
		if bar != tt.bar || kept != tt.kept {
			t.Errorf("%s: barOf = %v, %v; want %v, %v", tt.name, bar, kept, tt.bar, tt.kept)
		}
	}
}

// Any two paints differ where they are seen without color: in lightness or in pattern.
func TestPaintsDifferInGrey(t *testing.T) {
	gray := func(p paint, x, y int) float64 {
		c := p.ground
		if p.marked != nil && p.marked(x, y) {
			c = p.mark
		}
		return 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
	}
	all := append([]paint{others}, paints...)
	for i, a := range all {
		for k, b := range all[:i] {
			differ := 0
			for y := range 2 * period {
				for x := range 2 * period {
					if math.Abs(gray(a, x, y)-gray(b, x, y)) >= 24 {
						differ++
					}
				}
			}
			if part := float64(differ) / (4 * period * period); part < 0.2 {
				t.Errorf("paints %d and %d look the same in gray on all but %.0f %% of a square", i-1, k-1, 100*part)
			}
		}
	}
	if len(paints) != maxPaints {
		t.Errorf("%d paints, want %d", len(paints), maxPaints)
	}
}
