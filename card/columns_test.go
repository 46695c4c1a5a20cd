package card

import (
	"math"
	"slices"
	"testing"
)

func TestTellingLayers(t *testing.T) {
	only := func(layer int) []float64 {
		row := slices.Repeat([]float64{0.5}, 32)
		row[layer] = 0.9
		return row
	}
	for _, tt := range []struct {
		name   string
		layers int
		rows   [][]float64
		want   []int
	}{
		{"a straight line needs no more", 32, [][]float64{gradient(32, 0, 1)}, []int{0, 8, 16, 24, 31}},
		{"a usual gradient needs no more", 32, [][]float64{gradient(32, 0, 0.5, 0.3, 0.7, 1)}, []int{0, 8, 16, 24, 31}},
		{"one layer alone, with those beside it", 32, [][]float64{only(3)}, []int{0, 2, 3, 4, 8, 16, 24, 31}},
		{"one layer alone in one of two rows", 32, [][]float64{{0.5}, only(30)}, []int{0, 8, 16, 24, 29, 30, 31}},
		{"a step, with the layer before it", 12, [][]float64{{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}}, []int{0, 3, 4, 8, 11}},
		{"layers without a value", 9, [][]float64{{math.NaN(), 1, math.NaN(), math.NaN(), 1, 1, 1, 1, 1}}, []int{1, 4, 6, 8}},
		{"layers without a value beside a row that has one in all", 9, [][]float64{{0.5}, {math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0.5, 0.5, 0.5, 0.5, 0.5}}, []int{0, 2, 4, 6, 8}},
		{"no values at all", 9, [][]float64{slices.Repeat([]float64{math.NaN()}, 9)}, []int{0, 2, 4, 6, 8}},
		{"a row that would be blank", 12, [][]float64{{0.5}, append(append(slices.Repeat([]float64{math.NaN()}, 5), 1, 1), slices.Repeat([]float64{math.NaN()}, 5)...)}, []int{0, 4, 5, 8, 11}},
		{"all of a few", 3, [][]float64{{1, 5, 1}}, []int{0, 1, 2}},
		{"no more than four", 64, [][]float64{func() []float64 {
			row := make([]float64, 64)
			for i := range row {
				row[i] = float64(i % 2)
			}
			return row
		}()}, []int{0, 1, 2, 16, 17, 32, 33, 48, 63}},
	} {
		if got := TellingLayers(tt.layers, tt.rows); !slices.Equal(got, tt.want) {
			t.Errorf("%s: TellingLayers = %v, want %v", tt.name, got, tt.want)
		}
	}
}
