package chart

import (
	"math"
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

func TestCourseWords(t *testing.T) {
	strip := func(weight, density []float64) card.Strip {
		return card.Strip{Models: []card.Course{{Weight: weight, Density: density}}}
	}
	for _, tt := range []struct {
		name   string
		strips []card.Strip
		want   string
	}{
		{"one value", []card.Strip{strip([]float64{0.5}, nil)}, "weight 0.5"},
		{"falling, and rising", []card.Strip{strip([]float64{1, 0.5, 0}, []float64{0.1, 0.2, 0.3})}, "weight 1 to 0, density 0.1 to 0.3"},
		{"beyond both ends", []card.Strip{strip([]float64{0, 1, 0}, nil)}, "weight between 0 and 1"},
		{"two strips", []card.Strip{strip([]float64{1, 0}, nil), strip([]float64{0.5}, nil)}, "weight between 0 and 1"},
		{"two strips of which one has none", []card.Strip{strip([]float64{1, 0}, nil), strip([]float64{math.NaN()}, nil)}, "weight 1 to 0"},
	} {
		if got := courseWords(changes, tt.strips); got != tt.want {
			t.Errorf("%s: courseWords = %q, want %q", tt.name, got, tt.want)
		}
	}
}
