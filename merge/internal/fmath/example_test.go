package fmath_test

import (
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/merge/internal/fmath"
)

// The angle between two nearly parallel directions: their inner product rounds to 1, and the angle from
// it to 0.
func ExampleAtan2() {
	const angle = 1e-9
	x, y := fmath.Cos(angle), fmath.Sin(angle)
	fmt.Println(fmath.Acos(x), fmath.Atan2(y, x))
	// Output: 0 1e-09
}

func ExampleAcos() {
	fmt.Println(fmath.Acos(-1) == math.Pi)
	// Output: true
}
