package chart_test

import (
	"bytes"
	"fmt"
	"image/png"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/card/chart"
)

// The picture of a mean of two models, and what a card says beside it.
func ExampleDraw() {
	facts := card.Facts{
		Repo: "alice/calm", Layers: 24, Method: card.Method{Name: "linear"},
		Models: []card.Model{{Repo: "alice/calm-a"}, {Repo: "bob/no"}},
		Strips: []card.Strip{{Models: []card.Course{{Weight: []float64{0.75}}, {Weight: []float64{0.25}}}}},
	}
	picture, err := chart.Draw(facts)
	if err != nil {
		fmt.Println(err)
		return
	}
	size, err := png.DecodeConfig(bytes.NewReader(picture.PNG))
	fmt.Println(size.Width, size.Height, err)
	fmt.Println(picture.Alt)
	// Output:
	// 1600 640 <nil>
	// Share of each model by layer. All tensors: 75 % calm-a and 25 % no.
}
