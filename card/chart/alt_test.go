package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

func TestAlt(t *testing.T) {
	nan := math.NaN()
	two := func(strips ...card.Strip) card.Facts {
		f := slerp(4, "x/a", "y/b")
		for _, s := range strips {
			f.Layers = max(f.Layers, len(s.Models[1].Weight))
		}
		f.Strips = strips
		return f
	}
	strip := func(name string, b ...float64) card.Strip {
		return card.Strip{Name: name, Models: weights(rest(b), b)}
	}
	added := func(f card.Facts) card.Facts {
		f.Method, f.Models[0].Base = changes, true
		for i := range f.Strips {
			f.Strips[i].Models[0] = card.Course{}
		}
		return f
	}
	named := func(weight, density string, f card.Facts) card.Facts {
		f.Method.Weight, f.Method.Density = weight, density
		return f
	}
	scaled := two(card.Strip{Models: weights([]float64{1, 0.5, 1, 1}, []float64{0})})
	scaled.Slices = []card.Slice{{First: 0, End: 4, Parts: []card.Part{{Model: 0, First: 2, End: 6}}}}
	stack := slerp(5, "x/a", "y/b")
	stack.Slices = []card.Slice{{First: 0, End: 4, Parts: []card.Part{{Model: 0, First: 0, End: 4}}}, {First: 4, End: 5, Parts: []card.Part{{Model: 1, First: 3, End: 4}}}}
	tests := []struct {
		name string
		f    card.Facts
		want string
	}{
		{"one part may be said in one word", two(strip("", 0.5)), "Share of each model by layer. All tensors: half a and half b."},
		{"from one model to the other", two(strip("attention", 0, 0.25, 0.5, 0.5, 0.75, 1)),
			"Share of each model by layer. Attention: from all a at layer 0 to all b at layer 5."},
		{"the way back is not told again", two(strip("attention", 0, 0.25, 0.5, 0.5, 0.75, 1), strip("MLP", 1, 0.75, 0.5, 0.5, 0.25, 0)),
			"Share of each model by layer. Attention: from all a at layer 0 to all b at layer 5; MLP: the reverse of attention."},
		{"steps are told one by one", two(strip("norms", 0, 0.5, 0.25, 0.25)),
			"Share of each model by layer. Norms: all a in layer 0, then half a and half b in layer 1, then 75 % a and 25 % b in layers 2 to 3."},
		{"a turn is told with its place", two(strip("norms", 0, 0.5, 0.25, 0.125, 0.5, 0.75)),
			"Share of each model by layer. Norms: from all a at layer 0 to 25 % a and 75 % b at layer 5, reversing at layer 1 (50 % b) and layer 3 (12.5 % b)."},
		{"of many turns there is only their number", two(strip("MLP", 0, 1, 0, 1, 0, 1, 0, 1, 0)),
			"Share of each model by layer. MLP: from all a at layer 0 to all a at layer 8, reversing 7 times."},
		{"layers without a value do not count", two(strip("MLP", nan, 0.25, nan, 0.5, 0.625, nan, 0.75, 0.875)),
			"Share of each model by layer. MLP: from 75 % a and 25 % b at layer 1 to 12.5 % a and 87.5 % b at layer 7."},
		{"what is no share is a factor", two(card.Strip{Models: weights([]float64{1.5}, []float64{-0.5})}),
			"Factor of each model by layer. All tensors: 1.5 × a and −0.5 × b."},
		{"weights of nothing", two(card.Strip{Models: weights([]float64{0}, []float64{0})}), "Factor of each model by layer. All tensors: nothing."},
		{"what is added to a base", added(two(card.Strip{Models: []card.Course{{}, bars([]float64{0.3, 0.9, 0.1, 0.5}, []float64{0.5})}})),
			"Weight of each model's changes to a by layer, and the share of them that is kept. b: weight 0.3 at layer 0 to 0.5 at layer 3 (between 0.1 and 0.9) and density 0.5."},
		{"parameters of other names", named("warmth", "crumb", added(two(card.Strip{Models: []card.Course{{}, bars([]float64{0.3, 0.5, 0.7, 0.9}, []float64{0.5})}}))),
			"Weight of each model's changes to a by layer, and the share of them that is kept. b: warmth 0.3 at layer 0 to 0.9 at layer 3 and crumb 0.5."},
		{"weights that no parameter has", named("", "", added(two(card.Strip{Models: []card.Course{{}, bars([]float64{0.3}, nil)}}))),
			"Weight of each model's changes to a by layer. b: 0.3."},
		{"parts that differ", added(two(
			card.Strip{Name: "attention", Models: []card.Course{{}, bars([]float64{0.3}, nil)}}, card.Strip{Name: "MLP", Models: []card.Course{{}, bars([]float64{0.4}, nil)}})),
			"Weight of each model's changes to a by layer. b: weight 0.3 in attention, weight 0.4 in MLP."},
		{"blocks", stack, "The 5 layers of the result: layers 0 to 3 of a as layers 0 to 3, then layer 3 of b as layer 4."},
		{"blocks that are scaled", scaled, "The 4 layers of the result: layers 2 to 5 of a as layers 0 to 3. Some tensors are scaled."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got, err := draw(tt.f)
			if err != nil || got != tt.want {
				t.Errorf("the text is\n%s, %v; want\n%s", got, err, tt.want)
			}
		})
	}
}

func TestNothingToDraw(t *testing.T) {
	unknown := slerp(2, "x/a")
	unknown.Strips = []card.Strip{{Models: weights([]float64{math.NaN()})}}
	for name, f := range map[string]card.Facts{"no strips": slerp(2, "x/a"), "strips without a number": unknown} {
		if got, err := Draw(f); got != nil || err != nil {
			t.Errorf("%s: Draw = %v, %v; want no picture", name, got, err)
		}
	}
	if got, err := Draw(card.Facts{}); got != nil || err == nil {
		t.Errorf("Draw of no facts = %v, %v", got, err)
	}
}

// A path of the publisher's machine is drawn and told nowhere.
func TestLocalModelsAreNotNamed(t *testing.T) {
	f := mean(2, 2)
	f.Models[1] = card.Model{Local: true, Ref: "/home/me/secret"}
	_, alt, err := draw(f)
	if err != nil || strings.Contains(alt, "secret") || !strings.Contains(alt, "half from the model that is not on the Hub") {
		t.Errorf("the text is %q, %v", alt, err)
	}
}
