package chart

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var update = flag.Bool("update", false, "rewrite the golden pictures and texts in testdata")

// gradient spreads values over so many layers, as a config's list is.
func gradient(layers int, values ...float64) []float64 {
	out := make([]float64, layers)
	for i := range out {
		x := float64(i) / float64(max(layers-1, 1)) * float64(len(values)-1)
		k := min(int(x), max(len(values)-2, 0))
		next := values[min(k+1, len(values)-1)]
		out[i] = values[k] + float64((x-float64(k))*(next-values[k]))
	}
	return out
}

// rest is what is left of one.
func rest(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = 1 - v
	}
	return out
}

func weights(of ...[]float64) []card.Course {
	var out []card.Course
	for _, w := range of {
		out = append(out, card.Course{Weight: w})
	}
	return out
}

// bars is what one model adds.
func bars(weight, density []float64) card.Course {
	return card.Course{Weight: weight, Density: density}
}

func slerp(layers int, models ...string) card.Facts {
	f := card.Facts{Title: "x", Method: card.Method{Name: "slerp"}, Layers: layers}
	for _, name := range models {
		f.Models = append(f.Models, card.Model{Repo: name})
	}
	return f
}

var tutorial = []string{"AIDC-ai-business/Marcoroni-7B-v3", "EmbeddedLLM/Mistral-7B-Merge-14-v0.1"}

func tutorialSlerp() card.Facts {
	f := slerp(32, tutorial...)
	f.Models[0].Share, f.Models[1].Share = new(0.5), new(0.5)
	attention, mlp := gradient(32, 0, 0.5, 0.3, 0.7, 1), gradient(32, 1, 0.5, 0.7, 0.3, 0)
	f.Strips = []card.Strip{
		{Name: "attention", Models: weights(rest(attention), attention)},
		{Name: "MLP", Models: weights(rest(mlp), mlp)},
		{Name: "norms, embeddings, output head", Models: weights([]float64{0.5}, []float64{0.5})},
	}
	return f
}

// changes is a method that adds to the base what the other models changed.
var changes = card.Method{Name: "ties", Result: recipe.Changes, Weight: "weight", Density: "density"}

func ties() card.Facts {
	f := slerp(32, "mistralai/Mistral-7B-v0.1", "OpenPipe/mistral-ft-optimized-1218", "mlabonne/NeuralHermes-2.5-Mistral-7B")
	f.Models[0].Base = true
	f.Method = changes
	half := []float64{0.5}
	grown := gradient(32, 0, 0.3, 0.7, 1)
	f.Strips = []card.Strip{
		{Name: "attention, norms", Models: []card.Course{{}, bars(half, half), bars(grown, half)}},
		{Name: "MLP", Models: []card.Course{{}, bars(half, half), bars(half, half)}},
		{Name: "embeddings, output head", Outside: true, Models: []card.Course{{}, bars(half, half), bars([]float64{0}, half)}},
	}
	return f
}

func mean(layers, models int) card.Facts {
	f := slerp(layers)
	s := card.Strip{}
	for i := range models {
		f.Models = append(f.Models, card.Model{Repo: "some-org/Model-" + strings.Repeat("x", 1+i*2) + "-7B"})
		s.Models = append(s.Models, card.Course{Weight: []float64{1 / float64(models)}})
	}
	f.Strips = []card.Strip{s}
	return f
}

