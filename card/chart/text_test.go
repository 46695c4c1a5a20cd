package chart

import (
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

func TestText(t *testing.T) {
	f := slerp(12, "x/a", "y/longer")
	v := gradient(12, 0, 1)
	f.Strips = []card.Strip{{Name: "attention", Models: weights(rest(v), v)}, {Name: "vision tower", Layers: 3, Models: weights([]float64{1, 0.5, 0}, []float64{0, 0.5, 1})}}
	p, err := Draw(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `attention
  a       ██▇▆▆▅▄▃▃▂▁·
  longer  ·▁▂▃▃▄▅▆▆▇██
vision tower (3 layers)
  a       █▄·
  longer  ·▄█
layer     0   4   8  11

█ is 1, a minus sign a value below 0, a dot nothing.
`
	if p.Text != want {
		t.Errorf("Text =\n%s\nwant\n%s", p.Text, want)
	}
	f = slerp(2, "m/base", "a/b")
	f.Method, f.Models[0].Base = changes, true
	f.Strips = []card.Strip{{Models: []card.Course{{}, bars([]float64{-0.4}, nil)}}}
	if p, err = Draw(f); err != nil || p.Text != "all tensors\n  b    --\nlayer  0\n\n█ is 0.4, a minus sign a value below 0, a dot nothing.\n" {
		t.Errorf("Text of negative weights = %v\n%s", err, p.Text)
	}
}
