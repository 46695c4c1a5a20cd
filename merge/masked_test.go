package merge

import (
	"math"
	"testing"
)

func TestRescalingIsOneWhereItHasNoMeaning(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct{ all, kept, want float64 }{
		{10, 4, 2.5}, {1e-8, 1e-8, 1}, {1, 1e-8, 1}, {1, 0, 1}, {0, 0, 1}, {nan, nan, 1}, {inf, inf, 1}, {inf, 1, 1}, {1e-7, 1e-7, 1},
	}
	for _, tt := range tests {
		if got := rescaling(tt.all, tt.kept); got != tt.want {
			t.Errorf("rescaling(%v, %v) = %v, want %v", tt.all, tt.kept, got, tt.want)
		}
	}
}