// goldens are the facts of every golden picture, by file name.
var goldens = map[string]func() card.Facts{
	"slerp": tutorialSlerp,
	"gradient": func() card.Facts {
		f := slerp(126, tutorial...)
		t := gradient(126, 0, 1)
		f.Strips = []card.Strip{
			{Name: "attention, MLP, norms", Models: weights(rest(t), t)},
			{Name: "embeddings", Outside: true, Models: weights([]float64{1}, []float64{0})},
			{Name: "output head", Outside: true, Models: weights([]float64{0}, []float64{1})},
		}
		return f
	},
	"linear-of-three": func() card.Facts {
		f := mean(40, 3)
		f.Strips[0].Models = weights([]float64{0.5}, gradient(40, 0.1, 0.4), gradient(40, 0.4, 0.1))
		return f
	},
	"twelve-models":   func() card.Facts { return mean(32, 12) },
	"fourteen-models": func() card.Facts { return mean(32, 14) },
	"one-layer":       func() card.Facts { return mean(1, 2) },
	"factors": func() card.Facts {
		f := mean(32, 3)
		f.Strips = []card.Strip{
			{Name: "attention", Models: weights([]float64{1}, gradient(32, -0.5, 0.5), []float64{0.3})},
			{Name: "MLP, norms, embeddings, output head", Models: weights([]float64{1}, []float64{-0.3}, []float64{0.3})},
		}
		return f
	},
	"ties": ties,
	"dare-of-four": func() card.Facts {
		f := slerp(32, "m/base", "a/one", "b/two", "c/three", "d/four")
		f.Models[0].Base = true
		f.Method = changes
		f.Strips = []card.Strip{{Models: []card.Course{{}, bars([]float64{0.4}, []float64{0.53}), bars(gradient(32, 0.1, 0.6), gradient(32, 1, 0.2)),
			bars([]float64{-0.2}, []float64{0.9}), bars([]float64{0.3}, nil)}}}
		return f
	},
	"passthrough": func() card.Facts {
		f := slerp(40, "OpenPipe/mistral-ft-optimized-1218", "mlabonne/NeuralHermes-2.5-Mistral-7B")
		f.Slices = []card.Slice{{First: 0, End: 32, Parts: []card.Part{{Model: 0, First: 0, End: 32}}}, {First: 32, End: 40, Parts: []card.Part{{Model: 1, First: 24, End: 32}}}}
		return f
	},
	"slerp-in-slices": func() card.Facts {
		f := slerp(40, tutorial...)
		f.Models[0].Share, f.Models[1].Share = new(0.457), new(0.543)
		for _, s := range [][3]int{{0, 16, 0}, {16, 40, 8}} {
			n := s[1] - s[0]
			f.Slices = append(f.Slices, card.Slice{First: s[0], End: s[1], Parts: []card.Part{{Model: 0, First: s[2], End: s[2] + n}, {Model: 1, First: s[2], End: s[2] + n}}})
		}
		t := append(slices.Repeat([]float64{0.2}, 16), slices.Repeat([]float64{0.75}, 24)...)
		f.Strips = []card.Strip{
			{Name: "attention, MLP, norms", Models: weights(rest(t), t)},
			{Name: "embeddings", Outside: true, Models: weights([]float64{0.8}, []float64{0.2})},
			{Name: "output head", Outside: true, Models: weights([]float64{0.25}, []float64{0.75})},
		}
		return f
	},
	"sees": func() card.Facts {
		f := slerp(32, tutorial...)
		t, v := gradient(32, 0, 1), gradient(24, 1, 0.2)
		f.Strips = []card.Strip{
			{Name: "attention, MLP, norms", Models: weights(rest(t), t)},
			{Name: "embeddings, final norm, output head, projector", Outside: true, Models: weights([]float64{0.5}, []float64{0.5})},
			{Name: "vision tower", Layers: 24, Models: weights(rest(v), v)},
		}
		return f
	},
	"ties-of-many": func() card.Facts {
		f := mean(32, 15)
		f.Models[0].Base, f.Method = true, changes
		f.Strips[0].Models[0] = card.Course{}
		for i := 1; i < 15; i++ {
			f.Strips[0].Models[i] = bars(gradient(32, float64(i)/15, 0.5), []float64{float64(i) / 15})
		}
		return f
	},
	"negative-task": func() card.Facts {
		f := slerp(32, "m/base", "a/toxic")
		f.Models[0].Base, f.Method = true, changes
		f.Strips = []card.Strip{{Models: []card.Course{{}, bars([]float64{-0.4}, nil)}}}
		return f
	},
	"self-stack": func() card.Facts {
		f := slerp(140, "meta-llama/Meta-Llama-3-70B-Instruct")
		for i := range 7 {
			f.Slices = append(f.Slices, card.Slice{First: i * 20, End: i*20 + 20, Parts: []card.Part{{Model: 0, First: i * 10, End: i*10 + 20}}})
		}
		return f
	},
	"hostile-names": func() card.Facts {
		f := mean(24, 5)
		f.Models[0] = card.Model{Ref: "evil\x1b[31m\u202egnp.exe\n" + strings.Repeat("long-", 50) + "end"}
		f.Models[1] = card.Model{Local: true, Ref: "/home/me/secret"}
		f.Models[2] = card.Model{Ref: "\u0645\u0631\u062d\u0628\u0627 \u65e5\u672c\u8a9e"}
		f.Models[3], f.Models[4] = card.Model{Repo: "alice/same-name"}, card.Model{Repo: "bob/same-name"}
		return f
	},
}

func TestGoldenPictures(t *testing.T) {
	for name, facts := range goldens {
		t.Run(name, func(t *testing.T) {
			got, err := Draw(facts())
			if err != nil {
				t.Fatal(err)
			}
			again, err := Draw(facts())
			if err != nil || !bytes.Equal(got.PNG, again.PNG) || got.Alt != again.Alt {
				t.Errorf("the same facts gave another picture: %v", err)
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file+".png", got.PNG, 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file+".txt", []byte(got.Alt+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".png")
			if err != nil {
				t.Fatal(err)
			}
			if !samePixels(t, got.PNG, want) {
				t.Errorf("the picture differs from %s.png; run go test ./card/chart -update and look at it", file)
			}
			alt, err := os.ReadFile(file + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			if got.Alt+"\n" != string(alt) {
				t.Errorf("the text is\n%s\nand %s.txt has\n%s", got.Alt, file, alt)
			}
		})
	}
}

// samePixels compares what is seen: a later Go may pack the same pixels in another way.
func samePixels(t *testing.T, a, b []byte) bool {
	t.Helper()
	decode := func(data []byte) *image.Paletted {
		m, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return m.(*image.Paletted)
	}
	x, y := decode(a), decode(b)
	if x.Rect != y.Rect {
		return false
	}
	for i := range x.Pix {
		if x.Palette[x.Pix[i]] != y.Palette[y.Pix[i]] {
			return false
		}
	}
	return true
}
